"""Whatever happens to this backend's tables, the app's own writes succeed, and soon."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime
from uuid import UUID

import pytest

from tests.support.databases import Database

DAMAGES = [
    "alter table style_dirty rename to elsewhere",
    "drop table style_dirty",
    "alter table style_dirty drop column user_id",
    "alter table style_dirty add column needed text not null",
    "revoke all on style_dirty from postgres",
    "alter table analysis_admitted rename to elsewhere",
    "drop table aura_installation",
    "drop function aura_style_tags(jsonb)",
    "drop function aura_style_choices(jsonb)",
]
OLD = datetime(2020, 1, 1, tzinfo=UTC)


async def use_the_app(db: Database, user: UUID) -> None:
    """One insert, update and delete on each table that has triggers of ours."""
    async with await db.connect() as app:
        for statement in (
            "insert into clothing_items (user_id, name, image_url, created_at) values (%(user)s, 'n', 'u', %(old)s)",
            "update clothing_items set color = 'red', image_url = 'v' where user_id = %(user)s",
            "insert into combinations (user_id, name, is_public) values (%(user)s, 'n', true)",
            "update combinations set name = 'm' where user_id = %(user)s",
            (
                "insert into combination_items (combination_id, clothing_item_id) "
                "select c.id, i.id from combinations c join clothing_items i using (user_id) where user_id = %(user)s"
            ),
            "insert into likes (user_id, combination_id) select user_id, id from combinations where user_id = %(user)s",
            (
                "insert into comments (user_id, combination_id, content) "
                "select user_id, id, 'c' from combinations where user_id = %(user)s"
            ),
            "update comments set content = 'd' where user_id = %(user)s",
            "insert into profiles (user_id, preferred_style) values (%(user)s, '{\"styles\": []}')",
            'update profiles set preferred_style = \'{"styles": ["x"]}\' where user_id = %(user)s',
            "delete from combinations where user_id = %(user)s",
            "delete from clothing_items where user_id = %(user)s",
            "delete from users where id = %(user)s",
        ):
            cursor = await app.execute(statement.encode(), {"user": user, "old": OLD})
            assert cursor.rowcount == 1, statement


@pytest.mark.parametrize("damage", DAMAGES)
async def test_a_damaged_backend_does_not_break_the_app(db: Database, damage: str) -> None:
    user = await db.user()
    await db.rows(damage)
    await use_the_app(db, user)


@pytest.mark.parametrize("table", ["style_dirty", "analysis_admitted", "aura_installation"])
async def test_a_locked_table_of_ours_delays_the_app_by_a_moment_only(db: Database, table: str) -> None:
    user = await db.user()
    async with await db.connect(autocommit=False) as administrator, await db.connect() as app:
        await administrator.execute(f"lock table {table} in access exclusive mode".encode())
        for _ in range(3):
            started = time.monotonic()
            await app.execute(
                "insert into clothing_items (user_id, name, image_url, created_at) values (%s, 'n', 'u', %s)",
                [user, OLD],
            )
            assert time.monotonic() - started < 10  # two triggers, each 0.1 s at most; the lock is never given


async def test_a_lock_on_our_table_stays_within_the_apps_statement_timeout(db: Database) -> None:
    user = await db.user()
    async with await db.connect(autocommit=False) as administrator, db.acting("authenticated", user) as app:
        await administrator.execute(
            "lock table style_dirty, analysis_admitted, aura_installation in access exclusive mode"
        )
        await app.execute("set statement_timeout = '3s'")
        cursor = await app.execute("insert into clothing_items (user_id, name) values (%s, 'n') returning id", [user])
        assert await cursor.fetchone() is not None


async def test_the_apps_own_lock_timeout_is_its_own(db: Database) -> None:
    """The bound inside our triggers does not reach the app's statements in the same transaction."""
    async with await db.connect(autocommit=False) as app:
        await app.execute("set local lock_timeout = '7s'")
        await app.execute("insert into users (id, email) values (gen_random_uuid(), 'x@example.com')")
        await app.execute("insert into clothing_items (user_id, name) select id, 'n' from users limit 1")
        cursor = await app.execute("show lock_timeout")
        assert await cursor.fetchone() == ("7s",)


async def test_a_mark_that_could_not_be_made_is_found_by_the_audit(db: Database) -> None:
    user = await db.user()
    await db.rows("alter table style_dirty rename to elsewhere")
    await db.item(user)
    await db.rows("alter table elsewhere rename to style_dirty")
    assert await db.value("select count(*) from style_dirty") == 0
    assert await db.rows("select checked, marked from aura_audit_style(100)") == [(1, 1)]
    assert [row[0] for row in await db.rows("select * from aura_dirty_users(10)")] == [user]


async def test_ten_thousand_rows_after_one_take_no_quadratic_time(db: Database) -> None:
    """The plans that a session caches for one row serve ten thousand too."""
    user = await db.user()
    async with await db.connect() as app, asyncio.timeout(120):
        await app.execute("insert into clothing_items (user_id, name, created_at) values (%s, 'n', %s)", [user, OLD])
        await app.execute("update clothing_items set color = 'red', image_url = 'u'")
        await app.execute(
            "insert into clothing_items (user_id, name, created_at) select %s, 'n', %s from generate_series(1, 10000)",
            [user, OLD],
        )
        started = time.monotonic()
        await app.execute("update clothing_items set color = 'blue', image_url = 'https://cdn.example/' || id")
        assert time.monotonic() - started < 60  # a join of the transition tables takes minutes
    assert await db.value("select count(*) from aura_outstanding_items(1000)") == 1000
