"""A database of its own for each test of the Realtime server, in one PostgreSQL for all of them."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from sandbox.database import temporary_database
from sandbox.postgres import PostgresServer
from sandbox.realtime import FAST
from tests.support.realtime.stage import Stage, stage


@pytest_asyncio.fixture(scope="package", loop_scope="package")
async def postgres() -> AsyncIterator[PostgresServer]:
    async with temporary_database() as server:
        yield server


@pytest_asyncio.fixture(loop_scope="package")
async def fast_stage(postgres: PostgresServer) -> AsyncIterator[Stage]:
    """A server with the fast profile: no pauses, all rules."""
    async with stage(postgres, FAST) as built:
        yield built


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All tests here share the event loop that the PostgreSQL server was started in."""
    for item in items:
        if "integration/realtime" in str(item.path):
            item.add_marker(pytest.mark.asyncio(loop_scope="package"), append=False)
