"""What the stylist proposes to somebody, with the photos: what ``aura outfits`` shows.

Read as the person themselves, or with the service key where there is no signing key; a photo that cannot be had is
left out and the outfit is shown with what there is.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Unpack
from uuid import UUID

from aura.errors import ConfigurationError, Failure
from aura.gateway.pages import Arguments, T
from aura.gateway.rest import Access, Gateway, Row
from aura.identity.minting import TokenMinter
from aura.photos.fetch import PhotoFetcher
from aura.settings import Settings
from aura.stylist.advice import Outfit, advise
from aura.stylist.wishes import Wish
from aura.vision.image import DecodeLimits, decode_photo
from handlers.wardrobes import read_wardrobe

PHOTO_SIDE, AT_ONCE = 480, 6
# Ids in the address of one read: 3.7 kB, where proxies refuse more than 8.
PER_READ = 100


@dataclass(frozen=True, slots=True)
class Garment:
    """An item as it is shown: its name, and its photo as a small JPEG where there is one."""

    id: str
    name: str
    jpeg: bytes | None = None


@dataclass(frozen=True, slots=True)
class Lookbook:
    """Outfits in order of proposal, the garments in them by id, and sentences about what the wardrobe lacks."""

    outfits: tuple[Outfit, ...]
    garments: Mapping[str, Garment]
    missing: tuple[str, ...]


async def lookbook(settings: Settings, who: str, wish: Wish, language: str, most: int, *, pictures: bool) -> Lookbook:
    """The outfits that the API would propose to a person.

    Args:
        who: their id or e-mail address.
        pictures: whether photos are fetched.

    Raises:
        ConfigurationError: a setting is missing or wrong, or there is no such person.
        Transient: the database is away or refused something.
    """
    async with Gateway.from_settings(settings) as gateway:
        user = await _find(gateway, who)
        token = TokenMinter.from_settings(settings).token(user)
        access = gateway.as_user(token) if token else gateway.as_service()
        read = await read_wardrobe(access, user, _here, settings)
        advice = await asyncio.to_thread(advise, read.items, read.away, wish, read.person, read.weights, language, most)
        shown = {item for outfit in advice.outfits for item in outfit.items}
        rows = await _rows(access, user, shown)
    photos = await _photos(settings, rows, token) if pictures else {}
    garments = {row["id"]: Garment(row["id"], row["name"] or "", photos.get(row["id"])) for row in rows}
    return Lookbook(advice.outfits, garments, tuple(each.text for each in advice.missing))


async def _here(function: Callable[[Unpack[Arguments]], T], *args: *Arguments) -> T:
    """Nobody else waits for this event loop."""
    return function(*args)


async def _find(gateway: Gateway, who: str) -> str:
    column = "id" if _is_id(who) else "email"
    query = gateway.as_service().table("users").select("id").eq(column, who).limit(1)
    found = await gateway.as_service().read(query, "a person")
    if not found:
        raise ConfigurationError(f"There is nobody with the {column} {who} in this project.")
    return str(found[0]["id"])


async def _rows(access: Access, user: str, items: Iterable[str]) -> list[Row]:
    """Names and photos of these items."""
    wanted, rows = sorted(items), list[Row]()
    for start in range(0, len(wanted), PER_READ):
        some = wanted[start : start + PER_READ]
        query = access.table("clothing_items").select("id,name,image_url").eq("user_id", user).in_("id", some)
        rows += await access.read(query, "the items")
    return rows


async def _photos(settings: Settings, rows: Iterable[Row], token: str | None) -> dict[str, bytes]:
    slots = asyncio.Semaphore(AT_ONCE)
    async with PhotoFetcher.from_settings(settings) as fetcher:

        async def one(row: Row) -> bytes | None:
            async with slots:
                return await _photo(fetcher, row["image_url"], token)

        with_photo = [row for row in rows if row["image_url"]]
        found = await asyncio.gather(*map(one, with_photo))
    return {row["id"]: jpeg for row, jpeg in zip(with_photo, found, strict=True) if jpeg is not None}


async def _photo(fetcher: PhotoFetcher, url: str, token: str | None) -> bytes | None:
    try:
        data = await fetcher.fetch(url, token)
        return (await asyncio.to_thread(decode_photo, data, DecodeLimits(max_side_px=PHOTO_SIDE))).jpeg
    except Failure:
        return None


def _is_id(text: str) -> bool:
    try:
        return bool(UUID(text))
    except ValueError:
        return False
