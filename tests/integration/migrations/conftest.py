"""One PostgreSQL for all tests here: with the app's schema as `postgres`, and migrated as `migrated`."""

from __future__ import annotations

from collections.abc import AsyncIterator

import psycopg
import pytest_asyncio

from aura.migrations import migrate
from sandbox.database import temporary_database
from sandbox.postgres import PostgresServer
from tests.support.databases import Database, copied

APP = "postgres"
MIGRATED = "migrated"


@pytest_asyncio.fixture(scope="package", loop_scope="package")
async def server() -> AsyncIterator[PostgresServer]:
    """A server whose database `postgres` is a Supabase project with the app's own schema."""
    async with temporary_database() as started:
        await _add_migrated_template(started)
        yield started


async def _add_migrated_template(started: PostgresServer) -> None:
    admin = await psycopg.AsyncConnection.connect(started.dsn("supabase_admin", "template1"), autocommit=True)
    async with admin:
        await admin.execute(f"create database {MIGRATED} template {APP} owner postgres".encode())
    await migrate(started.dsn(database=MIGRATED))


@pytest_asyncio.fixture
async def fresh(server: PostgresServer) -> AsyncIterator[Database]:
    """The app's database before this backend is installed."""
    async with copied(server, APP) as database:
        yield database


@pytest_asyncio.fixture
async def db(server: PostgresServer) -> AsyncIterator[Database]:
    """The app's database with all migrations, without rows."""
    async with copied(server, MIGRATED) as database:
        yield database
