"""What the backend's migrations made: are they all applied, and is all of it still there and in force?"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from aura.errors import ConfigurationError
from aura.migrations import Migration, load_migrations
from aura.migrations.booking import booked_versions
from consumer.doctor.context import Context
from consumer.doctor.expected import Made, made
from consumer.doctor.findings import Finding, failure, ok, unless_wrong, warning

MIGRATE = "Run `aura migrate` (with SUPABASE_DB_URL set), then restart the processes."
AGAIN = "Run this, then `aura migrate`: it applies those files again, which harms nothing."
_TABLES = "select relname, '' from pg_catalog.pg_class where relnamespace = 'public'::regnamespace and relkind = 'r'"
_FUNCTIONS = "select distinct proname, '' from pg_catalog.pg_proc where pronamespace = 'public'::regnamespace"
_TRIGGERS = """
select c.relname || '.' || t.tgname, t.tgenabled from pg_catalog.pg_trigger t
join pg_catalog.pg_class c on c.oid = t.tgrelid
where c.relnamespace = 'public'::regnamespace and not t.tgisinternal"""


async def migrations(context: Context) -> list[Finding]:
    """Whether the project has the migrations that this version needs, asked as processes ask at their start."""
    needed = load_migrations()[-1].version
    try:
        found = await context.ledger.schema_version()
    except ConfigurationError as error:
        return [failure(str(error), MIGRATE)]
    if found < needed:
        return [failure(f"The database is at migration {found}, this version needs {needed}.", MIGRATE)]
    if found > needed:
        text = f"The database is at migration {found}, and this version knows only {needed}."
        return [warning(text, "A newer version has migrated it: bring this one up to date.")]
    return [ok(f"The database is at migration {found}.")]


async def installation(context: Context) -> list[Finding]:
    """Whether every migration is booked, and what they made is there."""
    waiting = not_applied(load_migrations(), await booked_versions(context.database))
    if waiting is not None:
        return [waiting]
    found = [*gone(made(), await _named(context, _TABLES), await _named(context, _FUNCTIONS))]
    found += out_of_force(made(), await _named(context, _TRIGGERS))
    return unless_wrong(found, "All tables, functions and triggers of the migrations are there.")


def not_applied(wanted: Sequence[Migration], booked: Collection[str]) -> Finding | None:
    """The migrations that are not booked."""
    waiting = [each.title for each in wanted if each.version not in booked]
    return failure(f"Not applied: {', '.join(waiting)}.", MIGRATE) if waiting else None


async def _named(context: Context, query: str) -> Mapping[str, str]:
    return {name: str(state) for name, state in await context.rows(query)}


def gone(wanted: Made, tables: Mapping[str, str], functions: Mapping[str, str]) -> Iterator[Finding]:
    """The tables and functions that somebody has dropped."""
    for kind, needed, there in (("table", wanted.tables, tables), ("function", wanted.functions, functions)):
        for name, version in needed.items():
            if name not in there:
                yield failure(f"The {kind} public.{name} is missing.", AGAIN, unbook(version))


def out_of_force(wanted: Made, triggers: Mapping[str, str]) -> Iterator[Finding]:
    """The triggers that somebody has dropped or disabled; ``triggers``: ``tgenabled`` by ``<table>.<trigger>``."""
    for name, version in wanted.triggers.items():
        table, _, trigger = name.partition(".")
        if name not in triggers:
            text = f"The trigger {trigger} on public.{table} is missing: its changes are found late or never."
            yield failure(text, AGAIN, unbook(version))
        elif triggers[name] not in "OA":
            text = f"The trigger {trigger} on public.{table} is disabled: its changes are found late or never."
            yield failure(text, sql=f"alter table public.{table} enable trigger {trigger};")


def unbook(version: str) -> str:
    """Later files may define anew what an earlier one made, so all of them follow it."""
    where = f"where version >= '{version}' and name like 'aura\\_%'"
    return f"delete from supabase_migrations.schema_migrations\n  {where};"  # noqa: S608 - text for a person
