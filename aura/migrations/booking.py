"""Reads and writes the list of applied migrations, in the Supabase CLI's own table.

The CLI keeps (version, statements, name) in ``supabase_migrations.schema_migrations`` and compares versions
only; ``supabase migration fetch`` writes the statements back into a file.
"""

from __future__ import annotations

from aura.migrations.files import Migration
from aura.migrations.session import Connection

_TABLE = "supabase_migrations.schema_migrations"
_PREPARE = (
    b"create schema if not exists supabase_migrations",
    b"create table if not exists supabase_migrations.schema_migrations (version text not null primary key)",
    b"alter table supabase_migrations.schema_migrations add column if not exists statements text[]",
    b"alter table supabase_migrations.schema_migrations add column if not exists name text",
)
_VERSIONS = "select version from supabase_migrations.schema_migrations"
_BOOK = (
    "insert into supabase_migrations.schema_migrations (version, name, statements) values (%s, %s, %s) "
    "on conflict (version) do nothing"
)


async def booked_versions(connection: Connection) -> frozenset[str]:
    """The versions applied so far; empty where no migration was ever booked."""
    if not await _exists(connection):
        return frozenset()
    cursor = await connection.execute(_VERSIONS)
    return frozenset(row[0] for row in await cursor.fetchall())


async def prepare_booking(connection: Connection) -> None:
    """Makes sure that the table is there with its three columns."""
    if await _complete(connection):
        return
    async with connection.transaction():
        for statement in _PREPARE:
            await connection.execute(statement)


async def book(connection: Connection, migration: Migration) -> None:
    """Notes one migration as applied; call it in the migration's own transaction."""
    await connection.execute(_BOOK, [migration.version, migration.name, [migration.sql]])


async def _exists(connection: Connection) -> bool:
    cursor = await connection.execute("select to_regclass(%s) is not null", [_TABLE])
    row = await cursor.fetchone()
    return bool(row and row[0])


async def _complete(connection: Connection) -> bool:
    cursor = await connection.execute(
        "select count(*) from pg_catalog.pg_attribute where attrelid = to_regclass(%s) "
        "and attname in ('version', 'statements', 'name') and not attisdropped",
        [_TABLE],
    )
    row = await cursor.fetchone()
    return bool(row and row[0] == 3)
