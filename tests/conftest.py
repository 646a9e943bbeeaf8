"""What integration, fault and benchmark tests share: running sandboxes, people, connections.

A sandbox is started once a session and only if a test asks for it; tests make their own people and
rows, so they can share one.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager

import psycopg
import pytest
from psycopg.rows import TupleRow
from supabase import AsyncClient

from aura.migrations import migrate
from sandbox import Sandbox
from sandbox.profiles import ProfileName
from tests.support.accounts import People, close_client, open_client


@contextmanager
def _running(profile: ProfileName, *, legacy_keys: bool = False) -> Iterator[Sandbox]:
    with Sandbox(profile=profile, legacy_keys=legacy_keys) as sandbox:
        asyncio.run(migrate(sandbox.db_url))
        yield sandbox


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Sandbox]:
    """A migrated sandbox with ES256 tokens, whose Realtime does not dawdle."""
    with _running("fast") as running:
        yield running


@pytest.fixture(scope="session")
def legacy_sandbox() -> Iterator[Sandbox]:
    """The same for a project that signs its tokens with the shared HS256 secret."""
    with _running("fast", legacy_keys=True) as running:
        yield running


@pytest.fixture(scope="session")
def sandbox_real() -> Iterator[Sandbox]:
    """A migrated sandbox with the real server's delays."""
    with _running("real") as running:
        yield running


@pytest.fixture
async def people(sandbox: Sandbox) -> AsyncIterator[People]:
    """Signs up people of `sandbox`."""
    crowd = People(sandbox)
    yield crowd
    await crowd.close()


@pytest.fixture
async def service_client(sandbox: Sandbox) -> AsyncIterator[AsyncClient]:
    """The official client with the service key."""
    client = await open_client(sandbox.url, sandbox.service_key)
    yield client
    await close_client(client)


@pytest.fixture
async def db(sandbox: Sandbox) -> AsyncIterator[psycopg.AsyncConnection[TupleRow]]:
    """An autocommit connection as the project's owner."""
    async with await psycopg.AsyncConnection.connect(sandbox.db_url, autocommit=True) as connection:
        yield connection
