"""Roles in processes of their own around the queue in PostgreSQL: who hears, who works, who answers."""

from __future__ import annotations

import asyncio
from functools import partial

import psycopg
import pytest
from psycopg.rows import TupleRow

from sandbox import Sandbox
from tests.integration.process.conftest import Daemons
from tests.integration.process.test_webhook_wakes import is_tagged
from tests.support.daemon_process import DaemonProcess
from tests.support.photo_server import PhotoServer
from tests.support.waiting import wait_for
from tests.support.wardrobes import Wearer, picture

Db = psycopg.AsyncConnection[TupleRow]
ROLES = ("consumer", "worker", "api")
PHOTOS = 8


@pytest.fixture
async def apart(daemons: Daemons, sandbox: Sandbox, db: Db) -> dict[str, DaemonProcess]:
    """One process for each role."""
    await db.execute("delete from aura_leadership")
    shared = {"AURA__QUEUE__ENGINE": "procrastinate", "SUPABASE_DB_URL": sandbox.db_url}
    started = {role: await daemons.start("--roles", role, **shared) for role in ROLES}
    await asyncio.gather(*(process.until_ready() for process in started.values()))
    return started


async def test_each_process_does_its_part_holds_no_more_than_it_needs_and_ends_with_its_work_done(
    apart: dict[str, DaemonProcess], sandbox: Sandbox, ada: Wearer, photos: PhotoServer, db: Db
) -> None:
    items = [await ada.add(photos.publish(picture())) for _ in range(PHOTOS)]
    for item in items:
        await wait_for(partial(is_tagged, ada, item), what="tags")
    calls = [await apart[role].metric("aura_analyzer_calls_total", analyzer="palette") for role in ROLES]
    assert calls == [0, PHOTOS, 0]
    assert await apart["worker"].metric("aura_changes_total") == 0
    assert (await sandbox.faults.status())["realtime"]["sockets"] == 1
    await wait_for(lambda: nothing_waits(db), what="an empty queue")
    assert await connections(db) <= 1 + 2  # who feeds needs no ear for the queue; an API none at all

    photos.gate.clear()
    late = [await ada.add(photos.publish(picture())) for _ in range(3)]
    await wait_for(lambda: in_hand(db, 3), what="all in the worker's hands")
    stopping = asyncio.create_task(apart["worker"].stop())
    photos.gate.set()
    assert await stopping == 0
    assert all([await is_tagged(ada, item) for item in late])
    assert await in_hand(db, 0)
    assert [await apart[role].stop() for role in ("consumer", "api")] == [0, 0]
    await wait_for(lambda: connected(db, 0), what="no connection left")


async def nothing_waits(db: Db) -> bool:
    """Whether the queue is empty of analyses."""
    return await count(db, "args ->> 'kind' = 'analyze_item'") == 0


async def in_hand(db: Db, wanted: int) -> bool:
    """Whether so many analyses are being done."""
    return await count(db, "args ->> 'kind' = 'analyze_item' and status = 'doing'") == wanted


async def count(db: Db, which: str) -> int:
    """Jobs of a kind."""
    cursor = await db.execute(f"select count(*) from procrastinate.procrastinate_jobs where {which}".encode())
    ((number,),) = await cursor.fetchall()
    return int(number)


async def connections(db: Db) -> int:
    """How many all processes of ours hold."""
    cursor = await db.execute("select count(*) from pg_stat_activity where application_name = 'aura queue'")
    ((number,),) = await cursor.fetchall()
    return int(number)


async def connected(db: Db, count: int) -> bool:
    """Whether there are so many."""
    return await connections(db) == count


async def test_the_queue_needs_the_databases_url_and_no_transaction_pooler(daemons: Daemons) -> None:
    shared = {"AURA__QUEUE__ENGINE": "procrastinate"}
    assert "SUPABASE_DB_URL is not set" in await daemons.refused("--roles", "worker", **shared)
    pooler = "postgresql://postgres.abc:pw@aws-0-eu.pooler.supabase.com:6543/postgres"
    said = await daemons.refused("--roles", "consumer", **shared, SUPABASE_DB_URL=pooler)
    assert "transaction pooler (port 6543)" in said
    assert "session pooler" in said


async def test_in_memory_consumer_and_worker_are_one_process(daemons: Daemons) -> None:
    said = await daemons.refused("--roles", "worker")
    assert "consumer and worker must run in one process, because queue.engine is memory" in said
