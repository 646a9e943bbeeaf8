"""What integration, fault and benchmark tests share: running sandboxes, people, connections.

A sandbox is started once a session and only if a test asks for it; tests make their own people and
rows, so they can share one.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Generator, Iterator

import psycopg
import pytest
from hypothesis import HealthCheck, settings
from psycopg.rows import TupleRow
from supabase import AsyncClient

from sandbox import Sandbox
from tests.support.accounts import People, close_client, open_client
from tests.support.sandboxes import RUNNING, mend, migrated_sandbox, states

# The same examples in every run, so that none fails by chance; --hypothesis-profile=explore looks for new ones.
# How long an example takes says something about the machine only.
EXPLORE = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True)
settings.register_profile("explore", EXPLORE)
settings.register_profile("repeatable", EXPLORE, derandomize=True)
settings.load_profile("repeatable")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A test that fails shows how the sandboxes are, and leaves them whole."""
    report = yield
    if report.failed and RUNNING:
        report.sections.append(("sandboxes", states()))
        mend()
    return report


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Sandbox]:
    """A migrated sandbox with ES256 tokens, whose Realtime does not dawdle."""
    with migrated_sandbox("fast") as migrated:
        yield migrated


@pytest.fixture(scope="session")
def legacy_sandbox() -> Iterator[Sandbox]:
    """The same for a project that signs its tokens with the shared HS256 secret."""
    with migrated_sandbox("fast", legacy_keys=True) as migrated:
        yield migrated


@pytest.fixture(scope="session")
def sandbox_real() -> Iterator[Sandbox]:
    """A migrated sandbox with the real server's delays."""
    with migrated_sandbox("real") as migrated:
        yield migrated


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
