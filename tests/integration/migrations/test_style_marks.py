"""Style marks say who changed something that style DNA is made from, and say it for nothing else."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from uuid import UUID

import pytest
import pytest_asyncio
from psycopg.types.json import Jsonb

from tests.support.databases import Connection, Database, become, rows

# For every column of the six tables: an expression that changes it.
COLUMNS: dict[str, dict[str, str]] = {
    "clothing_items": {
        "name": "'other'", "purchase_date": "date '2020-01-01'", "price": "12.5", "currency": "'EUR'",
        "image_url": "'https://cdn.example/other'", "notes": "'x'", "created_at": "now() - interval '1 d'",
        "updated_at": "now()", "id": "gen_random_uuid()",
        "category": "'dress'", "color": "'blue'", "pattern": "'plain'", "brand": "'b'", "tags": "array['x']",
        "ai_tags": "'{\"status\": \"done\"}'", "last_worn_date": "date '2020-01-01'", "is_favorite": "true",
    },
    "combinations": {
        "cover_image_url": "'x'", "is_public": "false", "likes_count": "7", "created_at": "now() - interval '1 d'",
        "updated_at": "now()", "id": "gen_random_uuid()", "name": "'other'", "description": "'x'",
    },
    "combination_items": {
        "position_data": "'{}'", "created_at": "now() - interval '1 d'",
        "id": "gen_random_uuid()", "combination_id": "(select id from combinations where name = 'spare')",
        "clothing_item_id": "(select id from clothing_items where name = 'spare')",
    },
    "likes": {
        "created_at": "now() - interval '1 d'", "id": "gen_random_uuid()",
        "combination_id": "(select id from combinations where name = 'spare')",
    },
    "comments": {
        "parent_comment_id": "null", "likes_count": "7", "created_at": "now() - interval '1 d'", "updated_at": "now()",
        "id": "gen_random_uuid()", "combination_id": "(select id from combinations where name = 'spare')",
        "content": "'other'",
    },
    "profiles": {
        "measurements": "'{\"waist\": 70}'", "onboarding_skipped": "true", "created_at": "now() - interval '1 d'",
        "updated_at": "now()", "preferred_style": "'{\"styles\": [\"casual\"]}'",
    },
}  # fmt: skip
MATTERS = {
    "clothing_items": {
        "id",
        "category",
        "color",
        "pattern",
        "brand",
        "tags",
        "ai_tags",
        "last_worn_date",
        "is_favorite",
        "purchase_date",
        "created_at",
    },
    "combinations": {"id", "name", "description", "is_public"},
    "combination_items": {"id", "combination_id", "clothing_item_id"},
    "likes": {"id", "combination_id"},
    "comments": {"id", "combination_id", "content"},
    "profiles": {"preferred_style"},
}


@dataclass
class Wardrobe:
    """A person with one row in every table, and a second combination and item called `spare`."""

    db: Database
    user: UUID
    ids: dict[str, UUID]

    async def marked(self) -> set[UUID]:
        """Who has marks; the marks are cleared."""
        found = {row[0] for row in await self.db.rows("select user_id from style_dirty")}
        await self.db.rows("delete from style_dirty")
        return found

    async def fingerprint(self, user: UUID | None = None) -> str:
        return str(await self.db.value("select aura_style_fingerprint(%s)", user or self.user))


@pytest_asyncio.fixture
async def wardrobe(db: Database) -> AsyncIterator[Wardrobe]:
    user = await db.user()
    item = await db.item(user)
    spare = await db.item(user, name="spare")
    made = {"clothing_items": item}
    outfit = "insert into combinations (user_id, name, is_public) values (%s, %s, true) returning id"
    made["combinations"] = await db.value(outfit, user, "mine")
    await db.rows(outfit, user, "spare")
    made["combination_items"] = await db.value(
        "insert into combination_items (combination_id, clothing_item_id) values (%s, %s) returning id",
        made["combinations"],
        item,
    )
    for table, columns, values in (("likes", "", ""), ("comments", ", content", ", 'nice'")):
        made[table] = await db.value(
            f"insert into {table} (user_id, combination_id{columns}) values (%s, %s{values}) returning id",
            user,
            made["combinations"],
        )
    await db.rows('insert into profiles (user_id, preferred_style) values (%s, \'{"colors": ["red"]}\')', user)
    built = Wardrobe(db, user, made)
    await built.marked()
    assert spare != item
    yield built


def where(wardrobe: Wardrobe, table: str) -> tuple[str, UUID]:
    return ("user_id = %s", wardrobe.user) if table == "profiles" else ("id = %s", wardrobe.ids[table])


@pytest.mark.parametrize("table", list(COLUMNS))
async def test_marks_and_fingerprint_follow_the_same_columns(wardrobe: Wardrobe, table: str) -> None:
    condition, key = where(wardrobe, table)
    # The id comes last: with it the row can no longer be found, and nothing may refer to it.
    for column, change in sorted(COLUMNS[table].items(), key=lambda pair: pair[0] == "id"):
        if column == "id":
            await without_referrers(wardrobe, table)
        before = await wardrobe.fingerprint()
        await wardrobe.db.rows(f"update {table} set {column} = {change} where {condition}", key)
        matters = column in MATTERS[table]
        assert (await wardrobe.marked() == {wardrobe.user}) is matters, column
        assert (await wardrobe.fingerprint() != before) is matters, column


async def without_referrers(wardrobe: Wardrobe, table: str) -> None:
    referrers = {"clothing_items": ("combination_items",), "combinations": ("combination_items", "likes", "comments")}
    for referrer in referrers.get(table, ()):
        await wardrobe.db.rows(f"delete from {referrer}")
    await wardrobe.marked()


async def test_every_column_of_the_app_is_judged_above(db: Database) -> None:
    found = await db.rows(
        "select table_name, column_name from information_schema.columns where table_schema = 'public' "
        "and table_name = any(%s) and column_name <> 'user_id'",
        list(COLUMNS),
    )
    assert set(found) == {(table, column) for table, columns in COLUMNS.items() for column in columns}


@pytest.mark.parametrize("table", list(COLUMNS))
async def test_deleting_and_inserting_marks_too(wardrobe: Wardrobe, table: str) -> None:
    condition, key = where(wardrobe, table)
    before = await wardrobe.fingerprint()
    kept = await wardrobe.db.value(f"select to_jsonb(t) from {table} t where {condition}", key)
    async with await wardrobe.db.connect() as connection:
        await connection.execute(f"delete from {table} where {condition}".encode(), [key])
    assert await wardrobe.marked() == {wardrobe.user}
    assert await wardrobe.fingerprint() != before
    await wardrobe.db.rows(f"insert into {table} select (jsonb_populate_record(null::{table}, %s)).*", Jsonb(kept))
    assert await wardrobe.marked() == {wardrobe.user}


@pytest.mark.parametrize("table", ["clothing_items", "combinations", "likes", "comments"])
async def test_a_row_that_changes_hands_marks_both(wardrobe: Wardrobe, table: str) -> None:
    other = await wardrobe.db.user()
    before = [await wardrobe.fingerprint(), await wardrobe.fingerprint(other)]
    await wardrobe.db.rows(f"update {table} set user_id = %s where id = %s", other, wardrobe.ids[table])
    assert await wardrobe.marked() == {wardrobe.user, other}
    after = [await wardrobe.fingerprint(), await wardrobe.fingerprint(other)]
    assert all(old != new for old, new in zip(before, after, strict=True))


async def test_the_words_of_an_outfit_matter_to_those_who_like_or_comment_it(wardrobe: Wardrobe) -> None:
    outfit = wardrobe.ids["combinations"]
    liker, writer, neither = [await wardrobe.db.user() for _ in range(3)]
    await wardrobe.db.rows("insert into likes (user_id, combination_id) values (%s, %s)", liker, outfit)
    comment = "insert into comments (user_id, combination_id, content) values (%s, %s, 'nice')"
    await wardrobe.db.rows(comment, writer, outfit)
    await wardrobe.marked()
    for change in ("name = 'renamed'", "description = 'x'", "is_public = false"):
        before = [await wardrobe.fingerprint(user) for user in (liker, writer, neither)]
        await wardrobe.db.rows(f"update combinations set {change} where id = %s", outfit)
        after = [await wardrobe.fingerprint(user) for user in (liker, writer, neither)]
        assert [old != new for old, new in zip(before, after, strict=True)] == [True, True, False]
        assert await wardrobe.marked() == {wardrobe.user, liker, writer}


async def test_renaming_a_popular_outfit_marks_a_bounded_number(wardrobe: Wardrobe) -> None:
    outfit = wardrobe.ids["combinations"]
    await wardrobe.db.rows(
        "insert into users (id, email) select gen_random_uuid(), n::text from generate_series(1, 1500) n"
    )
    await wardrobe.db.rows(
        "insert into likes (user_id, combination_id) select id, %s from users on conflict do nothing", outfit
    )
    await wardrobe.marked()
    await wardrobe.db.rows("update combinations set name = 'renamed' where id = %s", outfit)
    marked = await wardrobe.marked()
    assert 1000 <= len(marked) <= 1001
    assert wardrobe.user in marked


async def test_an_item_in_somebody_elses_combination_marks_its_owner(wardrobe: Wardrobe) -> None:
    other = await wardrobe.db.user()
    item = await wardrobe.db.item(other)
    await wardrobe.marked()
    await wardrobe.db.rows(
        "insert into combination_items (combination_id, clothing_item_id) values (%s, %s)",
        wardrobe.ids["combinations"],
        item,
    )
    assert await wardrobe.marked() == {wardrobe.user}


@pytest.mark.parametrize(
    ("before", "after", "matters"),
    [
        ('{"styles": ["casual"]}', '{"styles": ["casual"], "style_dna": {"a": 1}}', False),
        ('{"style_dna": {"a": 1}}', '{"style_dna": {"a": 2}}', False),
        (None, '{"style_dna": {"a": 1}}', False),
        (None, "{}", False),
        ("null", None, False),
        ('{"styles": ["casual"], "style_dna": 1}', '{"styles": ["modern"], "style_dna": 1}', True),
        ('{"styles": ["casual"], "style_dna": 1}', '{"style_dna": 1}', True),
        ('["casual"]', '["modern"]', True),
        ('"casual"', "7", True),
    ],
)
async def test_the_machines_own_key_of_a_profile_is_no_choice(
    wardrobe: Wardrobe, before: str | None, after: str | None, matters: bool
) -> None:
    change = "update profiles set preferred_style = %s::jsonb where user_id = %s"
    await wardrobe.db.rows(change, before, wardrobe.user)
    await wardrobe.marked()
    known = await wardrobe.fingerprint()
    await wardrobe.db.rows(change, after, wardrobe.user)
    assert (await wardrobe.marked() == {wardrobe.user}) is matters
    assert (await wardrobe.fingerprint() != known) is matters


async def test_where_tags_come_from_is_no_style(wardrobe: Wardrobe) -> None:
    change = "update clothing_items set ai_tags = %s::jsonb where id = %s"
    await wardrobe.db.rows(change, '{"category": 1, "source": {"version": "v1"}}', wardrobe.ids["clothing_items"])
    await wardrobe.marked()
    before = await wardrobe.fingerprint()
    await wardrobe.db.rows(change, '{"category": 1, "source": {"version": "v2"}}', wardrobe.ids["clothing_items"])
    assert await wardrobe.marked() == set()
    assert await wardrobe.fingerprint() == before


async def test_the_fingerprint_does_not_depend_on_the_session(wardrobe: Wardrobe) -> None:
    await wardrobe.db.rows("update clothing_items set last_worn_date = '2026-03-04', tags = array['b', 'ä', null]")
    query = "select aura_style_fingerprint(%s)"
    async with await wardrobe.db.connect() as connection:
        await connection.execute("set datestyle = 'german'; set timezone = 'Asia/Tokyo'; set bytea_output = 'escape'")
        await connection.execute("set enable_indexscan = off")
        assert await rows(connection, query, wardrobe.user) == [(await wardrobe.fingerprint(),)]


async def test_one_statement_marks_each_person_once(db: Database) -> None:
    users = [await db.user() for _ in range(3)]
    await db.rows(
        "insert into clothing_items (user_id, name) select u, 'n' from unnest(%s::uuid[]) u, generate_series(1, 50)",
        users,
    )
    assert sorted(await db.rows("select user_id from style_dirty")) == sorted((user,) for user in users)


async def test_an_upsert_marks(wardrobe: Wardrobe) -> None:
    await wardrobe.db.rows(
        "insert into clothing_items (id, user_id, name, color) values (%s, %s, 'n', 'red') "
        "on conflict (id) do update set color = excluded.color",
        wardrobe.ids["clothing_items"],
        wardrobe.user,
    )
    assert await wardrobe.marked() == {wardrobe.user}


async def test_a_person_who_leaves_is_tolerated(wardrobe: Wardrobe) -> None:
    await wardrobe.db.rows("delete from users where id = %s", wardrobe.user)
    assert await wardrobe.marked() == {wardrobe.user}
    assert await wardrobe.db.value("select count(*) from clothing_items") == 0


async def test_an_app_under_row_level_security_marks_too(db: Database) -> None:
    user = await db.user()
    async with db.acting("authenticated", user) as app:
        await app.execute("insert into clothing_items (user_id, name) values (%s, 'mine')", [user])
        await app.execute("update clothing_items set color = 'red'")
    assert await db.rows(
        "select user_id, marks from (select user_id, count(*) marks from style_dirty group by 1) m"
    ) == [(user, 2)]


async def test_marks_are_listed_and_exactly_those_are_cleared(db: Database) -> None:
    one, two = sorted([await db.user(), await db.user()])
    for user in (one, two, two, two):
        await db.item(user)
    assert [row[0] for row in await db.rows("select * from aura_dirty_users(10)")] == [one, two]
    assert [row[0] for row in await db.rows("select * from aura_dirty_users(1)")] == [one]
    assert [row[0] for row in await db.rows("select * from aura_dirty_users(1, %s)", one)] == [two]
    oldest = await db.value("select min(at) from style_dirty where user_id = %s", two)
    assert await db.rows("select * from aura_dirty_users(1, %s)", one) == [(two, oldest)]
    marks = [row[0] for row in await db.rows("select * from aura_style_marks(%s, 2)", two)]
    assert len(marks) == 2
    await db.item(two)
    assert await db.value("select aura_clear_style_marks(%s)", marks) == 2
    assert await db.value("select aura_clear_style_marks(%s)", marks) == 0
    assert await db.value("select count(*) from style_dirty where user_id = %s", two) == 2


async def test_a_mark_that_commits_after_a_later_one_is_not_lost(db: Database) -> None:
    user = await db.user()
    async with await db.connect(autocommit=False) as slow:
        await slow.execute("insert into clothing_items (user_id, name) values (%s, 'first')", [user])
        await db.item(user)
        listed = [row[0] for row in await db.rows("select * from aura_style_marks(%s, 100)", user)]
        await slow.commit()
    assert await db.value("select min(id) from style_dirty") < min(listed)  # the slow one has the lower id
    await db.rows("select aura_clear_style_marks(%s)", listed)
    assert [row[0] for row in await db.rows("select * from aura_dirty_users(10)")] == [user]


async def test_fifty_mutual_likes_at_once_wait_on_nothing_of_ours_and_lose_no_mark(db: Database) -> None:
    people = [await db.user() for _ in range(50)]
    outfits = {
        user: await db.value(
            "insert into combinations (user_id, name, is_public) values (%s, 'o', true) returning id", user
        )
        for user in people
    }
    await db.rows("delete from style_dirty")
    pairs = list(zip(people, people[1:] + people[:1], strict=True))
    connections = [await db.connect(autocommit=False) for _ in pairs]
    try:
        await asyncio.gather(
            *(like(each, user, outfits[liked]) for each, (user, liked) in zip(connections, pairs, strict=True))
        )
        # All fifty transactions are still open, each with its mark: none waited for another's end.
        assert await db.value("select count(*) from style_dirty") == 0
        await asyncio.gather(*(connection.commit() for connection in connections))
    finally:
        await asyncio.gather(*(connection.close() for connection in connections))
    marked = await db.rows("select user_id, count(*) from style_dirty group by user_id")
    assert sorted(marked) == sorted((user, 1) for user in people)


async def like(connection: Connection, user: UUID, outfit: UUID) -> None:
    async with asyncio.timeout(60):
        await become(connection, "authenticated", user)
        await connection.execute("insert into likes (user_id, combination_id) values (%s, %s)", [user, outfit])
