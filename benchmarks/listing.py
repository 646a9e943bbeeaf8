"""Measures the database's part at real size: the migration, each listing of outstanding work, and the triggers.

    python -m benchmarks.listing --items 1000000 --users 100000

Starts a PostgreSQL of its own and needs about 4 GB of disk and ten minutes at full size; `--items 20000
--users 2000` takes seconds.
"""

from __future__ import annotations

import asyncio
import time
from typing import Any

import click
import psycopg

from aura.migrations import migrate
from benchmarks.database.installation import measure_installation, measure_plain_build
from benchmarks.database.listings import (
    Dsn,
    measure_call,
    measure_listings,
    measure_walk,
    measure_without_index,
)
from benchmarks.database.load import Connection, Size, book_failures, first, load
from benchmarks.database.triggers import measure_triggers
from benchmarks.report import Report, Table, publish
from sandbox.database import temporary_database
from sandbox.postgres import PostgresServer

Rows = list[dict[str, Any]]
_NEW = (
    "insert into clothing_items (user_id, name, image_url) "
    "select id, 'new', 'https://x/' || id from users order by id limit {count}"
)
_PARKED = (
    "insert into analysis_failures (item_id, user_id, photo, code, message, permanent, next_attempt_at) "
    "select id, user_id, image_url, 'analyzer_timeout', 'slow', false, now() + interval '1 h' "
    "from clothing_items where aura_photo_outstanding(image_url, ai_tags) = 1"
)


@click.command()
@click.option("--items", default=1_000_000, show_default=True, help="Rows of clothing_items.")
@click.option("--users", default=100_000, show_default=True)
@click.option("--failed", default=50_000, show_default=True, help="How many of the items failed for good.")
@click.option("--largest", default=10_000, show_default=True, help="Most outstanding items, and rows of a statement.")
def main(items: int, users: int, failed: int, largest: int) -> None:
    """Measure migration, listings and triggers on tables of a given size."""
    size = Size(items, users, min(failed, items))
    publish("listing", {**vars(size), "largest": largest}, asyncio.run(measure(size, largest)))


async def run(quick: bool) -> Report:
    """The same at full size, or at a fiftieth of it."""
    size, largest = (Size(20_000, 2_000, 1_000), 1_000) if quick else (Size(1_000_000, 100_000, 50_000), 10_000)
    return Report("listing", {**vars(size), "largest": largest}, await measure(size, largest))


async def measure(size: Size, largest: int) -> list[Table]:
    """Everything, on two databases: one with all items tagged, one with all of them untagged and old."""
    async with temporary_database() as server:
        await _copy(server, "untagged")
        tagged = await _measure_tagged(_dsn(server, "postgres"), size, largest)
        untagged = await _measure_untagged(_dsn(server, "untagged"), size)
    return [*tagged, *untagged]


def _dsn(server: PostgresServer, database: str) -> Dsn:
    return Dsn(server.dsn(database=database), server.dsn("supabase_admin", database))


async def _copy(server: PostgresServer, name: str) -> None:
    async with await psycopg.AsyncConnection.connect(
        server.dsn("supabase_admin", "template1"), autocommit=True
    ) as admin:
        await admin.execute(f"create database {name} template postgres owner postgres".encode())


async def _measure_tagged(dsn: Dsn, size: Size, largest: int) -> list[Table]:
    async with await psycopg.AsyncConnection.connect(dsn.owner, autocommit=True) as connection:
        loaded = await _load(connection, size, tagged=True)
        installed = await measure_installation(dsn.owner)
        plain = await measure_plain_build(connection)
        await _settle(connection)
        listed, walked = await _measure_states(dsn, connection, largest)
        without = await measure_without_index(connection)
        calls = await _measure_calls(connection)
        triggers = await measure_triggers(connection, largest, size.users)
    return [
        Table("loading", [loaded]),
        Table("migration beside four writers", installed),
        Table("milliseconds that writes are blocked instead", [plain]),
        Table("first page of each listing, all items tagged", listed),
        Table("all pages", walked),
        Table("baseline", [without]),
        Table("other calls, once each", calls),
        Table("statements without and with the triggers", triggers),
    ]


async def _load(connection: Connection, size: Size, *, tagged: bool) -> dict[str, Any]:
    started = time.monotonic()
    await load(connection, size, tagged=tagged)
    seconds = round(time.monotonic() - started, 1)
    megabytes = await first(connection, "select pg_total_relation_size('clothing_items') / 1000000")
    return {"seconds": seconds, "clothing_items_mb": int(megabytes)}


async def _settle(connection: Connection) -> None:
    """As if the daemon had kept up until now: nothing outstanding, no marks, statistics as autovacuum keeps them."""
    await book_failures(connection)
    await connection.execute("delete from clothing_items where name = 'written meanwhile'")
    await connection.execute("truncate style_dirty, analysis_admitted")
    await connection.execute("vacuum (analyze) clothing_items")


async def _measure_states(dsn: Dsn, connection: Connection, largest: int) -> tuple[Rows, Rows]:
    listed, walked, there = [], [], 0
    for outstanding in (0, 10, largest):
        await connection.execute(_NEW.format(count=outstanding - there).encode())
        there = outstanding
        listed += await measure_listings(dsn, f"{outstanding:,}")
        walked.append(await measure_walk(connection, f"{outstanding:,}"))
    await connection.execute(_PARKED)
    parked = f"{largest:,} in backoff"
    listed += await measure_listings(dsn, parked)
    walked.append(await measure_walk(connection, parked))
    return listed, walked


async def _measure_calls(connection: Connection) -> Rows:
    queries = {
        "aura_style_fingerprint": "select aura_style_fingerprint(md5('u1')::uuid)",
        "aura_audit_style(200)": "select checked || ' checked, ' || marked || ' marked' from aura_audit_style(200)",
        "aura_backfill_count('new version')": "select aura_backfill_count('new version')",
        "aura_admit_backfill(1000, 'new version')": "select aura_admit_backfill(1000, 'new version')",
        "aura_prune": "select aura_prune()",
        "aura_retry_failures (2,000 of them)": "select aura_retry_failures()",
    }
    return [await measure_call(connection, name, query) for name, query in queries.items()]


async def _measure_untagged(dsn: Dsn, size: Size) -> list[Table]:
    async with await psycopg.AsyncConnection.connect(dsn.owner, autocommit=True) as connection:
        await load(connection, size, tagged=False)
        await migrate(dsn.owner)
        listed = await measure_listings(dsn, "0")
        await connection.execute(_NEW.format(count=10).encode())
        listed += await measure_listings(dsn, "10")
        calls = [await measure_call(connection, "aura_backfill_count", "select aura_backfill_count()")]
        calls += [
            await measure_call(
                connection, f"aura_admit_backfill(1000), time {turn}", "select aura_admit_backfill(1000)"
            )
            for turn in (1, 2, 3)
        ]
        listed += await measure_listings(dsn, "10 and 3,000 admitted")
    return [
        Table("first page of each listing, all older items untagged", listed),
        Table("backfill, all older items untagged", calls),
    ]


if __name__ == "__main__":
    main()
