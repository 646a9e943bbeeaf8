"""What a fallback tagged waits in the database for the first choice, and is listed only while that answers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from tests.support.databases import Database

PHOTO = "https://cdn.example/a.jpg"
FIRST, LOCAL = "vertexai", "local/1/1"


def tags(version: str = LOCAL, photo: str = PHOTO) -> Jsonb:
    return Jsonb({"status": "done", "source": {"photo": photo, "version": version, "fallback": True}})


async def tagged(db: Database, user: UUID | None = None, **columns: Any) -> UUID:
    """An item that a fallback tagged."""
    item = await db.item(user or await db.user(), **{"ai_tags": tags(), **columns})
    assert await db.value("select aura_note_renewal(%s, %s, %s)", item, LOCAL, FIRST) is True
    return item


async def listed(
    db: Database,
    first: str | None = FIRST,
    *,
    size: int = 100,
    within: float = 0.0,
    after: tuple[Any, Any] = (None, None),
) -> list[tuple[Any, ...]]:
    due_before = datetime.now(UTC) + timedelta(seconds=within)
    return await db.rows(
        "select id, due_at, again, backfill, created_at from aura_outstanding_items(%s, %s, %s, %s, %s)",
        size,
        due_before,
        *after,
        first,
    )


async def ids(db: Database, **options: Any) -> list[UUID]:
    return [row[0] for row in await listed(db, **options)]


async def test_it_is_listed_last_and_for_its_first_choice_alone(db: Database) -> None:
    item = await tagged(db)
    assert [row[:4] for row in await listed(db)] == [(item, None, True, True)]
    assert await listed(db, "other") == []
    assert await listed(db, None) == []
    assert await db.value("select items from aura_due_summary()") == 0  # nobody waits for it
    ((renewals, oldest),) = await db.rows("select renewals, oldest_renewal_at from aura_due_summary()")
    assert (renewals, oldest) == (1, await db.value("select noted_at from analysis_renewals"))


async def test_the_first_choices_answer_settles_it(db: Database) -> None:
    item = await tagged(db)
    await db.rows("update clothing_items set ai_tags = %s where id = %s", tags("vertexai/g/1"), item)
    assert await listed(db) == []
    await db.rows("select aura_release_lease(%s, 'me')", item)
    assert await db.value("select count(*) from analysis_renewals") == 0


async def test_noted_before_its_tags_are_written_it_is_not_lost(db: Database) -> None:
    item = await db.item(await db.user())
    await db.rows("select aura_note_renewal(%s, %s, %s)", item, LOCAL, FIRST)
    assert [row[:4] for row in await listed(db)] == [(item, None, False, False)]  # as what it is: outstanding
    await db.rows("select aura_release_lease(%s, 'me')", item)
    await db.rows("update analysis_renewals set noted_at = now() - interval '1 day'")
    assert await db.value("select aura_prune_renewals()") == 0
    await db.rows("update clothing_items set ai_tags = %s where id = %s", tags(), item)
    assert [row[2:4] for row in await listed(db)] == [(True, True)]


async def test_while_it_is_out_nothing_is_listed(db: Database) -> None:
    for _ in range(3):
        await tagged(db)
    await db.rows("select aura_pause_analyzer(%s, now() + interval '5 min', 'analyzer_quota')", FIRST)
    assert await listed(db) == []
    assert await db.value("select aura_resume_analyzer(%s)", FIRST) is True
    assert len(await listed(db)) == 3
    assert await db.value("select aura_resume_analyzer(%s)", FIRST) is False


async def test_when_the_pause_is_over_one_tries(db: Database) -> None:
    items = [await tagged(db) for _ in range(3)]
    await db.rows("select aura_pause_analyzer(%s, now() + interval '1 min', 'analyzer_quota')", FIRST)
    ahead = await listed(db, within=300)
    until = await db.value("select until from analysis_pauses")
    assert [row[:2] for row in ahead] == [(items[0], until)]
    assert await listed(db, within=300, after=(ahead[0][4], ahead[0][0])) == []  # one, however it is paged
    await db.rows("update analysis_pauses set until = now() - interval '1 s'")
    assert await ids(db) == items[:1]


async def test_one_that_was_put_off_lets_the_next_one_try(db: Database) -> None:
    user = await db.user()
    items = [await tagged(db, user) for _ in range(2)]
    await db.rows(
        "select aura_record_failure(%s, %s, %s, 'analyzer_bad_answer', 'm', false, now() + interval '1 h')",
        items[0],
        user,
        PHOTO,
    )
    await db.rows("select aura_pause_analyzer(%s, now(), 'analyzer_unavailable')", FIRST)
    assert await ids(db) == items[1:]


async def test_the_failure_of_a_renewal_outlives_its_lease(db: Database) -> None:
    """Else it would be tried again with every listing."""
    user = await db.user()
    item = await tagged(db, user)
    await db.rows(
        "select aura_record_failure(%s, %s, %s, 'analyzer_bad_answer', 'm', false, now() + interval '1 h')",
        item,
        user,
        PHOTO,
    )
    await db.rows("select aura_release_lease(%s, 'me')", item)
    assert await listed(db) == []
    assert await ids(db, within=3700) == [item]


async def test_what_failed_before_the_fallback_answered_is_over(db: Database) -> None:
    """The owner is told of it no more, and the renewal does not wait for its next attempt."""
    user = await db.user()
    item = await db.item(user)
    await db.rows(
        "select aura_record_failure(%s, %s, %s, 'analyzer_timeout', 'm', false, now() + interval '1 h')",
        item,
        user,
        PHOTO,
    )
    await db.rows("select aura_note_renewal(%s, %s, %s)", item, LOCAL, FIRST)
    assert await db.value("select count(*) from analysis_failures") == 0
    await db.rows("update clothing_items set ai_tags = %s where id = %s", tags(), item)
    assert await ids(db) == [item]


async def test_of_two_pauses_the_later_one_counts(db: Database) -> None:
    for minutes in (5, 20, 10):
        await db.rows(
            "select aura_pause_analyzer(%s, now() + make_interval(mins => %s), 'analyzer_quota')", FIRST, minutes
        )
    left = await db.value("select until - now() from analysis_pauses")
    assert timedelta(minutes=19) < left <= timedelta(minutes=20)


async def test_pages_follow_each_other_with_live_work_in_between(db: Database) -> None:
    user = await db.user()
    expected = []
    for number in range(9):
        moment = datetime.now(UTC) + timedelta(days=1, seconds=number // 2)
        expected.append(await (tagged(db, user, created_at=moment) if number % 3 else db.item(user, created_at=moment)))
    found: list[UUID] = []
    after: tuple[Any, Any] = (None, None)
    while page := await listed(db, size=2, after=after):
        found += [row[0] for row in page]
        after = (page[-1][4], page[-1][0])
    assert sorted(found) == sorted(expected)
    assert len(found) == len(set(found))


async def test_a_new_photo_is_ordinary_work_and_noted_anew(db: Database) -> None:
    item = await tagged(db)
    await db.rows("update clothing_items set image_url = 'https://cdn.example/b.jpg' where id = %s", item)
    assert [row[2:4] for row in await listed(db)] == [(False, False)]
    await db.rows("select aura_note_renewal(%s, 'local/2/1', %s)", item, FIRST)
    assert await db.rows("select version from analysis_renewals") == [("local/2/1",)]


async def test_pruning_takes_what_is_settled_and_old_enough(db: Database) -> None:
    user = await db.user()
    kept, settled, gone = [await tagged(db, user) for _ in range(3)]
    await db.rows("update clothing_items set ai_tags = %s where id = %s", tags("vertexai/g/1"), settled)
    await db.rows("delete from clothing_items where id = %s", gone)
    assert await db.value("select aura_prune_renewals()") == 0
    await db.rows("update analysis_renewals set noted_at = now() - interval '1 h'")
    assert await db.value("select aura_prune_renewals()") == 2
    assert await db.rows("select item_id from analysis_renewals") == [(kept,)]


async def test_an_older_process_lists_as_it_always_did(db: Database) -> None:
    await tagged(db)
    item = await db.item(await db.user())
    assert await db.rows("select id from aura_outstanding_items(page_size => 10)") == [(item,)]


async def test_many_that_wait_cost_a_listing_nothing_while_it_is_out(db: Database) -> None:
    user = await db.user()
    await db.rows(
        "insert into clothing_items (user_id, name, image_url, ai_tags) "
        "select %s, 'n', %s, %s from generate_series(1, 5000)",
        user,
        PHOTO,
        tags(),
    )
    await db.rows("insert into analysis_renewals select id, created_at, %s, %s from clothing_items", LOCAL, FIRST)
    assert await blocks(db) > 400  # a page of 200
    await db.rows("select aura_pause_analyzer(%s, now() - interval '1 s', 'analyzer_quota')", FIRST)
    assert await blocks(db) < 100
    await db.rows("select aura_pause_analyzer(%s, now() + interval '1 h', 'analyzer_quota')", FIRST)
    assert await blocks(db) < 60


async def blocks(db: Database) -> int:
    """The database pages that a listing touches, once its plan is made."""
    query = (
        b"explain (analyze, buffers, format json) select * from aura_outstanding_items(200, first_choice => 'vertexai')"
    )
    async with await db.connect() as connection:
        await connection.execute(query)
        found = await (await connection.execute(query)).fetchone()
    assert found is not None
    plan = found[0][0]["Plan"]
    return int(plan["Shared Hit Blocks"] + plan["Shared Read Blocks"])
