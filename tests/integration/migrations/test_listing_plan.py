"""The listings read what is outstanding and not the table: their plans say so at 20,000 rows."""

from __future__ import annotations

import json
from typing import Any

from tests.support.databases import Connection, Database

ITEMS = 20_000
TAGGED = """
  insert into clothing_items (user_id, name, image_url, ai_tags)
  select %s, 'n', 'https://cdn.example/' || n,
         jsonb_build_object('status', 'done', 'source', jsonb_build_object('photo', 'https://cdn.example/' || n))
  from generate_series(1, %s) n"""
UNTAGGED = """
  insert into clothing_items (user_id, name, image_url, created_at)
  select %s, 'n', 'https://cdn.example/' || n, timestamptz '2020-01-01' + n * interval '1 s'
  from generate_series(1, %s) n"""
LISTING = "select * from aura_outstanding_items(200)"
SUMMARY = "select * from aura_due_summary()"


async def blocks_read(connection: Connection, query: str) -> int:
    """The pages that a query touches, nested function calls included."""
    await connection.execute(query.encode())  # what a first call reads of the catalogs is not the listing's
    cursor = await connection.execute(f"explain (analyze, buffers, format json) {query}".encode())
    found = await cursor.fetchone()
    assert found is not None
    plan: dict[str, Any] = found[0][0]["Plan"] if isinstance(found[0], list) else json.loads(found[0])[0]["Plan"]
    return int(plan["Shared Hit Blocks"] + plan["Shared Read Blocks"])


async def scans(db: Database) -> tuple[int, int]:
    """(sequential scans, scans of the outstanding index) of clothing_items so far."""
    ((sequential, indexed),) = await db.rows("""
        select t.seq_scan, i.idx_scan from pg_stat_user_tables t
        join pg_stat_user_indexes i on i.relid = t.relid and i.indexrelname = 'clothing_items_aura_outstanding'
        where t.relname = 'clothing_items'""")
    return sequential, indexed


async def assert_listed_by_index(db: Database, *, outstanding: int, most_blocks: int) -> None:
    await db.rows("analyze clothing_items")
    table = await db.value("select pg_relation_size('clothing_items') / 8192")
    assert table > 250
    async with await db.connect() as connection:
        before = await scans(db)
        assert len(await (await connection.execute(LISTING)).fetchall()) == min(outstanding, 200)
        for _ in range(7):  # more than the five calls after which a plan may become a generic one
            assert await blocks_read(connection, LISTING) <= most_blocks
            assert await blocks_read(connection, SUMMARY) <= most_blocks
        await connection.execute("select pg_stat_force_next_flush()")
        await connection.execute("select 1")
    after = await scans(db)
    assert after[0] == before[0]
    assert after[1] > before[1]


async def test_nothing_outstanding_reads_next_to_nothing(db: Database) -> None:
    await db.rows(TAGGED, await db.user(), ITEMS)
    await assert_listed_by_index(db, outstanding=0, most_blocks=30)


async def test_ten_outstanding_of_twenty_thousand(db: Database) -> None:
    user = await db.user()
    await db.rows(TAGGED, user, ITEMS)
    for _ in range(10):
        await db.item(user)
    await assert_listed_by_index(db, outstanding=10, most_blocks=80)


async def test_untagged_rows_from_before_the_installation_are_not_read(db: Database) -> None:
    await db.rows(UNTAGGED, await db.user(), ITEMS)
    await db.rows("truncate analysis_admitted")
    await assert_listed_by_index(db, outstanding=0, most_blocks=30)


async def test_a_page_of_a_large_backfill_costs_a_page(db: Database) -> None:
    """Right after the admission, when the statistics know nothing of it yet."""
    await db.rows(UNTAGGED, await db.user(), ITEMS)
    await db.rows("truncate analysis_admitted")
    assert await db.value("select aura_admit_backfill(3000)") == 3000
    async with await db.connect() as connection:
        assert await blocks_read(connection, LISTING) < 2_500  # for 200 rows; all 3,000 would take four times that


async def test_the_plan_is_an_index_scan(db: Database) -> None:
    user = await db.user()
    await db.rows(TAGGED, user, ITEMS)
    await db.item(user)
    await db.rows("analyze clothing_items")
    found = await db.rows("""
        explain select i.id, f.next_attempt_at from clothing_items i left join analysis_failures f on f.item_id = i.id
        where aura_photo_outstanding(i.image_url, i.ai_tags) = 1
          and (i.created_at, i.id) > (timestamptz '2020-01-01', '00000000-0000-0000-0000-000000000000'::uuid)
        order by i.created_at, i.id limit 200""")
    plan = "\n".join(line for (line,) in found)
    assert "using clothing_items_aura_outstanding" in plan
    assert "Seq Scan on clothing_items" not in plan
