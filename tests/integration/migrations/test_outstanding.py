"""What the database calls outstanding: every photo that is owed tags, and nothing else."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from psycopg.types.json import Jsonb

from tests.support.databases import Database

PHOTO = "https://cdn.example/a.jpg"
SIGNED = "https://p.supabase.co/storage/v1/object/sign/photos/u/a.jpg?token="
OLD = datetime(2020, 1, 1, tzinfo=UTC)


def tags(photo: str = PHOTO, version: str = "v1", status: str = "done") -> Jsonb:
    return Jsonb({"status": status, "source": {"photo": photo, "version": version}})


async def listed(db: Database, *, due_before: datetime | None = None) -> list[UUID]:
    found = await db.rows("select id from aura_outstanding_items(1000, %s)", due_before or datetime.now(UTC))
    return [row[0] for row in found]


async def old_item(db: Database, user: UUID, **columns: object) -> UUID:
    """A row as it was before the installation: nothing is known of it but the row."""
    item = await db.item(user, **{"created_at": OLD, **columns})  # type: ignore[arg-type]
    await db.rows("delete from analysis_admitted where item_id = %s", item)
    return item


@pytest.mark.parametrize(
    ("columns", "outstanding"),
    [
        ({}, True),
        ({"ai_tags": tags()}, False),
        ({"ai_tags": tags(status="failed")}, False),
        ({"ai_tags": tags("https://cdn.example/other.jpg")}, True),
        ({"image_url": None}, False),
        ({"image_url": ""}, False),
        ({"ai_tags": Jsonb(["red"])}, True),
        ({"ai_tags": Jsonb("red")}, True),
        ({"ai_tags": Jsonb({"source": "me"})}, True),
        ({"image_url": SIGNED + "1", "ai_tags": tags("https://p.supabase.co/storage/v1/object/photos/u/a.jpg")}, False),
        ({"image_url": SIGNED + "1", "ai_tags": tags(SIGNED + "1")}, True),
    ],
)
async def test_a_row_is_outstanding_while_its_tags_are_not_of_its_photo(
    db: Database, columns: dict[str, object], outstanding: bool
) -> None:
    item = await db.item(await db.user(), **columns)  # type: ignore[arg-type]
    assert await listed(db) == ([item] if outstanding else [])


async def test_signing_a_link_again_makes_nothing_outstanding(db: Database) -> None:
    user = await db.user()
    known = tags("https://p.supabase.co/storage/v1/object/photos/u/a.jpg")
    items = [await db.item(user, SIGNED + "1", ai_tags=known), await old_item(db, user, image_url=SIGNED + "1")]
    await db.rows("update clothing_items set image_url = %s where id = any(%s)", SIGNED + "2", items)
    assert await listed(db) == []


async def test_rows_from_before_the_installation_wait_for_a_backfill(db: Database) -> None:
    user = await db.user()
    item = await old_item(db, user)
    await db.rows("update clothing_items set name = 'renamed', is_favorite = true where id = %s", item)
    assert await listed(db) == []


async def test_a_replaced_photo_on_an_old_row_is_outstanding(db: Database) -> None:
    user = await db.user()
    item = await old_item(db, user, ai_tags=tags())
    await old_item(db, user)
    await db.rows("update clothing_items set image_url = 'https://cdn.example/new.jpg' where id = %s", item)
    assert await listed(db) == [item]
    assert await db.value("select backfill from aura_outstanding_items(1)") is False
    await db.rows("update clothing_items set ai_tags = %s where id = %s", tags("https://cdn.example/new.jpg"), item)
    assert await listed(db) == []


async def test_a_photo_set_later_on_an_old_row_is_outstanding(db: Database) -> None:
    item = await old_item(db, await db.user(), image_url=None)
    await db.rows("update clothing_items set image_url = %s where id = %s", PHOTO, item)
    assert await listed(db) == [item]


async def test_a_row_that_is_inserted_late_is_outstanding(db: Database) -> None:
    """Begun before the installation and committed after it, or imported with its own date."""
    item = await db.item(await db.user(), created_at=OLD)
    await db.item(await db.user(), created_at=OLD, ai_tags=tags())
    assert await listed(db) == [item]


async def test_a_row_without_a_creation_time_is_outstanding(db: Database) -> None:
    """A bulk insert through PostgREST writes null where some of its rows lack the key."""
    item = await db.item(await db.user(), created_at=None)
    assert await listed(db) == [item]
    await db.rows("update clothing_items set ai_tags = %s where id = %s", tags(), item)
    assert await listed(db) == []
    await db.rows("update clothing_items set image_url = 'https://cdn.example/new.jpg' where id = %s", item)
    assert await listed(db) == [item]


async def test_an_upsert_that_replaces_an_old_photo_is_seen(db: Database) -> None:
    user = await db.user()
    item = await old_item(db, user)
    await db.rows(
        "insert into clothing_items (id, user_id, name, image_url) values (%s, %s, 'n', 'https://cdn.example/new.jpg') "
        "on conflict (id) do update set image_url = excluded.image_url",
        item,
        user,
    )
    assert await listed(db) == [item]


async def test_pages_follow_each_other_where_created_at_is_equal(db: Database) -> None:
    user = await db.user()
    moment = datetime.now(UTC) + timedelta(days=1)
    items = sorted([await db.item(user, created_at=moment) for _ in range(25)])
    old = sorted([await db.item(user, created_at=OLD) for _ in range(12)])
    assert await all_pages(db, 4) == [*old, *items]


async def all_pages(db: Database, size: int) -> list[UUID]:
    found: list[UUID] = []
    after: tuple[datetime | None, UUID | None] = (None, None)
    while page := await db.rows("select id, created_at from aura_outstanding_items(%s, now(), %s, %s)", size, *after):
        assert len(page) <= size
        found += [row[0] for row in page]
        after = (page[-1][1], page[-1][0])
    return found


async def test_an_item_admitted_twice_is_listed_once(db: Database) -> None:
    item = await old_item(db, await db.user())
    for photo in ("https://cdn.example/1", "https://cdn.example/2", "https://cdn.example/3"):
        await db.rows("update clothing_items set image_url = %s where id = %s", photo, item)
    assert await db.value("select count(*) from analysis_admitted") == 3
    assert await listed(db) == [item]
    assert await all_pages(db, 1) == [item]


async def test_a_page_is_never_larger_than_postgrest_returns(db: Database) -> None:
    user = await db.user()
    await db.rows(
        "insert into clothing_items (user_id, name, image_url) select %s, 'n', 'u' from generate_series(1, 1100)", user
    )
    assert await db.value("select count(*) from aura_outstanding_items(5000)") == 1000


async def test_backoff_hides_a_row_until_it_is_due(db: Database) -> None:
    user = await db.user()
    item, other = await db.item(user), await db.item(user)
    due = datetime.now(UTC) + timedelta(hours=1)
    await db.rows(
        "select aura_record_failure(%s, %s, %s, 'analyzer_timeout', 'slow', false, %s)", item, user, PHOTO, due
    )
    assert await listed(db) == [other]
    assert set(await listed(db, due_before=due)) == {item, other}
    found = await db.rows("select due_at from aura_outstanding_items(10, %s) where id = %s", due, item)
    assert found == [(due,)]


async def test_a_failure_without_a_time_is_due_at_once(db: Database) -> None:
    user = await db.user()
    item = await db.item(user)
    await db.rows("select aura_record_failure(%s, %s, %s, 'analyzer_timeout', 'slow', false, null)", item, user, PHOTO)
    assert await listed(db) == [item]


async def test_backoff_ends_when_the_photo_is_replaced(db: Database) -> None:
    user = await db.user()
    item = await db.item(user)
    due = datetime.now(UTC) + timedelta(hours=1)
    await db.rows(
        "select aura_record_failure(%s, %s, %s, 'analyzer_timeout', 'slow', false, %s)", item, user, PHOTO, due
    )
    await db.rows("update clothing_items set image_url = 'https://cdn.example/b.jpg' where id = %s", item)
    assert await listed(db) == [item]


async def test_a_failure_for_good_leaves_the_listing_with_the_mark_on_the_row(db: Database) -> None:
    user = await db.user()
    item = await db.item(user)
    await db.rows("select aura_record_failure(%s, %s, %s, 'unreadable_photo', 'm', true, now())", item, user, PHOTO)
    assert await listed(db) == [item]  # a kill between the two writes leaves it to be done again
    await db.rows("update clothing_items set ai_tags = %s where id = %s", tags(status="failed"), item)
    assert await listed(db) == []


async def test_the_summary_counts_what_is_due(db: Database) -> None:
    assert await db.rows("select * from aura_due_summary()") == [(0, None, 0, None, 0, None)]
    user = await db.user()
    waiting, parked = await db.item(user), await db.item(user)
    later = datetime.now(UTC) + timedelta(hours=1)
    await db.rows("select aura_record_failure(%s, %s, %s, 'daily_limit', 'm', false, %s)", parked, user, PHOTO, later)
    ((items, oldest, marks, oldest_mark, *_),) = await db.rows("select * from aura_due_summary()")
    assert (items, marks) == (1, 2)
    assert oldest == await db.value("select created_at from clothing_items where id = %s", waiting)
    assert oldest_mark == await db.value("select min(at) from style_dirty")


async def test_an_old_row_counts_its_age_from_its_admission(db: Database) -> None:
    before = datetime.now(UTC)
    await db.item(await db.user(), created_at=OLD)
    assert await db.value("select oldest_item_at from aura_due_summary()") >= before


async def test_releasing_a_lease_forgets_only_a_settled_admission(db: Database) -> None:
    item = await db.item(await db.user(), created_at=OLD)
    await db.rows("select * from aura_take_lease(%s, %s, 'me', 60)", item, PHOTO)
    assert await db.value("select aura_release_lease(%s, 'me')", item) is True
    assert await db.value("select count(*) from analysis_admitted") == 1
    await db.rows("update clothing_items set ai_tags = %s where id = %s", tags(), item)
    assert await db.value("select aura_release_lease(%s, 'me')", item) is False
    assert await db.value("select count(*) from analysis_admitted") == 0


async def test_without_an_installation_nothing_is_outstanding(db: Database) -> None:
    await db.item(await db.user())
    await db.rows("delete from aura_installation")
    assert await listed(db) == []
    assert await db.value("select aura_prune() + aura_backfill_count()") == 0
    assert await db.value("select items from aura_due_summary()") == 0
    assert await db.item(await db.user(), id=uuid4())
