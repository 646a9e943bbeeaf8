"""What a person decides: tagging photos from before the installation, tagging again, trying failures again."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import UUID

from psycopg.types.json import Jsonb

from tests.support.databases import Database

PHOTO = "https://cdn.example/a.jpg"
OLD = datetime(2020, 1, 1, tzinfo=UTC)


def tags(version: str = "v1", status: str = "done") -> Jsonb:
    return Jsonb({"status": status, "source": {"photo": PHOTO, "version": version}})


async def old_items(db: Database, count: int, **columns: object) -> list[UUID]:
    """Rows from before the installation, the newest first."""
    user = await db.user()
    items = [
        await db.item(user, **{"created_at": OLD - timedelta(days=day), **columns})  # type: ignore[arg-type]
        for day in range(count)
    ]
    await db.rows("delete from analysis_admitted")
    return items


async def listing(db: Database) -> list[tuple[UUID, bool, bool]]:
    found = await db.rows("select id, again, backfill from aura_outstanding_items(1000)")
    return [(row[0], row[1], row[2]) for row in found]


async def test_a_backfill_admits_the_newest_first_and_each_once(db: Database) -> None:
    newest, second, third = await old_items(db, 3)
    assert await db.value("select aura_backfill_count()") == 3
    assert await db.value("select aura_admit_backfill(2)") == 2
    assert await listing(db) == [(second, False, True), (newest, False, True)]
    assert await db.value("select aura_backfill_count()") == 1
    assert await db.value("select aura_admit_backfill(10)") == 1
    assert await db.value("select aura_admit_backfill(10)") == 0
    assert await listing(db) == [(third, False, True), (second, False, True), (newest, False, True)]


async def test_a_backfill_leaves_out_what_is_tagged_has_no_photo_or_failed(db: Database) -> None:
    await old_items(db, 1, ai_tags=tags())
    await old_items(db, 1, image_url=None)
    await old_items(db, 1, ai_tags=tags(status="failed"))
    await db.item(await db.user())
    assert await db.value("select aura_backfill_count()") == 0
    assert await db.value("select aura_backfill_count('v1')") == 0
    assert await db.value("select aura_admit_backfill(0)") == 0


async def test_a_backfill_admits_rows_without_a_creation_time(db: Database) -> None:
    (item,) = await old_items(db, 1)
    await db.rows("alter table clothing_items disable trigger aura_admit_update")
    await db.rows("update clothing_items set created_at = null where id = %s", item)
    assert await db.value("select aura_backfill_count()") == 1
    assert await db.value("select aura_admit_backfill(5)") == 1
    assert await listing(db) == [(item, False, True)]


async def test_two_backfills_at_once_admit_nothing_twice(db: Database) -> None:
    await old_items(db, 30)
    admitted = await asyncio.gather(*(db.value("select aura_admit_backfill(20)") for _ in range(4)))
    assert sum(admitted) == 30
    assert await db.value("select count(distinct item_id) from analysis_admitted") == 30


async def test_stale_tags_are_outstanding_until_the_version_is_there(db: Database) -> None:
    user = await db.user()
    stale, current, failed = [
        await db.item(user, ai_tags=value) for value in (tags("v1"), tags("v2"), tags("v1", "failed"))
    ]
    assert await listing(db) == []
    assert await db.value("select aura_backfill_count('v2')") == 1
    assert await db.value("select aura_admit_backfill(10, 'v2')") == 1
    assert await listing(db) == [(stale, True, True)]
    assert await db.value("select aura_backfill_count('v2')") == 0
    await db.rows("update clothing_items set ai_tags = %s where id = %s", tags("v2"), stale)
    assert await listing(db) == []
    assert {current, failed}.isdisjoint({item for item, _, _ in await listing(db)})


async def test_stale_tags_are_settled_by_whatever_version_the_daemon_runs(db: Database) -> None:
    item = await db.item(await db.user(), ai_tags=Jsonb({"status": "done", "source": {"photo": PHOTO}}))
    assert await db.value("select aura_admit_backfill(10, 'v2')") == 1
    assert await db.value("select aura_backfill_count('v2')") == 0
    assert await listing(db) == [(item, True, True)]
    await db.rows("update clothing_items set ai_tags = %s where id = %s", tags("v3"), item)
    assert await listing(db) == []
    assert await db.value("select aura_backfill_count('v2')") == 1


async def test_a_stale_photo_that_fails_for_good_keeps_its_tags_and_leaves_the_listing(db: Database) -> None:
    user = await db.user()
    item = await db.item(user, ai_tags=tags("v1"))
    await db.rows("select aura_admit_backfill(10, 'v2')")
    await db.rows("select aura_record_failure(%s, %s, %s, 'photo_gone', 'm', true, now())", item, user, PHOTO)
    assert await listing(db) == []
    assert await db.value("select aura_prune()") == 1


async def test_a_stale_photo_that_is_replaced_is_live_work(db: Database) -> None:
    item = await db.item(await db.user(), ai_tags=tags("v1"))
    await db.rows("select aura_admit_backfill(10, 'v2')")
    await db.rows("update clothing_items set image_url = 'https://cdn.example/new.jpg' where id = %s", item)
    assert await listing(db) == [(item, False, False)]


async def test_retrying_makes_a_parked_failure_due(db: Database) -> None:
    user = await db.user()
    item, other = await db.item(user), await db.item(user)
    for each in (item, other):
        await db.rows(
            "select aura_record_failure(%s, %s, %s, 'daily_limit', 'm', false, now() + interval '9 h')",
            each,
            user,
            PHOTO,
        )
    assert await listing(db) == []
    assert await db.value("select aura_retry_failures(%s)", [item]) == 1
    assert await listing(db) == [(item, False, False)]
    assert await db.value("select aura_retry_failures()") == 1
    assert await db.value("select aura_retry_failures()") == 0


async def test_retrying_brings_back_what_failed_for_good_even_on_an_old_row(db: Database) -> None:
    (old,) = await old_items(db, 1, ai_tags=tags(status="failed"))
    new = await db.item(await db.user(), ai_tags=tags(status="failed"))
    for item in (old, new):
        await db.rows(
            "select aura_record_failure(id, user_id, image_url, 'photo_gone', 'm', true, now()) "
            "from clothing_items where id = %s",
            item,
        )
    assert await db.value("select aura_retry_failures()") == 2
    assert {item for item, _, _ in await listing(db)} == {old, new}
    assert await db.rows("select permanent, attempts from analysis_failures") == [(False, 1), (False, 1)]
    assert await db.value("select ai_tags ->> 'status' from clothing_items where id = %s", new) == "failed"


async def test_retrying_leaves_alone_what_the_app_is_writing(db: Database) -> None:
    user = await db.user()
    item = await db.item(user, ai_tags=tags(status="failed"))
    await db.rows("select aura_record_failure(%s, %s, %s, 'photo_gone', 'm', true, now())", item, user, PHOTO)
    async with await db.connect(autocommit=False) as app:
        await app.execute("update clothing_items set name = 'mine' where id = %s", [item])
        assert await db.value("select aura_retry_failures()") == 0
        await app.commit()
    assert await db.value("select aura_retry_failures()") == 1


async def test_pruning_removes_what_nobody_needs_and_nothing_else(db: Database) -> None:
    settled, open_item = await old_items(db, 2)
    user = await db.user()
    await db.rows("select aura_admit_backfill(10)")
    await db.rows("update clothing_items set ai_tags = %s where id = %s", tags(), settled)
    gone = await db.item(user)
    await db.rows("select aura_record_failure(%s, %s, %s, 'photo_gone', 'm', true, now())", gone, user, PHOTO)
    await db.rows("insert into ai_profiles (user_id, dna, fingerprint) values (%s, '{}', '')", user)
    await db.rows("insert into analysis_leases values (gen_random_uuid(), 'p', 'dead', now() - interval '2 h')")
    await db.rows("insert into analysis_leases values (gen_random_uuid(), 'p', 'alive', now() + interval '1 min')")
    await db.rows(
        "insert into analysis_usage select d::date, %s, 1 from generate_series(now() - interval '41 d', now(), "
        "interval '41 d') d",
        user,
    )
    await db.rows(
        "insert into analysis_cache select n::text, 'a', 'v', '{}', now() - n * interval '60 d' "
        "from generate_series(1, 2) n"
    )
    assert await db.value("select aura_prune()") == 4  # admission, lease, usage, cache
    await db.rows("delete from users where id = %s", user)
    assert await db.value("select aura_prune()") == 2  # failure and profile of the person who left
    assert await db.value("select aura_prune()") == 0
    assert await listing(db) == [(open_item, False, True)]
    for table in ("analysis_leases", "analysis_usage", "analysis_cache"):
        assert await db.value(f"select count(*) from {table}") == 1


async def test_pruning_never_loses_a_photo_replaced_meanwhile(db: Database) -> None:
    """The prune has read the row as settled when the app replaces the photo: the new admission stays."""
    (item,) = await old_items(db, 1, ai_tags=tags())
    await db.rows("update clothing_items set image_url = 'https://cdn.example/1' where id = %s", item)
    await db.rows("update clothing_items set image_url = %s where id = %s", PHOTO, item)
    async with await db.connect(autocommit=False) as app:
        await app.execute("update clothing_items set image_url = 'https://cdn.example/2' where id = %s", [item])
        assert await db.value("select aura_prune()") == 1
        await app.commit()
    assert await listing(db) == [(item, False, False)]
