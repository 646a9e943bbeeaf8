"""The fetcher against the sandbox's Storage: everybody's photos, one's own, and nobody else's."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from aura.errors import Transient
from aura.photos.fetch import PhotoFetcher
from aura.photos.identity import photo_identity
from aura.vision.image import decode_photo
from sandbox import Sandbox
from tests.support.accounts import People, Person

PHOTO = (Path(__file__).parents[2] / "data" / "photos" / "polo-navy.jpg").read_bytes()
PRIVATE = "private-photos"


@pytest.fixture
async def fetcher(sandbox: Sandbox) -> AsyncIterator[PhotoFetcher]:
    async with PhotoFetcher(sandbox.url, sandbox.anon_key) as fetcher:
        yield fetcher


async def signed_link(owner: Person, path: str) -> str:
    link = (await owner.client.storage.from_(PRIVATE).create_signed_url(path, 60))["signedURL"]
    assert link is not None
    return link


async def test_a_public_photo(people: People, fetcher: PhotoFetcher) -> None:
    owner = await people.sign_up()
    bucket = owner.client.storage.from_("photos")
    path = await owner.upload(PHOTO)
    assert await fetcher.fetch(await bucket.get_public_url(path), await owner.token()) == PHOTO


async def test_a_private_photo_is_its_owners_alone(people: People, fetcher: PhotoFetcher) -> None:
    owner, other = await people.sign_up(), await people.sign_up()
    path = await owner.upload(PHOTO, bucket=PRIVATE)
    signed = await signed_link(owner, path)
    fetched = await fetcher.fetch(signed, await owner.token())
    assert decode_photo(fetched).width > 0
    with pytest.raises(Transient) as caught:
        await fetcher.fetch(signed, await other.token())
    assert caught.value.code in ("photo_missing", "photo_unreachable")


async def test_an_expired_link_still_leads_to_the_photo(people: People, fetcher: PhotoFetcher) -> None:
    owner = await people.sign_up()
    path = await owner.upload(PHOTO, bucket=PRIVATE)
    signed = await signed_link(owner, path)
    stale = signed.partition("?")[0] + "?token=expired"
    assert photo_identity(stale) == photo_identity(signed)
    assert await fetcher.fetch(stale, await owner.token()) == PHOTO


async def test_a_deleted_photo_is_missing(people: People, fetcher: PhotoFetcher) -> None:
    owner = await people.sign_up()
    bucket = owner.client.storage.from_("photos")
    path = await owner.upload(PHOTO)
    url = await bucket.get_public_url(path)
    await bucket.remove([path])
    with pytest.raises(Transient) as caught:
        await fetcher.fetch(url, await owner.token())
    assert caught.value.code == "photo_missing"
