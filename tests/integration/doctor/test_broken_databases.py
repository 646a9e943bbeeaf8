"""A database broken in one way at a time: the doctor names that cause alone, and its own SQL mends it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from aura.migrations import migrate
from consumer.doctor.findings import Finding
from sandbox import Sandbox
from tests.support.doctoring import diagnosis
from tests.support.waiting import wait_for

# No daemon runs beside these tests, and the analyzer is the one that is always there.
QUIET = frozenset({"outstanding", "analyzer"})


@dataclass(frozen=True)
class Breakage:
    """``sql`` breaks; ``check`` then says ``said`` at ``level``."""

    sql: str
    check: str
    said: str
    level: str = "failure"


BREAKAGES = {
    "a column dropped": Breakage(
        "alter table clothing_items drop column brand", "tables", "public.clothing_items has no column brand"
    ),
    "row level security switched off": Breakage(
        "alter table comments disable row level security", "row-level-security", "off for public.comments"
    ),
    "row level security of an own table switched off": Breakage(
        "alter table analysis_cache disable row level security", "row-level-security", "off for public.analysis_cache"
    ),
    "updated_at's trigger disabled": Breakage(
        "alter table clothing_items disable trigger set_updated_at",
        "updated-at",
        "set_updated_at on public.clothing_it",
    ),
    "updated_at's trigger dropped": Breakage(
        "drop trigger set_updated_at on clothing_items", "updated-at", "public.clothing_items has no BEFORE UPDATE"
    ),
    "updated_at's trigger of profiles dropped": Breakage(
        "drop trigger set_updated_at on profiles", "updated-at", "public.profiles has no BEFORE UPDATE", "warning"
    ),
    "a table taken out of the publication": Breakage(
        "alter publication supabase_realtime drop table likes", "publication", "public.likes is not in"
    ),
    "the canary taken out of the publication": Breakage(
        "alter publication supabase_realtime drop table aura_canary", "publication", "public.aura_canary is not in"
    ),
    "the publication dropped": Breakage(
        "drop publication supabase_realtime", "publication", "The publication supabase_realtime is missing"
    ),
    "updates not published": Breakage(
        "alter publication supabase_realtime set (publish = 'insert, delete')", "publication", "leaves out"
    ),
    "columns left out of the publication": Breakage(
        "alter publication supabase_realtime drop table clothing_items;"
        "alter publication supabase_realtime add table clothing_items (id, user_id)",
        "publication",
        "without image_url, ai_tags",
    ),
    "rows left out of the publication": Breakage(
        "alter publication supabase_realtime drop table combinations;"
        "alter publication supabase_realtime add table combinations where (id is not null)",
        "publication",
        "with a row filter",
    ),
    "no replica identity": Breakage(
        "alter table likes replica identity nothing", "replica-identity", "public.likes has no replica identity"
    ),
    "an own trigger disabled": Breakage(
        "alter table likes disable trigger aura_style_insert",
        "installation",
        "aura_style_insert on public.likes is dis",
    ),
    "an own trigger dropped": Breakage(
        "drop trigger aura_admit_insert on clothing_items", "installation", "aura_admit_insert on public.clothing_items"
    ),
    "an own function dropped": Breakage(
        "drop function aura_take_lease", "installation", "The function public.aura_take_lease is missing"
    ),
    "an own table dropped": Breakage(
        "drop table analysis_pauses", "installation", "The table public.analysis_pauses is missing"
    ),
    "a migration not applied": Breakage(
        "delete from supabase_migrations.schema_migrations where version = '20261123010000'",
        "installation",
        "Not applied: 20261123010000_aura_wake",
    ),
    "migrations of an older version": Breakage(
        "drop function aura_schema_version; notify pgrst, 'reload schema';"
        "delete from supabase_migrations.schema_migrations where version >= '20261123060000'",
        "migrations",
        "aura migrate",
    ),
}


async def execute(sandbox: Sandbox, sql: str) -> None:
    async with await psycopg.AsyncConnection.connect(sandbox.db_url, autocommit=True) as connection:
        await connection.execute(sql.encode())


@pytest.mark.parametrize("name", BREAKAGES)
async def test_the_cause_is_named_and_its_sql_mends_it(patient: Sandbox, tmp_path: Path, name: str) -> None:
    broken = BREAKAGES[name]
    await execute(patient, broken.sql)

    async def named() -> Finding | None:  # PostgREST learns of a changed schema a moment later
        seen = await diagnosis(patient, tmp_path)
        return seen.finding(broken.check) if seen.wrong(without=QUIET) == {broken.check} else None

    found = await wait_for(named, what=f"{broken.check} alone")
    assert found is not None
    assert found.level == broken.level
    assert broken.said in found.text + (found.remedy or "")
    await mend(patient, found.sql, found.remedy)

    async def well() -> bool:
        return not (await diagnosis(patient, tmp_path)).wrong(without=QUIET)

    await wait_for(well, what="a whole project")


async def test_a_shared_queue_without_its_tables_is_named_and_migrating_mends_it(
    patient: Sandbox, tmp_path: Path
) -> None:
    shared = {"AURA__QUEUE__ENGINE": "procrastinate"}
    assert not (await diagnosis(patient, tmp_path, shared)).wrong(without=QUIET)
    await execute(patient, "drop schema procrastinate cascade")
    broken = await diagnosis(patient, tmp_path, shared)
    assert broken.wrong(without=QUIET) == {"queue"}, str(broken)
    assert "The schema procrastinate lacks tables" in broken.finding("queue").text
    await mend(patient, broken.finding("queue").sql, broken.finding("queue").remedy)
    assert not (await diagnosis(patient, tmp_path, shared)).wrong(without=QUIET)


async def mend(sandbox: Sandbox, sql: str | None, remedy: str | None) -> None:
    """What the finding tells a person to do."""
    assert sql or remedy
    if sql:
        await execute(sandbox, sql)
    if remedy and "aura migrate" in remedy:
        await migrate(sandbox.db_url)
