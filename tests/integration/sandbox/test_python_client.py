"""The official Python client works against the sandbox as against a hosted project."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import httpx
import jwt
import pytest
from postgrest.exceptions import APIError
from realtime import RealtimePostgresChangesListenEvent, RealtimeSubscribeStates
from storage3.exceptions import StorageApiError
from supabase_auth.errors import AuthApiError, AuthWeakPasswordError

from sandbox import Sandbox
from tests.support.accounts import PASSWORD, People, Person
from tests.support.waiting import wait_for

PHOTO = b"\xff\xd8\xff\xe0 not a picture, but bytes are bytes"


@pytest.fixture(params=["es256", "hs256"])
def project(request: pytest.FixtureRequest) -> Sandbox:
    """Either kind of project."""
    running: Sandbox = request.getfixturevalue("sandbox" if request.param == "es256" else "legacy_sandbox")
    return running


@pytest.fixture(params=["legacy_key", "opaque_key"])
async def crowd(request: pytest.FixtureRequest, project: Sandbox) -> AsyncIterator[People]:
    """People of either kind of project, with either kind of API key."""
    people = People(project, project.publishable_key if request.param == "opaque_key" else project.anon_key)
    yield people
    await people.close()


async def test_signs_up_in_and_out(crowd: People) -> None:
    person = await crowd.sign_up()
    answer = await person.client.auth.sign_in_with_password({"email": person.email, "password": PASSWORD})
    assert answer.user is not None
    assert answer.user.id == person.id
    refreshed = await person.client.auth.refresh_session()
    assert refreshed.session is not None
    algorithm = jwt.get_unverified_header(refreshed.session.access_token)["alg"]
    assert algorithm == ("HS256" if crowd.sandbox.legacy_keys else "ES256")
    await person.client.auth.sign_out()
    assert await person.client.auth.get_session() is None


async def test_claims_are_verified_by_the_published_keys(crowd: People) -> None:
    person = await crowd.sign_up()
    claims = await person.client.auth.get_claims()
    assert claims is not None
    assert claims["claims"]["sub"] == person.id
    assert claims["claims"]["role"] == "authenticated"


async def test_changes_password_and_metadata(people: People) -> None:
    person = await people.sign_up()
    await person.client.auth.update_user({"password": "another secret", "data": {"nickname": "Bo"}})
    answer = await person.client.auth.sign_in_with_password({"email": person.email, "password": "another secret"})
    assert answer.user is not None
    assert answer.user.user_metadata["nickname"] == "Bo"


async def test_refuses_as_auth_does(people: People) -> None:
    person = await people.sign_up()
    with pytest.raises(AuthApiError, match="Invalid login credentials"):
        await person.client.auth.sign_in_with_password({"email": person.email, "password": "wrong password"})
    with pytest.raises(AuthApiError, match="User already registered"):
        await person.client.auth.sign_up({"email": person.email, "password": PASSWORD})
    with pytest.raises(AuthWeakPasswordError, match="at least 6 characters"):
        await person.client.auth.sign_up({"email": f"{uuid4()}@example.com", "password": "123"})


async def test_administers_users(sandbox: Sandbox, service_client: Any, people: People) -> None:
    email = f"{uuid4()}@example.com"
    created = await service_client.auth.admin.create_user({"email": email, "password": PASSWORD, "email_confirm": True})
    assert created.user.email == email
    found = await service_client.auth.admin.get_user_by_id(created.user.id)
    assert found.user.id == created.user.id
    assert created.user.id in {user.id for user in await service_client.auth.admin.list_users(page=1, per_page=1000)}
    await service_client.auth.admin.delete_user(created.user.id)
    with pytest.raises(AuthApiError, match="User not found"):
        await service_client.auth.admin.get_user_by_id(created.user.id)
    person = await people.sign_up()
    with pytest.raises(AuthApiError, match="User not allowed"):
        await person.client.auth.admin.list_users()


async def test_rows_are_ones_own(crowd: People) -> None:
    alice, bob = await crowd.sign_up("alice"), await crowd.sign_up("bob")
    item = await alice.add_item(name="coat")
    table = bob.client.table("clothing_items")
    assert (await table.select("id").eq("id", item["id"]).execute()).data == []
    assert (await table.update({"name": "mine"}).eq("id", item["id"]).execute()).data == []
    assert (await table.delete().eq("id", item["id"]).execute()).data == []
    with pytest.raises(APIError, match="row-level security"):
        await table.insert({"user_id": alice.id, "name": "planted"}).execute()
    own = await alice.client.table("clothing_items").select("name").eq("user_id", alice.id).execute()
    assert own.data == [{"name": "coat"}]


@pytest.mark.parametrize("bucket", ["photos", "private-photos"])
async def test_photos_are_stored_and_read(crowd: People, bucket: str) -> None:
    person = await crowd.sign_up()
    path = await person.upload(PHOTO, bucket=bucket)
    store = person.client.storage.from_(bucket)
    assert await store.download(path) == PHOTO
    signed = await store.create_signed_url(path, 60)
    async with httpx.AsyncClient() as anybody:
        assert (await anybody.get(signed["signedUrl"] or "")).content == PHOTO
        public = await anybody.get(await store.get_public_url(path))
    assert (public.status_code == 200) == (bucket == "photos")
    await store.update(path, PHOTO + b"2", {"content-type": "image/jpeg"})
    assert await store.download(path) == PHOTO + b"2"
    assert [entry["name"] for entry in await store.list(person.id)] == [path.split("/")[1]]
    await store.remove([path])
    assert not await store.exists(path)


async def test_folders_are_ones_own(crowd: People) -> None:
    alice, bob = await crowd.sign_up("alice"), await crowd.sign_up("bob")
    path = await alice.upload(PHOTO, bucket="private-photos")
    store = bob.client.storage.from_("private-photos")
    with pytest.raises(StorageApiError, match="Object not found"):
        await store.download(path)
    with pytest.raises(StorageApiError, match="row-level security"):
        await store.upload(f"{alice.id}/planted.jpg", PHOTO, {"content-type": "image/jpeg"})
    assert await store.remove([path]) == []
    assert await alice.client.storage.from_("private-photos").download(path) == PHOTO


async def test_changes_are_heard(crowd: People) -> None:
    """One after the other: what is gone before the server looks is not delivered, there as here."""
    person = await crowd.sign_up()
    heard = await _listen(person)
    table = person.client.table("clothing_items")
    item = await person.add_item(name="dress")
    await wait_for(lambda: len(of_item(heard, item)) == 1, what="the insert heard")
    await table.update({"name": "gown"}).eq("id", item["id"]).execute()
    await wait_for(lambda: len(of_item(heard, item)) == 2, what="the update heard")
    await table.delete().eq("id", item["id"]).execute()
    await wait_for(lambda: len(of_item(heard, item)) == 3, what="the deletion heard")
    changes = of_item(heard, item)
    assert [change["type"] for change in changes] == ["INSERT", "UPDATE", "DELETE"]
    assert [change.get("record", {}).get("name") for change in changes] == ["dress", "gown", None]
    assert changes[2]["old_record"] == {"id": item["id"]}


def of_item(heard: list[dict[str, Any]], item: dict[str, Any]) -> list[dict[str, Any]]:
    """What concerns one item: a server that is behind tells a new listener of rows from before, too."""
    return [change for change in heard if (change.get("record") or change["old_record"])["id"] == item["id"]]


async def test_other_peoples_changes_are_not_heard(crowd: People) -> None:
    alice, bob = await crowd.sign_up("alice"), await crowd.sign_up("bob")
    heard = await _listen(bob)
    await alice.add_item(name="secret")
    await bob.add_item(name="own")
    await wait_for(lambda: inserted(heard), what="one's own change heard")
    assert inserted(heard) == ["own"]  # the earlier one would be first


def inserted(heard: list[dict[str, Any]]) -> list[str]:
    """The names of the inserted items."""
    return [change["record"]["name"] for change in heard if change["type"] == "INSERT"]


async def _listen(person: Person) -> list[dict[str, Any]]:
    """Follows clothing_items as a person; returns when the server says that it does."""
    heard: list[dict[str, Any]] = []
    live = asyncio.Event()
    await person.client.realtime.set_auth(await person.token())
    channel = person.client.channel(f"test-{uuid4()}")
    channel.on_postgres_changes(
        RealtimePostgresChangesListenEvent.All,
        schema="public",
        table="clothing_items",
        callback=lambda payload: heard.append(dict(payload["data"])),
    )
    channel.on_system(lambda _: live.set())
    joined = asyncio.Event()
    await channel.subscribe(lambda state, _: joined.set() if state == RealtimeSubscribeStates.SUBSCRIBED else None)
    async with asyncio.timeout(60):
        await joined.wait()
        await live.wait()
    return heard
