"""What a person may know about analyses: all about their own items, nothing about anybody else's."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import pytest

from tests.support.databases import Database, rows

URL = "https://cdn.example/a.jpg"
OLD = "2001-01-01T00:00:00Z"


async def state(db: Database, user: UUID | None, item: UUID, role: str = "authenticated") -> list[dict[str, Any]]:
    """The rows that the function gives this person."""
    async with db.acting(role, user) as app:
        found = await rows(app, "select to_jsonb(s) from aura_analysis_status(%s) s", item)
    return [row[0] for row in found]


async def progress(db: Database, user: UUID, item: UUID) -> tuple[bool, bool, bool]:
    (found,) = await state(db, user, item)
    return found["running"], found["abandoned"], found["wanted"]


async def lease(db: Database, item: UUID, seconds: float) -> None:
    await db.rows("select * from aura_take_lease(%s, %s, 'h', %s)", item, URL, seconds)


async def fail(db: Database, item: UUID, user: UUID, photo: str = URL, *, permanent: bool = False) -> None:
    arguments = (item, user, photo, "photo_gone", "Gone.", permanent)
    await db.rows("select aura_record_failure(%s, %s, %s, %s, %s, %s, now() + interval '1 hour')", *arguments)


async def test_an_item_with_all_its_columns(db: Database) -> None:
    ada = await db.user()
    item = await db.item(ada, URL, category="tops", tags=["a"])
    (found,) = await state(db, ada, item)
    assert (found["id"], found["user_id"], found["image_url"]) == (str(item), str(ada), URL)
    assert (found["category"], found["tags"], found["ai_tags"], found["failure"]) == ("tops", ["a"], None, None)
    assert (found["running"], found["abandoned"], found["wanted"]) == (False, False, True)


async def test_a_lease_that_runs_that_ran_out_that_is_given_back(db: Database) -> None:
    ada = await db.user()
    item = await db.item(ada, URL)
    await lease(db, item, 60)
    assert await progress(db, ada, item) == (True, False, True)
    await db.rows("update analysis_leases set expires_at = now() - interval '1 second' where item_id = %s", item)
    assert await progress(db, ada, item) == (False, True, True)
    await db.rows("select aura_release_lease(%s, 'h')", item)
    assert await progress(db, ada, item) == (False, False, True)


async def test_only_a_failure_of_the_present_photo_counts(db: Database) -> None:
    ada = await db.user()
    item = await db.item(ada, URL)
    await fail(db, item, ada)
    (found,) = await state(db, ada, item)
    assert (found["failure"]["code"], found["failure"]["permanent"]) == ("photo_gone", False)
    assert found["failure"].keys() == {"code", "message", "permanent", "next_attempt_at", "failed_at"}
    await db.rows("update clothing_items set image_url = 'https://cdn.example/b.jpg' where id = %s", item)
    (found,) = await state(db, ada, item)
    assert found["failure"] is None


async def test_nobody_else_learns_anything(db: Database) -> None:
    ada, deniz = await db.user(), await db.user()
    item = await db.item(ada, URL)
    await lease(db, item, 60)
    await fail(db, item, ada)
    await db.rows("insert into combinations (user_id, name, is_public) values (%s, 'public', true)", ada)
    for stranger in (deniz, uuid4(), None):
        assert await state(db, stranger, item) == []
    assert await state(db, None, item, role="service_role") == []
    async with db.acting("authenticated", deniz) as app:
        assert await rows(app, "select * from aura_analysis_progress(%s)", item) == []
        assert await rows(app, "select * from aura_analysis_state(null)") == []


async def test_a_failure_that_is_booked_for_somebody_else_is_not_shown(db: Database) -> None:
    """An item that changed hands: the old owner's failure is not the new one's."""
    ada, deniz = await db.user(), await db.user()
    item = await db.item(ada, URL)
    await fail(db, item, deniz)
    (found,) = await state(db, ada, item)
    assert found["failure"] is None


@pytest.fixture
async def forgotten(db: Database) -> tuple[UUID, UUID]:
    """Somebody and their item from before the service, which nobody asked for."""
    ada = await db.user()
    item = await db.item(ada, URL, created_at=OLD)
    await db.rows("delete from analysis_admitted")
    return ada, item


async def reasons(db: Database) -> list[str]:
    return [row[0] for row in await db.rows("select reason from analysis_admitted order by id")]


async def admit(db: Database, item: UUID) -> bool:
    async with db.acting("service_role") as service:
        return bool((await rows(service, "select aura_admit_item(%s)", item))[0][0])


async def listed(db: Database) -> list[tuple[UUID, bool]]:
    return [(row[0], row[1]) for row in await db.rows("select id, backfill from aura_outstanding_items(10)")]


async def test_what_was_asked_for_is_outstanding_from_then_on(db: Database, forgotten: tuple[UUID, UUID]) -> None:
    ada, item = forgotten
    assert await progress(db, ada, item) == (False, False, False)
    assert [await admit(db, item), await admit(db, item)] == [True, False]
    assert await reasons(db) == ["asked"]
    assert await progress(db, ada, item) == (False, False, True)
    assert await listed(db) == [(item, False)]


async def test_what_a_backfill_admitted_comes_sooner_when_asked_for(db: Database, forgotten: tuple[UUID, UUID]) -> None:
    await db.rows("select aura_admit_backfill(10)")
    assert await listed(db) == [(forgotten[1], True)]
    assert await admit(db, forgotten[1])
    assert await listed(db) == [(forgotten[1], False)]


async def test_what_is_analysed_anyway_needs_no_admission(db: Database) -> None:
    ada = await db.user()
    source = f'{{"status": "done", "source": {{"photo": "{URL}"}}}}'
    items = [
        await db.item(ada, URL),
        await db.item(ada, None, created_at=OLD),
        await db.item(ada, URL, created_at=OLD, ai_tags=source),
        uuid4(),
    ]
    await db.rows("delete from analysis_admitted")
    assert [await admit(db, item) for item in items] == [False] * 4
    assert await reasons(db) == []


async def test_an_admission_is_gone_once_it_is_settled(db: Database, forgotten: tuple[UUID, UUID]) -> None:
    _, item = forgotten
    await admit(db, item)
    tags = f'{{"status": "done", "source": {{"photo": "{URL}"}}}}'
    await db.rows("update clothing_items set ai_tags = %s where id = %s", tags, item)
    await lease(db, item, 60)
    await db.rows("select aura_release_lease(%s, 'h')", item)
    assert await reasons(db) == []


@pytest.fixture
async def done(db: Database) -> tuple[UUID, UUID]:
    """Somebody and their item that has its tags."""
    ada = await db.user()
    return ada, await db.item(ada, URL, ai_tags=f'{{"status": "done", "source": {{"photo": "{URL}"}}}}')


async def force(db: Database, item: UUID) -> list[int]:
    async with db.acting("service_role") as service:
        return [row[0] for row in await rows(service, "select * from aura_admit_forced(%s)", item)]


async def again(db: Database, user: UUID, item: UUID) -> bool:
    return bool((await state(db, user, item))[0]["again"])


async def test_a_forced_analysis_is_outstanding_until_its_run_clears_it(db: Database, done: tuple[UUID, UUID]) -> None:
    ada, item = done
    assert (await listed(db), await again(db, ada, item)) == ([], False)
    marks = await force(db, item)
    assert await force(db, item) == marks
    assert (await listed(db), await again(db, ada, item), len(marks)) == ([(item, False)], True, 1)
    await lease(db, item, 60)
    await db.rows("select aura_release_lease(%s, 'h')", item)
    await db.rows("select aura_prune()")
    assert await listed(db) == [(item, False)], "neither a lease given back nor pruning makes it done"
    assert await db.value("select aura_clear_forced(%s)", marks) == 1
    assert (await listed(db), await again(db, ada, item)) == ([], False)


async def test_a_forced_analysis_is_about_one_photo(db: Database, done: tuple[UUID, UUID]) -> None:
    ada, item = done
    await force(db, item)
    tags = '{"status": "done", "source": {"photo": "https://cdn.example/b.jpg"}}'
    await db.rows("update clothing_items set image_url = 'https://cdn.example/b.jpg', ai_tags = %s", tags)
    assert (await listed(db), await again(db, ada, item)) == ([], False)
    assert await db.rows("select * from aura_forced(%s)", item) == []


async def test_a_forced_analysis_ends_when_its_photo_fails_for_good_and_waits_when_not(
    db: Database, done: tuple[UUID, UUID]
) -> None:
    ada, item = done
    await force(db, item)
    await fail(db, item, ada)
    assert (await listed(db), await again(db, ada, item)) == ([], True), "not due for an hour"
    await fail(db, item, ada, permanent=True)
    assert (await listed(db), await again(db, ada, item)) == ([], False)


async def test_force_where_there_are_no_tags_is_a_wish_as_any(db: Database, forgotten: tuple[UUID, UUID]) -> None:
    assert await force(db, forgotten[1]) == []
    assert await reasons(db) == ["asked"]
