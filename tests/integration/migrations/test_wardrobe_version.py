"""The version of a wardrobe differs after every change of what recommendations are made from, and after no other."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg.types.json import Jsonb

from tests.support.databases import Database

VERSION = "select aura_wardrobe_version()"


@dataclass(frozen=True)
class Owner:
    """A person with one of everything."""

    db: Database
    id: UUID
    item: UUID
    outfit: UUID
    member: UUID
    liked: UUID
    listing: UUID

    async def version(self) -> str:
        async with self.db.acting("authenticated", self.id) as connection:
            found = await (await connection.execute(VERSION)).fetchone()
        assert found is not None
        assert isinstance(found[0], str)
        return found[0]

    async def run(self, query: str, *parameters: object) -> None:
        await self.db.rows(query, *parameters)


async def owner_of_everything(db: Database) -> Owner:
    user, stranger = await db.user(), await db.user()
    item = await db.item(user)
    outfit = await inserted(db, "insert into combinations (user_id, name) values (%s, 'a') returning id", user)
    liked = await inserted(
        db, "insert into combinations (user_id, name, is_public) values (%s, 'b', true) returning id", stranger
    )
    member = await inserted(
        db,
        "insert into combination_items (combination_id, clothing_item_id) values (%s, %s) returning id",
        outfit,
        item,
    )
    await db.rows("insert into likes (user_id, combination_id) values (%s, %s)", user, liked)
    await db.rows("insert into profiles (user_id, preferred_style) values (%s, '{}')", user)
    await db.rows("insert into ai_profiles (user_id, dna, fingerprint) values (%s, '{}', 'f')", user)
    listing = await inserted(
        db,
        "insert into swap_listings (user_id, clothing_item_id, title) values (%s, %s, 't') returning id",
        user,
        item,
    )
    return Owner(db, user, item, outfit, member, liked, listing)


async def inserted(db: Database, query: str, *parameters: object) -> UUID:
    found = await db.value(query, *parameters)
    assert isinstance(found, UUID)
    return found


Change = Callable[[Owner], Awaitable[object]]

CHANGES: dict[str, Change] = {
    "item inserted": lambda o: o.db.item(o.id),
    "item updated": lambda o: o.run("update clothing_items set color = 'red' where id = %s", o.item),
    "item worn": lambda o: o.run("update clothing_items set last_worn_date = current_date where id = %s", o.item),
    "item analysed": lambda o: o.run("update clothing_items set ai_tags = '{}' where id = %s", o.item),
    "item written as it was": lambda o: o.run("update clothing_items set name = name where id = %s", o.item),
    "item deleted": lambda o: o.run("delete from clothing_items where id = %s", o.item),
    "outfit inserted": lambda o: o.run("insert into combinations (user_id, name) values (%s, 'c')", o.id),
    "outfit updated": lambda o: o.run("update combinations set name = 'd' where id = %s", o.outfit),
    "outfit deleted": lambda o: o.run("delete from combinations where id = %s", o.outfit),
    "outfit's item updated": lambda o: o.run(
        "update combination_items set position_data = '{}' where id = %s", o.member
    ),
    "outfit's item deleted": lambda o: o.run("delete from combination_items where id = %s", o.member),
    "like inserted": lambda o: o.run("insert into likes (user_id, combination_id) values (%s, %s)", o.id, o.outfit),
    "like deleted": lambda o: o.run("delete from likes where user_id = %s", o.id),
    "profile updated": lambda o: o.run("update profiles set preferred_style = '{\"a\": 1}' where user_id = %s", o.id),
    "profile deleted": lambda o: o.run("delete from profiles where user_id = %s", o.id),
    "DNA updated": lambda o: o.run("update ai_profiles set fingerprint = 'g' where user_id = %s", o.id),
    "DNA deleted": lambda o: o.run("delete from ai_profiles where user_id = %s", o.id),
    "listing closed": lambda o: o.run("update swap_listings set is_active = false where id = %s", o.listing),
    "listing deleted softly": lambda o: o.run("update swap_listings set deleted_at = now() where id = %s", o.listing),
    "listing inserted": lambda o: o.run("insert into swap_listings (user_id, title) values (%s, 'u')", o.id),
}


@pytest.mark.parametrize("kind", CHANGES)
async def test_every_kind_of_change_changes_it(db: Database, kind: str) -> None:
    owner = await owner_of_everything(db)
    before = await owner.version()
    assert await owner.version() == before
    await CHANGES[kind](owner)
    after = await owner.version()
    assert after != before
    assert await owner.version() == after


async def test_a_row_that_came_back_exactly_as_it_was_is_another_row(db: Database) -> None:
    """Equal counts, ids and timestamps: no counter, maximum or checksum of values could tell."""
    owner = await owner_of_everything(db)
    before = await owner.version()
    rows = "select string_agg(i::text, '' order by id) from clothing_items i"
    seen = await db.value(rows)
    async with await db.connect(autocommit=False) as connection:
        await connection.execute("create temporary table kept on commit drop as select * from clothing_items")
        await connection.execute("delete from clothing_items")
        await connection.execute("insert into clothing_items select * from kept")
    assert await db.value(rows) == seen
    assert await owner.version() != before


async def test_an_item_swapped_for_another_in_one_transaction_changes_it(db: Database) -> None:
    owner = await owner_of_everything(db)
    before = await owner.version()
    async with await db.connect(autocommit=False) as connection:
        await connection.execute("delete from clothing_items where id = %s", [owner.item])
        await connection.execute("insert into clothing_items (user_id, name) values (%s, 'shirt')", [owner.id])
    assert await owner.version() != before


async def test_what_is_not_committed_or_rolled_back_does_not_show(db: Database) -> None:
    owner = await owner_of_everything(db)
    before = await owner.version()
    async with await db.connect(autocommit=False) as connection:
        await connection.execute("update clothing_items set color = 'red' where id = %s", [owner.item])
        assert await owner.version() == before
        await connection.rollback()
    assert await owner.version() == before


async def test_other_peoples_changes_do_not_change_it(db: Database) -> None:
    owner = await owner_of_everything(db)
    stranger = await owner_of_everything(db)
    before = await owner.version()
    for change in CHANGES.values():
        other = await owner_of_everything(db)
        await change(other)
    await db.rows("insert into likes (user_id, combination_id) values (%s, %s)", stranger.id, owner.liked)
    assert await owner.version() == before


async def test_two_people_with_equal_rows_have_different_versions(db: Database) -> None:
    first, second = await owner_of_everything(db), await owner_of_everything(db)
    assert await first.version() != await second.version()


async def test_an_empty_wardrobe_has_a_version_and_a_first_row_changes_it(db: Database) -> None:
    user = await db.user()
    owner = Owner(db, user, uuid4(), uuid4(), uuid4(), uuid4(), uuid4())
    before = await owner.version()
    for insert in (
        "insert into ai_profiles (user_id, dna, fingerprint) values (%s, '{}', 'f')",
        "insert into profiles (user_id) values (%s)",
        "insert into combinations (user_id, name) values (%s, 'a')",
        "insert into clothing_items (user_id, name) values (%s, 'shirt')",
    ):
        await db.rows(insert, user)
        after = await owner.version()
        assert after != before
        before = after


async def test_the_mirrored_dna_changes_it_once(db: Database) -> None:
    owner = await owner_of_everything(db)
    before = await owner.version()
    save = "select save_style_dna(%s, %s, 'h')"
    async with db.acting("authenticated", owner.id) as connection:
        await connection.execute(save, [owner.id, Jsonb({"a": 1})])
    after = await owner.version()
    assert after != before
    async with db.acting("authenticated", owner.id) as connection:
        await connection.execute(save, [owner.id, Jsonb({"a": 1})])
    assert await owner.version() == after


@pytest.mark.parametrize("role", ["anon", "service_role"])
async def test_only_people_may_ask(db: Database, role: str) -> None:
    async with db.acting(role) as connection:
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            await connection.execute(VERSION)


async def test_nobody_can_ask_without_saying_who_they_are(db: Database) -> None:
    async with db.acting("authenticated") as connection:
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="access token"):
            await connection.execute(VERSION)


async def test_it_reads_by_index_and_makes_nobody_wait(db: Database) -> None:
    """Its cost follows the person's own rows; and a write in progress neither waits for it nor makes it wait."""
    owner = await owner_of_everything(db)
    crowd = await db.user()
    await db.rows("insert into clothing_items (user_id, name) select %s, 'x' from generate_series(1, 20000)", crowd)
    await db.rows("analyze clothing_items")
    async with await db.connect(autocommit=False) as writing:
        await writing.execute("update clothing_items set color = 'red' where id = %s", [owner.item])
        async with db.acting("authenticated", owner.id) as connection:
            await connection.execute("set statement_timeout = '5s'")
            before = await read_rows(connection)
            await connection.execute(VERSION)
            assert await read_rows(connection) - before <= 10


async def read_rows(connection: psycopg.AsyncConnection[tuple[object, ...]]) -> int:
    """Rows of clothing_items that this transaction has read so far."""
    counted = "select seq_tup_read + coalesce(idx_tup_fetch, 0) from pg_stat_xact_user_tables"
    table = " where relname = 'clothing_items'"
    found = await (await connection.execute(f"{counted}{table}".encode())).fetchone()
    assert found is not None
    assert isinstance(found[0], int)
    return found[0]
