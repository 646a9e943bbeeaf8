"""Turns an empty PostgreSQL into a Supabase project that holds the Aura app's schema.

Both SQL files are run once for each data directory; what is already there is left alone, so a
`--data-dir` that was used before keeps its rows. Each file is one transaction: a sandbox never
starts on half a schema.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TypeAlias

import psycopg
from psycopg import sql
from psycopg.rows import TupleRow

from sandbox.postgres import PostgresServer, temporary_postgres

SUPABASE_SCHEMA = Path(__file__).with_name("supabase_schema.sql")
APP_SCHEMA = Path(__file__).with_name("app_schema.sql")
LOGIN_ROLES = ("postgres", "authenticator", "supabase_auth_admin", "supabase_storage_admin")

Connection: TypeAlias = psycopg.AsyncConnection[TupleRow]


async def connect(dsn: str) -> Connection:
    """An autocommit connection: what the sandbox's own short statements need."""
    return await psycopg.AsyncConnection.connect(dsn, autocommit=True)


async def prepare(server: PostgresServer) -> bool:
    """Applies the schemas to a running server; False when they were there already."""
    connection = await connect(server.superuser_dsn())
    async with connection:
        if await _exists(connection, "select from pg_roles where rolname = 'authenticator'"):
            return False
        async with connection.transaction():
            await _run_file(connection, SUPABASE_SCHEMA)
            await _set_passwords(connection, server.password)
            await connection.execute("set local role postgres")
            await _run_file(connection, APP_SCHEMA)
    return True


@asynccontextmanager
async def temporary_database(parent: Path | None = None) -> AsyncIterator[PostgresServer]:
    """A started server with Supabase's and the app's schema; deleted at the end."""
    async with temporary_postgres(parent) as server:
        await prepare(server)
        yield server


async def _exists(connection: Connection, query: str) -> bool:
    return await (await connection.execute(query.encode())).fetchone() is not None


async def _run_file(connection: Connection, path: Path) -> None:
    # Bytes and no parameters: psycopg sends the file as it is, many statements at once.
    await connection.execute(await asyncio.to_thread(path.read_bytes))


async def _set_passwords(connection: Connection, password: str) -> None:
    for role in LOGIN_ROLES:
        statement = sql.SQL("alter role {} password {}").format(sql.Identifier(role), sql.Literal(password))
        await connection.execute(statement)
