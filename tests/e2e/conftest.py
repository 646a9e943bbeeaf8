"""End-to-end tests run against any Supabase project: the environment's, or else a sandbox.

    AURA_TEST_SUPABASE_URL  AURA_TEST_ANON_KEY  AURA_TEST_SERVICE_ROLE_KEY
    AURA_TEST_JWT_SECRET    AURA_TEST_DB_URL

The project has to hold the app's tables; this backend's migrations are applied to it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from aura.migrations import migrate
from sandbox import Sandbox
from tests.support.daemon_process import DaemonProcess, running
from tests.support.photo_server import PhotoServer, serving_photos
from tests.support.targets import Target


@pytest.fixture(scope="session")
def target(request: pytest.FixtureRequest) -> Target:
    """The project under test, migrated."""
    named = Target.from_environment()
    if named is not None:
        asyncio.run(migrate(named.db_url))
        return named
    sandbox: Sandbox = request.getfixturevalue("sandbox_real")
    return Target(sandbox.url, sandbox.anon_key, sandbox.service_key, sandbox.jwt_secret, sandbox.db_url)


@pytest.fixture
async def person(target: Target) -> AsyncIterator[str]:
    """A person's id; they are deleted afterwards."""
    made = await target.add_person()
    yield made
    await target.remove_person(made)


@pytest.fixture
async def stranger(target: Target) -> AsyncIterator[str]:
    """Another person's id; they are deleted afterwards."""
    made = await target.add_person()
    yield made
    await target.remove_person(made)


@pytest.fixture
async def photos(target: Target) -> AsyncIterator[PhotoServer]:
    """Photos that the test serves itself; what was said about them is forgotten afterwards."""
    async with serving_photos() as server:
        yield server
        await target.forget_answers(server.content_hashes)


@pytest.fixture
async def daemon(target: Target, photos: PhotoServer, tmp_path: Path) -> AsyncIterator[DaemonProcess]:
    """A daemon on the project that is ready and may fetch the test's own photos."""
    environment = {
        **target.daemon_environment(),
        "AURA_ENVIRONMENT": "development",
        "AURA__ANALYSIS__ANALYZER": "palette",
        "AURA__OPS__PORT": "0",
        "AURA__LOG__FORMAT": "json",
        "AURA__PHOTOS__ALLOWED_HOSTS": photos.origin,
        "AURA__PHOTOS__ALLOW_PRIVATE_HOSTS": "true",
    }
    async with running(DaemonProcess(environment, tmp_path)) as process:
        await process.until_ready()
        yield process
