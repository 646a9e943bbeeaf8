"""Who the daemon is to the database: the row's owner where it can sign tokens, never anybody else."""

from __future__ import annotations

from collections.abc import AsyncIterator

import psycopg
import pytest
from psycopg.rows import TupleRow

from aura.errors import ConfigurationError, Permanent, RetryAt
from aura.settings import Settings
from handlers.analyze_item import analyze_item
from sandbox import Sandbox
from tests.support.accounts import People
from tests.support.handling import services_for, settings_for
from tests.support.instant import InstantAnalyzer
from tests.support.wardrobes import PRIVATE, Wearer

Db = psycopg.AsyncConnection[TupleRow]


@pytest.fixture
async def writers(db: Db) -> AsyncIterator[Db]:
    """A table ``test_writers`` that notes as whom each item was updated."""
    await db.execute("""
        create table public.test_writers (item uuid, role text, sub text);
        grant insert on public.test_writers to authenticated, service_role;
        create function public.test_note_writer() returns trigger language plpgsql as $$
        begin
          insert into public.test_writers values (new.id, auth.role(), auth.uid()::text);
          return new;
        end $$;
        create trigger test_note_writer after update on public.clothing_items
          for each row execute function public.test_note_writer();""")
    yield db
    await db.execute("drop function public.test_note_writer cascade; drop table public.test_writers")


async def written_as(writers: Db, item_id: str) -> list[tuple[str, str | None]]:
    found = await writers.execute("select role, sub from public.test_writers where item = %s", [item_id])
    return [(row[0], row[1]) for row in await found.fetchall()]


async def test_with_a_signing_key_the_row_is_written_as_its_owner(ada: Wearer, sandbox: Sandbox, writers: Db) -> None:
    async with services_for(sandbox, InstantAnalyzer()) as services:
        item_id = await ada.add(await ada.photo(bucket=PRIVATE))
        assert (await analyze_item(item_id, services)).status == "written"
    assert await written_as(writers, item_id) == [("authenticated", ada.id)]


async def test_without_one_as_the_service(ada: Wearer, sandbox: Sandbox, writers: Db) -> None:
    settings = settings_for(sandbox, sign=False)
    async with services_for(sandbox, InstantAnalyzer(), settings=settings) as services:
        item_id = await ada.add(await ada.photo())
        assert (await analyze_item(item_id, services)).status == "written"
    assert await written_as(writers, item_id) == [("service_role", None)]


async def test_opaque_keys_do_as_well(ada: Wearer, sandbox: Sandbox, writers: Db) -> None:
    raw = {"anon_key": sandbox.publishable_key, "service_key": sandbox.secret_key, "url": sandbox.url}
    settings = Settings.model_validate({"supabase": {**raw, "jwt_secret": sandbox.jwt_secret}})
    async with services_for(sandbox, InstantAnalyzer(), settings=settings) as services:
        item_id = await ada.add(await ada.photo(bucket=PRIVATE))
        assert (await analyze_item(item_id, services)).status == "written"
    assert await written_as(writers, item_id) == [("authenticated", ada.id)]


async def test_the_service_key_never_fetches_a_private_photo(ada: Wearer, sandbox: Sandbox) -> None:
    settings = settings_for(sandbox, sign=False)
    async with services_for(sandbox, InstantAnalyzer(), settings=settings) as services:
        with pytest.raises(RetryAt) as caught:
            await analyze_item(await ada.add(await ada.photo(bucket=PRIVATE)), services)
    assert caught.value.code == "photo_unreachable"


async def test_url_and_service_key_are_enough_for_public_photos(ada: Wearer, sandbox: Sandbox) -> None:
    only = {"url": sandbox.url, "service_key": sandbox.service_key}
    settings = Settings.model_validate({"supabase": only})
    async with services_for(sandbox, InstantAnalyzer(), settings=settings) as services:
        assert (await analyze_item(await ada.add(await ada.photo()), services)).status == "written"
        with pytest.raises(RetryAt, match="SUPABASE_"):
            await analyze_item(await ada.add(await ada.photo(bucket=PRIVATE)), services)


async def test_another_persons_private_photo_is_not_fetched(ada: Wearer, bob: Wearer, sandbox: Sandbox) -> None:
    """Ada puts a link to Bob's private photo into a row of hers."""
    analyzer = InstantAnalyzer()
    async with services_for(sandbox, analyzer) as services:
        with pytest.raises((RetryAt, Permanent)) as caught:
            await analyze_item(await ada.add(await bob.photo(bucket=PRIVATE)), services)
    assert caught.value.code == "photo_missing"
    assert analyzer.total == 0


async def test_a_wrong_secret_is_said_as_what_it_is(ada: Wearer, sandbox: Sandbox) -> None:
    raw = {"anon_key": sandbox.anon_key, "service_key": sandbox.service_key, "url": sandbox.url}
    settings = Settings.model_validate({"supabase": {**raw, "jwt_secret": "x" * 40}})
    async with services_for(sandbox, InstantAnalyzer(), settings=settings) as services:
        with pytest.raises(ConfigurationError, match="SUPABASE_JWT_SECRET"):
            await analyze_item(await ada.add(await ada.photo()), services)


async def test_a_project_with_the_shared_secret(legacy_sandbox: Sandbox) -> None:
    crowd = People(legacy_sandbox)
    wearer = Wearer(await crowd.sign_up())
    async with services_for(legacy_sandbox, InstantAnalyzer()) as services:
        item_id = await wearer.add(await wearer.photo(bucket=PRIVATE))
        assert (await analyze_item(item_id, services, owner=wearer.id)).status == "written"
    await crowd.close()
