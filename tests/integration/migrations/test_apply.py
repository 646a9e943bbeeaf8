"""`migrate` on the database of an app in use: what it leaves alone, and what happens when it is disturbed."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import psycopg
import pytest

from aura.errors import AuraError
from aura.migrations import load_migrations, migrate, runner
from tests.support.databases import Database
from tests.support.schema_snapshot import schema_snapshot

TITLES = tuple(migration.title for migration in load_migrations())
BOOKED = "select version, name, statements from supabase_migrations.schema_migrations order by version"


async def populate(database: Database, items: int = 200) -> None:
    user = await database.user()
    await database.rows(
        "insert into clothing_items (user_id, name, image_url) "
        "select %s, 'old', 'https://cdn.example/' || n from generate_series(1, %s) n",
        user,
        items,
    )


async def test_the_apps_own_tables_stay_as_they_are(fresh: Database) -> None:
    await populate(fresh)
    before = await schema_snapshot(fresh)
    rows = await fresh.rows("select * from clothing_items order by id")
    assert all(before[aspect] for aspect in before if aspect != "rules")
    await migrate(fresh.dsn)
    assert await schema_snapshot(fresh) == before
    assert await fresh.rows("select * from clothing_items order by id") == rows


async def test_a_second_run_finds_nothing_to_do(fresh: Database) -> None:
    await populate(fresh)
    first = await migrate(fresh.dsn)
    assert first.applied == TITLES
    assert first.present == ()
    assert set(first.indexes) == {"clothing_items_aura_outstanding", "comments_aura_user"}
    second = await migrate(fresh.dsn)
    assert (second.applied, second.present, second.indexes) == ((), TITLES, ())


async def test_every_file_can_be_applied_again_without_harm(fresh: Database) -> None:
    await populate(fresh)
    await migrate(fresh.dsn)
    installed = await fresh.value("select installed_at from aura_installation")
    await fresh.user()
    before = await additions(fresh)
    async with await fresh.connect() as connection:
        for migration in load_migrations():
            await connection.execute(migration.sql.encode())
    assert await additions(fresh) == before
    assert await fresh.value("select installed_at from aura_installation") == installed


async def additions(database: Database) -> list[tuple[object, ...]]:
    return await database.rows("""
        select 'function', oid::regprocedure::text, pg_get_functiondef(oid) || coalesce(proacl::text, '') from pg_proc
        where proname ~ '^(aura_|save_style_dna$)'
        union all select 'trigger', tgrelid::regclass::text, pg_get_triggerdef(oid) from pg_trigger
        where tgname ~ '^aura_'
        union all select 'index', indexname, indexdef from pg_indexes where schemaname = 'public'
        union all select 'policy', policyname, qual from pg_policies
        union all select 'table', oid::regclass::text, relrowsecurity || coalesce(relacl::text, '') from pg_class
        where relkind = 'r' and relnamespace = 'public'::regnamespace
        union all select 'published', tablename, attnames::text from pg_publication_tables
        union all select 'statistics', stxname, '' from pg_statistic_ext
        order by 1, 2, 3""")


async def test_a_file_that_was_left_out_does_not_undo_those_after_it(fresh: Database) -> None:
    migrations = load_migrations()
    await migrate(fresh.dsn)
    forget = "delete from supabase_migrations.schema_migrations where version = %s returning version"
    assert len(await fresh.rows(forget, migrations[-3].version)) == 1
    report = await migrate(fresh.dsn)
    assert report.applied == tuple(each.title for each in migrations[-3:])
    assert await fresh.value("select aura_schema_version()") == migrations[-1].version
    assert not (await migrate(fresh.dsn)).applied


async def test_it_is_booked_as_the_supabase_cli_books_it(fresh: Database) -> None:
    await fresh.rows("create table supabase_migrations.schema_migrations (version text not null primary key)")
    await fresh.rows("insert into supabase_migrations.schema_migrations values ('20240101000000')")
    await migrate(fresh.dsn)
    booked = await fresh.rows(BOOKED)
    assert booked[0] == ("20240101000000", None, None)
    assert [(version, name, "".join(text)) for version, name, text in booked[1:]] == [
        (migration.version, migration.name, migration.sql) for migration in load_migrations()
    ]


async def test_a_dry_run_changes_nothing(fresh: Database) -> None:
    before = await additions(fresh)
    report = await migrate(fresh.dsn, dry_run=True)
    assert (report.applied, report.indexes, report.dry_run) == (TITLES, (), True)
    assert await additions(fresh) == before
    assert await fresh.value("select to_regclass('supabase_migrations.schema_migrations')") is None


async def test_two_at_once_are_harmless(fresh: Database) -> None:
    await populate(fresh)
    reports = await asyncio.gather(*(migrate(fresh.dsn) for _ in range(4)))
    assert sorted(len(report.applied) for report in reports) == [0, 0, 0, len(TITLES)]


async def test_a_failed_file_keeps_those_before_it_and_the_next_run_goes_on(fresh: Database) -> None:
    await fresh.rows("create function public.aura_beat(canary uuid) returns text language sql as $$ select '' $$")
    with pytest.raises(AuraError, match="20261122100700_aura_realtime was not applied; what came before it is"):
        await migrate(fresh.dsn)
    assert await fresh.value("select to_regclass('aura_canary')") is None
    assert len(await fresh.rows(BOOKED)) == TITLES.index("20261122100700_aura_realtime")
    await fresh.rows("drop function public.aura_beat(uuid)")
    report = await migrate(fresh.dsn)
    assert report.applied == TITLES[TITLES.index("20261122100700_aura_realtime") :]


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        ("drop table public.likes", r"missing in schema public: likes\.combination_id, likes\.id, likes\.user_id"),
        ("alter table public.clothing_items drop column ai_tags", r"missing in schema public: clothing_items\.ai_tags"),
        ("drop trigger set_updated_at on public.clothing_items", "no BEFORE UPDATE trigger that sets updated_at"),
        ("alter table public.clothing_items disable trigger set_updated_at", "no BEFORE UPDATE trigger"),
        ("drop publication supabase_realtime", "publication supabase_realtime is missing"),
    ],
)
async def test_an_unfit_database_is_refused_with_one_message(fresh: Database, damage: str, message: str) -> None:
    await fresh.rows(damage)
    before = await additions(fresh)
    with pytest.raises(AuraError, match=message):
        await migrate(fresh.dsn)
    assert await additions(fresh) == before


async def test_an_updated_at_trigger_of_the_moddatetime_extension_counts(fresh: Database) -> None:
    await fresh.rows("create function public.moddatetime() returns trigger language plpgsql as 'begin return new; end'")
    await fresh.rows("drop trigger set_updated_at on clothing_items")
    await fresh.rows(
        "create trigger touched before update on clothing_items for each row execute function moddatetime('updated_at')"
    )
    assert (await migrate(fresh.dsn)).applied == TITLES


async def test_tables_published_before_stay_published(fresh: Database) -> None:
    await fresh.rows("alter publication supabase_realtime add table public.likes, public.follows")
    await migrate(fresh.dsn)
    published = await fresh.rows("select tablename from pg_publication_tables where pubname = 'supabase_realtime'")
    assert {name for (name,) in published} == {"likes", "follows", "clothing_items", "combinations", "aura_canary"}


async def test_an_index_left_invalid_is_built_again(fresh: Database) -> None:
    await populate(fresh)
    await leave_invalid_index(fresh)
    report = await migrate(fresh.dsn)
    assert "clothing_items_aura_outstanding" in report.indexes
    assert await index_state(fresh) == (True, "created_at")


async def test_the_plain_files_repair_an_invalid_index_too(fresh: Database) -> None:
    await populate(fresh)
    await leave_invalid_index(fresh)
    async with await fresh.connect() as connection:
        for migration in load_migrations():
            await connection.execute(migration.sql.encode())
    assert await index_state(fresh) == (True, "created_at")


async def leave_invalid_index(database: Database) -> None:
    """As a concurrent build does that fails halfway: here because the rows are not unique."""
    with pytest.raises(psycopg.errors.UniqueViolation):
        await database.rows("create unique index concurrently clothing_items_aura_outstanding on clothing_items (name)")
    assert await index_state(database) == (False, "name")


async def index_state(database: Database) -> tuple[bool, str]:
    ((valid, column),) = await database.rows("""
        select indisvalid, (select attname from pg_attribute where attrelid = indrelid and attnum = indkey[0])
        from pg_index where indexrelid = 'clothing_items_aura_outstanding'::regclass""")
    return valid, column


async def test_the_apps_writes_hardly_wait(fresh: Database) -> None:
    await populate(fresh, items=5_000)
    user = await fresh.user()
    finished = asyncio.Event()
    writers = asyncio.gather(*(write_until(finished, fresh, user) for _ in range(4)))
    await migrate(fresh.dsn)
    finished.set()
    waits = [seconds for each in await writers for seconds in each]
    assert len(waits) > 20
    assert max(waits) < 5


async def write_until(finished: asyncio.Event, database: Database, user: object) -> list[float]:
    waits: list[float] = []
    async with await database.connect() as connection:
        while not finished.is_set():
            started = time.monotonic()
            await connection.execute(
                "insert into clothing_items (user_id, name, image_url) values (%s, 'new', 'https://cdn.example/n')",
                [user],
            )
            await connection.execute("update profiles set onboarding_skipped = true where user_id = %s", [user])
            waits.append(time.monotonic() - started)
    return waits


async def test_an_open_transaction_holds_up_the_migration_but_not_the_app(fresh: Database) -> None:
    user = await fresh.user()
    said: list[str] = []
    async with await fresh.connect(autocommit=False) as busy:
        await busy.execute("insert into clothing_items (user_id, name, image_url) values (%s, 'open', 'u')", [user])
        running = asyncio.create_task(migrate(fresh.dsn, say=said.append))
        # The index build waits for the open transaction: while it does, the app goes on.
        await until_waiting(fresh)
        started = time.monotonic()
        await fresh.item(user)
        assert time.monotonic() - started < 1.0
        assert not running.done()
        await busy.commit()
    assert (await running).applied == TITLES


async def test_triggers_wait_for_a_busy_table_without_queueing_the_app(fresh: Database) -> None:
    triggers = "20261122100800_aura_triggers"
    await migrate_until(fresh, triggers)
    user = await fresh.user()
    async with await fresh.connect(autocommit=False) as busy:
        await busy.execute("insert into clothing_items (user_id, name, image_url) values (%s, 'open', 'u')", [user])
        running = asyncio.create_task(migrate(fresh.dsn))
        worst = 0.0
        for _ in range(30):
            started = time.monotonic()
            await fresh.item(user)
            worst = max(worst, time.monotonic() - started)
        assert worst < 10  # the busy transaction never ends
        assert not running.done()
        await busy.commit()
    assert (await running).applied == TITLES[TITLES.index(triggers) :]
    listed = await fresh.rows("select id from aura_outstanding_items(1000)")
    since = "select id from clothing_items, aura_installation where created_at >= installed_at order by created_at, id"
    assert listed == await fresh.rows(since)


async def migrate_until(database: Database, title: str) -> None:
    async with await database.connect() as connection:
        await connection.execute(
            "create table supabase_migrations.schema_migrations "
            "(version text primary key, statements text[], name text)"
        )
        for migration in load_migrations():
            if migration.title == title:
                return
            await connection.execute(migration.sql.encode())
            await connection.execute(
                "insert into supabase_migrations.schema_migrations (version) values (%s)", [migration.version]
            )


async def until_waiting(database: Database) -> None:
    query = (
        "select count(*) from pg_stat_activity where application_name = 'aura migrate' and wait_event_type = 'Lock' "
        "and datname = current_database()"
    )
    async with asyncio.timeout(60):
        while not await database.value(query):
            await asyncio.sleep(0.02)


async def test_a_table_that_stays_busy_ends_in_a_readable_error(
    fresh: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner, "BUSY_SECONDS", 1.0)
    await migrate_until(fresh, "20261122100700_aura_realtime")
    async with await fresh.connect(autocommit=False) as busy:
        await busy.execute("lock table clothing_items in share update exclusive mode")
        with pytest.raises(AuraError, match="lock timeout"):
            await migrate(fresh.dsn)


async def test_the_schema_version_is_the_last_migrations(db: Database) -> None:
    assert await db.value("select aura_schema_version()") == load_migrations()[-1].version


def test_the_files_are_found_in_the_source_tree() -> None:
    folder = Path(__file__).parents[3] / "supabase" / "migrations"
    assert [f"{title}.sql" for title in TITLES] == sorted(path.name for path in folder.glob("*.sql"))
