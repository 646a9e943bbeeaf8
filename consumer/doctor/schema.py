"""The app's tables as the database has them: columns, Row Level Security, the triggers that keep updated_at."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from aura.errors import ConfigurationError
from aura.migrations.session import open_session
from consumer.doctor.context import Context
from consumer.doctor.expected import APP_COLUMNS, DECISIVE, STAMPED, made
from consumer.doctor.findings import Finding, failure, ok, unless_wrong, warning

_COLUMNS = """
select c.relname, a.attname
from pg_catalog.pg_class c left join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attnum > 0
  and not a.attisdropped
where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p')"""
_INSECURE = """
select relname from pg_catalog.pg_class
where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') and not relrowsecurity
  and relname = any (%(tables)s) order by relname"""
# For each row (1), before (2), update (16).
_STAMPING = """
select c.relname, t.tgname, t.tgenabled, p.pronamespace::regnamespace || '.' || p.proname
from pg_catalog.pg_trigger t join pg_catalog.pg_class c on c.oid = t.tgrelid
join pg_catalog.pg_proc p on p.oid = t.tgfoid
where c.relnamespace = 'public'::regnamespace and not t.tgisinternal and t.tgtype & 19 = 19
  and (p.prosrc like '%updated_at%' or encode(t.tgargs, 'escape') like '%updated_at%' or p.proname = 'moddatetime')
order by 1, 2"""
_OWN_STAMP = """create or replace function public.set_updated_at() returns trigger language plpgsql as
  $$ begin new.updated_at = now(); return new; end $$;
"""


async def database(context: Context) -> list[Finding]:
    """Whether the database opens."""
    try:
        connection = await open_session(context.settings.required("supabase", "db_url"), "aura doctor")
    except ConfigurationError as error:
        return [failure(str(error))]
    context.opened(database=await context.stack.enter_async_context(connection))
    (version,) = (await context.rows("select current_setting('server_version')"))[0]
    return [ok(f"The database opens (PostgreSQL {version}).")]


async def tables(context: Context) -> list[Finding]:
    """Whether the app's tables have the columns that the backend uses."""
    there: dict[str, set[str]] = {}
    for table, column in await context.rows(_COLUMNS):
        there.setdefault(table, set()).add(column)
    return unless_wrong([*missing_columns(there)], f"The app's {len(APP_COLUMNS)} tables have all columns.")


def missing_columns(there: Mapping[str, Iterable[str]]) -> Iterator[Finding]:
    """What the app's tables lack; ``there``: the columns of each table."""
    for table, columns in APP_COLUMNS.items():
        if table not in there:
            remedy = "Apply the app's own migrations, or check that SUPABASE_DB_URL is the app's project."
            yield failure(f"The app's table public.{table} is missing.", remedy)
            continue
        for column, kind in columns.items():
            if column not in there[table]:
                sql = f"alter table public.{table} add column {column} {kind};\nnotify pgrst, 'reload schema';"
                yield failure(f"public.{table} has no column {column}.", sql=sql)


async def row_level_security(context: Context) -> list[Finding]:
    """Whether Row Level Security is on for every table that the app or the backend owns."""
    wanted = [*APP_COLUMNS, *made().tables]
    found = [
        failure(
            f"Row Level Security is off for public.{table}: everybody with the publishable key reads and writes it.",
            sql=f"alter table public.{table} enable row level security;",
        )
        for (table,) in await context.rows(_INSECURE, tables=wanted)
    ]
    return unless_wrong(found, f"Row Level Security is on for all {len(wanted)} tables.")


async def updated_at(context: Context) -> list[Finding]:
    """Whether updated_at follows each update: writes of tags are conditional on it."""
    rows = [(str(a), str(b), str(c), str(d)) for a, b, c, d in await context.rows(_STAMPING)]
    return unless_wrong([*unstamped(rows)], f"updated_at is kept by a trigger on {', '.join(STAMPED)}.")


def unstamped(rows: list[tuple[str, str, str, str]]) -> Iterator[Finding]:
    """Tables without a trigger in force; ``rows``: table, trigger, ``tgenabled`` and function of all there are."""
    in_force = {table for table, _, enabled, _ in rows if enabled in "OA"}
    disabled = {table: trigger for table, trigger, enabled, _ in rows if enabled not in "OA"}
    function = next((name for *_, name in rows), None)
    for table in STAMPED:
        if table in in_force:
            continue
        say = failure if table == DECISIVE else warning
        harm = "a person's edit could be overwritten" if table == DECISIVE else "caches do not see that rows change"
        if table in disabled:
            sql = f"alter table public.{table} enable trigger {disabled[table]};"
            yield say(f"The trigger {disabled[table]} on public.{table} is disabled: {harm}.", sql=sql)
        else:
            text = f"public.{table} has no BEFORE UPDATE trigger that sets updated_at: {harm}."
            yield say(text, sql=_stamping(table, function))


def _stamping(table: str, function: str | None) -> str:
    make = "" if function else _OWN_STAMP
    return (
        f"{make}create trigger set_updated_at before update on public.{table}\n"
        f"  for each row execute function {function or 'public.set_updated_at'}();"
    )
