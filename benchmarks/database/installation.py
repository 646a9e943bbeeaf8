"""Times the migration of a project in use, and how long the app's writes wait for it."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import Awaitable, Callable
from typing import Any

import psycopg

from aura.migrations import migrate
from benchmarks.database.load import Connection, first
from benchmarks.report import milliseconds, spread

WRITERS = 4
BASELINE_SECONDS = 5.0
_LIKE = (
    "insert into likes (user_id, combination_id) select user_id, id from combinations "
    "where id = md5('c' || %(n)s)::uuid on conflict do nothing"
)
_WRITES = (
    "insert into clothing_items (user_id, name, image_url) values (md5('u1')::uuid, 'written meanwhile', 'https://x/y')",
    "update clothing_items set notes = 'written' where id = md5('i' || %(n)s)::uuid",
    _LIKE,
    "update profiles set onboarding_skipped = true where user_id = md5('u' || %(n)s)::uuid",
    "update combinations set description = 'x' where id = md5('c' || %(n)s)::uuid",
)


async def measure_installation(dsn: str) -> list[dict[str, Any]]:
    """The app's writes alone, then during the migration; one row for each."""
    calm = await _beside(dsn, lambda: asyncio.sleep(BASELINE_SECONDS))
    migrating = await _beside(dsn, lambda: migrate(dsn))
    return [{"phase": "the app alone", **calm}, {"phase": "during aura migrate", **migrating}]


async def measure_plain_build(connection: Connection) -> dict[str, Any]:
    """How long `supabase db push` would block writes to build the index that `aura migrate` builds concurrently."""
    definition = await first(connection, "select pg_get_indexdef('clothing_items_aura_outstanding'::regclass)")
    async with connection.transaction(force_rollback=True):
        await connection.execute("drop index clothing_items_aura_outstanding")
        started = time.monotonic()
        await connection.execute(str(definition).encode())
        taken = time.monotonic() - started
    return {"index built in the file itself (db push)": milliseconds(taken)}


async def _beside(dsn: str, work: Callable[[], Awaitable[object]]) -> dict[str, Any]:
    finished = asyncio.Event()
    writers = [asyncio.create_task(_write(dsn, finished, first)) for first in range(WRITERS)]
    started = time.monotonic()
    try:
        await work()
    finally:
        taken = time.monotonic() - started
        finished.set()
        waits = [wait for each in await asyncio.gather(*writers) for wait in each]
    return {"seconds": round(taken, 2), "writes": len(waits), **spread(waits)}


async def _write(dsn: str, finished: asyncio.Event, first: int) -> list[float]:
    waits: list[float] = []
    async with await psycopg.AsyncConnection.connect(dsn, autocommit=True) as connection:
        for n in itertools.count(first, WRITERS):
            if finished.is_set():
                return waits
            started = time.monotonic()
            await connection.execute(_WRITES[n % len(_WRITES)].encode(), {"n": n % 1000 + 1})
            waits.append(time.monotonic() - started)
    return waits
