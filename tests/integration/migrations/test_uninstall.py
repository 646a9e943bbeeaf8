"""What the migrations put into a project can be taken out of it again, and put in anew."""

from __future__ import annotations

import pytest
from psycopg.types.json import Jsonb

from aura.migrations import load_migrations, migrate
from tests.support.databases import Database
from tests.support.monitoring import DEPLOY

# Everything there is, by name: nothing may be left, whatever it is called.
EVERYTHING = """
  select 'relation ' || n.nspname || '.' || c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where n.nspname not like 'pg\\_%' and n.nspname <> 'information_schema'
  union all select 'function ' || p.oid::regprocedure from pg_proc p join pg_namespace n on n.oid = p.pronamespace
  where n.nspname not like 'pg\\_%' and n.nspname <> 'information_schema'
  union all select 'trigger ' || t.tgname from pg_trigger t where not t.tgisinternal
  union all select 'statistics ' || s.stxname from pg_statistic_ext s
  union all select 'type ' || n.nspname || '.' || t.typname from pg_type t join pg_namespace n on n.oid = t.typnamespace
  where n.nspname not like 'pg\\_%' and n.nspname <> 'information_schema'
  union all select 'published ' || schemaname || '.' || tablename from pg_publication_tables
  union all select 'schema ' || nspname from pg_namespace where nspname not like 'pg\\_%'
  union all select 'migration ' || name from supabase_migrations.schema_migrations"""
PUBLISHED = {"published public.clothing_items", "published public.likes", "published public.combinations"}
SHIPPED = (DEPLOY / "uninstall.sql").read_text(encoding="utf-8")


async def everything(database: Database) -> set[str]:
    return {row[0] for row in await database.rows(EVERYTHING)}


@pytest.fixture
async def before(fresh: Database) -> set[str]:
    """What is there without the backend; its migrations' list exists on every project that uses the CLI."""
    await fresh.rows("create table if not exists supabase_migrations.schema_migrations (version text primary key)")
    await fresh.rows("alter table supabase_migrations.schema_migrations add column if not exists statements text[]")
    await fresh.rows("alter table supabase_migrations.schema_migrations add column if not exists name text")
    return await everything(fresh)


async def test_nothing_of_ours_stays_and_all_of_theirs_does(fresh: Database, before: set[str]) -> None:
    await migrate(fresh.dsn)
    user = await fresh.user()
    item = await fresh.item(user, ai_tags=Jsonb({"status": "done"}))
    await fresh.rows("select aura_take_lease(%s, 'p', 'h', 60)", item)
    await fresh.rows(SHIPPED)
    assert await everything(fresh) - before <= PUBLISHED  # harmless, and perhaps the app's own by now
    assert before <= await everything(fresh)
    assert await fresh.value("select ai_tags ->> 'status' from clothing_items where id = %s", item) == "done"
    assert await fresh.item(user)  # the app goes on


async def test_what_an_app_called_aura_calls_so_is_its_own(fresh: Database, before: set[str]) -> None:
    await migrate(fresh.dsn)
    await fresh.rows("create table public.aura_themes (id integer primary key, name text)")
    await fresh.rows("create index themes_aura_name on public.aura_themes (name)")
    await fresh.rows("create function public.aura_hello() returns trigger language plpgsql as 'begin return new; end'")
    await fresh.rows(
        "create trigger aura_hello before insert on public.likes for each row execute function public.aura_hello()"
    )
    await fresh.rows("insert into supabase_migrations.schema_migrations (version, name) values ('1', 'aura_themes')")
    await fresh.rows(SHIPPED)
    kept = {"relation public.aura_themes", "relation public.themes_aura_name", "function aura_hello()",
            "trigger aura_hello", "migration aura_themes"}  # fmt: skip
    assert kept <= await everything(fresh) - before


async def test_it_can_be_installed_again(fresh: Database) -> None:
    await migrate(fresh.dsn)
    await fresh.rows(SHIPPED)
    report = await migrate(fresh.dsn)
    assert len(report.applied) == len(load_migrations())
    assert await fresh.value("select aura_schema_version()") == load_migrations()[-1].version
