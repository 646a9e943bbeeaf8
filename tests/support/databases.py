"""Databases for tests of SQL: each test gets its own, copied from a template within the one server.

A copy takes about a tenth of a second, and nothing that another test left behind can make a test pass.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, TypeAlias
from uuid import UUID, uuid4

import psycopg
from psycopg import sql

from sandbox.postgres import PostgresServer

Row: TypeAlias = tuple[Any, ...]
Connection: TypeAlias = psycopg.AsyncConnection[Row]


@dataclass(frozen=True)
class Database:
    """One database; ``dsn`` logs in as ``postgres``, the owner of the app's tables."""

    dsn: str

    async def connect(self, *, autocommit: bool = True) -> Connection:
        """A new connection; the caller closes it."""
        return await psycopg.AsyncConnection.connect(self.dsn, autocommit=autocommit)

    async def rows(self, query: str, *parameters: Any) -> list[Row]:
        """All rows of one statement in a connection of its own."""
        async with await self.connect() as connection:
            return await rows(connection, query, *parameters)

    async def value(self, query: str, *parameters: Any) -> Any:
        """The first column of the first row."""
        return (await self.rows(query, *parameters))[0][0]

    async def user(self) -> UUID:
        """A new person of the app."""
        person = uuid4()
        await self.rows("insert into users (id, email) values (%s, %s)", person, f"{person}@example.com")
        return person

    async def item(self, user: UUID, image_url: str | None = "https://cdn.example/a.jpg", **columns: Any) -> UUID:
        """A new clothing item; further columns by name."""
        given = {"user_id": user, "name": "shirt", "image_url": image_url, **columns}
        names = sql.SQL(", ").join(map(sql.Identifier, given))
        holes = sql.SQL(", ").join(sql.Placeholder() * len(given))
        query = sql.SQL("insert into clothing_items ({}) values ({}) returning id").format(names, holes)
        async with await self.connect() as connection:
            found = await (await connection.execute(query, list(given.values()))).fetchone()
        assert found is not None
        return UUID(str(found[0]))

    @asynccontextmanager
    async def acting(self, role: str, user: UUID | None = None) -> AsyncIterator[Connection]:
        """A connection that acts as PostgREST would for this role and person."""
        async with await self.connect() as connection:
            await become(connection, role, user)
            yield connection


async def rows(connection: Connection, query: str, *parameters: Any) -> list[Row]:
    """All rows of one statement; none for a statement that returns nothing."""
    cursor = await connection.execute(query.encode(), parameters or None)
    return await cursor.fetchall() if cursor.description else []


async def become(connection: Connection, role: str, user: UUID | None = None) -> None:
    """Gives the session a role and the claims of a person, as PostgREST does for a request."""
    claims = f'{{"sub": "{user}", "role": "{role}"}}' if user else f'{{"role": "{role}"}}'
    await connection.execute("select set_config('request.jwt.claims', %s, false)", [claims])
    await connection.execute(sql.SQL("set role {}").format(sql.Identifier(role)))


@asynccontextmanager
async def copied(server: PostgresServer, template: str) -> AsyncIterator[Database]:
    """A database like ``template``, dropped at the end."""
    name = f"t_{uuid4().hex}"
    await _administer(server, "create database {} template {} owner postgres", name, template)
    try:
        yield Database(server.dsn(database=name))
    finally:
        await _administer(server, "drop database {} with (force)", name)


async def _administer(server: PostgresServer, statement: str, *names: str) -> None:
    command = sql.SQL(statement).format(*map(sql.Identifier, names))
    admin = await psycopg.AsyncConnection.connect(server.dsn("supabase_admin", "template1"), autocommit=True)
    async with admin:
        await admin.execute(command)
