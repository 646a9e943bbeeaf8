"""The gateway on real PostgREST: one identity a call, errors that say what to do, one layer of retries."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import psycopg
import pytest
from psycopg.rows import TupleRow

from aura.errors import ConfigurationError
from aura.gateway.errors import NotAuthorized, Refused, Unavailable
from aura.gateway.items import find_owner, read_item, update_item
from aura.gateway.rest import Gateway
from aura.gateway.work import WorkLedger
from aura.gateway.work_rows import DirtyUser
from aura.identity.keys import api_key
from aura.identity.minting import TokenMinter
from sandbox import Sandbox
from tests.support.accounts import People
from tests.support.handling import settings_for
from tests.support.wardrobes import Wearer

Db = psycopg.AsyncConnection[TupleRow]
BROKEN_SECONDS = 60.0  # until cleared


@pytest.fixture
async def gateway(sandbox: Sandbox) -> AsyncIterator[Gateway]:
    async with Gateway.from_settings(settings_for(sandbox)) as opened:
        yield opened


@pytest.fixture
async def ada(people: People) -> Wearer:
    return Wearer(await people.sign_up("ada"))


@pytest.fixture
def ledger(gateway: Gateway) -> WorkLedger:
    return WorkLedger(gateway)


async def test_two_hundred_people_at_once_see_themselves_only(gateway: Gateway, sandbox: Sandbox, db: Db) -> None:
    """Tokens of our own making, five reads each, all mixed over one pool of connections."""
    crowd = [str(uuid4()) for _ in range(200)]
    async with db.cursor() as cursor:
        rows = [(user, f"{user}@example.com") for user in crowd]
        await cursor.executemany("insert into public.users (id, email) values (%s, %s)", rows)
    minter = TokenMinter.from_settings(settings_for(sandbox))

    async def look(user: str) -> list[str]:
        access = gateway.as_user(minter.token(user) or "")
        await asyncio.sleep(0)
        return [row["id"] for row in await access.read(access.table("users").select("id"), "people")]

    seen = await asyncio.gather(*(look(user) for user in crowd * 5))
    assert seen == [[user] for user in crowd * 5]


async def test_the_callers_token_is_theirs_alone(gateway: Gateway, ada: Wearer) -> None:
    access = gateway.as_user(await ada.person.token(), who="caller")
    with pytest.raises(Refused) as caught:
        await access.call("aura_beat", {"canary": str(uuid4())})
    assert caught.value.reason == "42501"


@pytest.mark.parametrize("token", ["rubbish", "a.b.c"])
async def test_a_callers_bad_token_is_refused_as_theirs(gateway: Gateway, token: str) -> None:
    access = gateway.as_user(token, who="caller")
    with pytest.raises(NotAuthorized):
        await access.read(access.table("users").select("id"), "people")


async def test_a_wrong_service_key_names_its_setting(sandbox: Sandbox, legacy_sandbox: Sandbox) -> None:
    key = api_key(legacy_sandbox.service_key, "service_key")
    async with Gateway(sandbox.url, service_key=key) as gateway:
        with pytest.raises(ConfigurationError, match="SUPABASE_SERVICE_ROLE_KEY"):
            await WorkLedger(gateway).schema_version()


async def test_an_unknown_function_names_the_migration(gateway: Gateway) -> None:
    with pytest.raises(ConfigurationError, match="aura migrate"):
        await gateway.as_service().call("aura_not_there", {})
    service = gateway.as_service()
    with pytest.raises(ConfigurationError, match="aura migrate"):
        await service.read(service.table("not_there").select("*"), "a table")


async def test_the_database_says_no(gateway: Gateway, ada: Wearer) -> None:
    with pytest.raises(Refused) as caught:
        await find_owner(gateway, "not-a-uuid")
    assert caught.value.reason == "22P02"


async def test_an_outage_is_told_at_once_and_over_when_it_is_over(ledger: WorkLedger, sandbox: Sandbox) -> None:
    for how in ("503", "reset"):
        await sandbox.faults.break_path("/rest/v1", how, BROKEN_SECONDS)
        began = time.monotonic()
        with pytest.raises(Unavailable) as caught:
            await ledger.schema_version()
        assert caught.value.code == "database_unavailable"
        assert time.monotonic() - began < BROKEN_SECONDS / 2
        await sandbox.faults.clear()
        assert await ledger.schema_version()


async def test_a_server_that_hangs_is_given_up_within_the_deadline(sandbox: Sandbox) -> None:
    key = api_key(sandbox.service_key, "service_key")
    async with Gateway(sandbox.url, service_key=key, timeout=0.5) as gateway:
        await sandbox.faults.break_path("/rest/v1", "hang", BROKEN_SECONDS)
        began = time.monotonic()
        with pytest.raises(Unavailable):
            await WorkLedger(gateway).schema_version()
        assert time.monotonic() - began < BROKEN_SECONDS / 2
    await sandbox.faults.clear()


async def test_nobody_listening_is_unavailable() -> None:
    key = api_key("sb_secret_x", "service_key")
    async with Gateway("http://127.0.0.1:9", service_key=key) as gateway:
        with pytest.raises(Unavailable):
            await WorkLedger(gateway).schema_version()


async def test_a_conditional_write_needs_the_row_as_it_was_read(gateway: Gateway, ada: Wearer) -> None:
    url = "https://example.com/a b,(c)%20ü.jpg?x=1&y='\"+z"
    item_id = await ada.add(url)
    service = gateway.as_service()
    item = await read_item(service, item_id, ada.id)
    assert item is not None
    assert item.image_url == url
    assert await update_item(service, item, {"color": "red"})
    assert not await update_item(service, item, {"color": "blue"})
    assert (await ada.item(item_id))["color"] == "red"


async def test_somebody_elses_row_is_not_even_found_with_the_service_key(gateway: Gateway, ada: Wearer) -> None:
    item_id = await ada.add(None)
    assert await read_item(gateway.as_service(), item_id, str(uuid4())) is None
    assert await find_owner(gateway, item_id) == ada.id


async def test_every_page_of_the_outstanding_items_comes_once(ledger: WorkLedger, ada: Wearer, db: Db) -> None:
    await db.execute(
        "insert into clothing_items (user_id, name, image_url)"
        " select %s, 'x', 'https://example.com/' || n from generate_series(1, 25) n",
        [ada.id],
    )
    seen, after = list[str](), None
    while page := await ledger.outstanding_items(7, after=after):
        after = page[-1].cursor
        seen += [item.id for item in page if item.user_id == ada.id]
    assert len(seen) == len(set(seen)) == 25


async def test_the_ledgers_other_functions_answer_as_declared(ledger: WorkLedger, ada: Wearer) -> None:
    item = await ada.add("https://example.com/a.jpg", category="x")
    summary = await ledger.outstanding_summary()
    assert summary.items > 0
    assert summary.oldest_item_at is not None
    assert summary.oldest_mark_at is not None
    assert any(user.user_id == ada.id for user in await all_dirty(ledger))
    assert (await ledger.audit_style(10)).checked > 0
    canary = str(uuid4())
    assert [await ledger.beat(canary), await ledger.beat(canary)] == [1, 2]
    assert (await ledger.take_lease(item, "p", "me", 30)).taken
    other = await ledger.take_lease(item, "p", "you", 30)
    assert (other.taken, other.held_by) == (False, "me")
    assert other.expires_at > datetime.now(UTC)
    assert await ledger.release_lease(item, "me")
    assert not await ledger.release_lease(item, "me")
    assert await ledger.prune() >= 0


async def all_dirty(ledger: WorkLedger) -> list[DirtyUser]:
    found, after = list[DirtyUser](), None
    while page := await ledger.dirty_users(100, after=after):
        found += page
        after = page[-1].user_id
    return found


async def test_a_failure_is_due_again_when_it_says(ledger: WorkLedger, ada: Wearer) -> None:
    item = await ada.add("https://example.com/a.jpg")
    later = datetime.now(UTC) + timedelta(hours=1)
    booked = await ledger.record_failure(
        item, ada.id, "https://example.com/a.jpg", code="c", message="m", permanent=False, next_attempt_at=later
    )
    assert booked == 1
    assert await ledger.retry_failures([item]) == 1
    await ledger.clear_failure(item)
    assert await ledger.retry_failures([item]) == 0
