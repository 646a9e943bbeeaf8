"""What Realtime can carry: the publication, its tables, their replica identity, the server's WAL."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from consumer.doctor.context import Context
from consumer.doctor.expected import PUBLISHED
from consumer.doctor.findings import Finding, failure, unless_wrong

NAME = "supabase_realtime"
_PUBLICATION = """
select pubinsert and pubupdate and pubdelete from pg_catalog.pg_publication where pubname = 'supabase_realtime'"""
_MEMBERS = """
select tablename, attnames, rowfilter from pg_catalog.pg_publication_tables
where pubname = 'supabase_realtime' and schemaname = 'public'"""
_IDENTITIES = """
select c.relname, c.relreplident,
  exists (select from pg_catalog.pg_index i where i.indrelid = c.oid and i.indisprimary) as has_key
from pg_catalog.pg_class c
where c.relnamespace = 'public'::regnamespace and c.relname = any (%(tables)s) order by 1"""


async def publication(context: Context) -> list[Finding]:
    """Whether Realtime is told of inserts, updates and deletes of all tables that the backend follows."""
    whole = await context.rows(_PUBLICATION)
    if not whole:
        names = ", ".join(f"public.{table}" for table in PUBLISHED)
        sql = f"create publication {NAME} for table {names};"
        return [failure(f"The publication {NAME} is missing: Realtime cannot send any change.", sql=sql)]
    found = [*unpublished(await context.rows(_MEMBERS))]
    if not whole[0][0]:
        sql = f"alter publication {NAME} set (publish = 'insert, update, delete, truncate');"
        found.append(failure(f"The publication {NAME} leaves out inserts, updates or deletes.", sql=sql))
    return unless_wrong(found, f"{', '.join(PUBLISHED)} are in the publication {NAME}.")


def unpublished(members: Sequence[tuple[Any, ...]]) -> Iterator[Finding]:
    """What is not published whole; ``members``: table, published columns, row filter."""
    there: Mapping[str, tuple[Sequence[str], str | None]] = {
        table: (columns, where) for table, columns, where in members
    }
    for table, needed in PUBLISHED.items():
        add = f"alter publication {NAME} add table public.{table};"
        if table not in there:
            yield failure(f"public.{table} is not in the publication {NAME}: its changes are not heard.", sql=add)
            continue
        columns, where = there[table]
        missing = [column for column in needed if column not in columns]
        if missing or where:
            what = f"without {', '.join(missing)}" if missing else "with a row filter"
            sql = f"alter publication {NAME} drop table public.{table};\n{add}"
            yield failure(f"public.{table} is published {what}: changes are not heard whole.", sql=sql)


async def replica_identity(context: Context) -> list[Finding]:
    """Whether PostgreSQL can name the row that an update or delete of a published table is about."""
    rows = await context.rows(_IDENTITIES, tables=list(PUBLISHED))
    return unless_wrong([*nameless(rows)], "Every followed table names its rows by its primary key.")


def nameless(rows: Sequence[tuple[Any, ...]]) -> Iterator[Finding]:
    """Tables whose rows have no name; ``rows``: table, ``relreplident``, whether it has a primary key."""
    for table, identity, has_key in rows:
        if identity == "n" or (identity == "d" and not has_key):
            mend = "" if has_key else f"alter table public.{table} add primary key (id);\n"
            text = f"public.{table} has no replica identity: the app's updates and deletes of it are refused."
            yield failure(text, sql=f"{mend}alter table public.{table} replica identity default;")
