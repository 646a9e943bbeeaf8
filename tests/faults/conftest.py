"""A project of their own for tests that break it, with every change of its rows recorded."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from aura.migrations import migrate
from sandbox import Sandbox
from tests.support.outages.row_audit import install
from tests.support.outages.world import World, a_world


@pytest.fixture(scope="session")
def fragile() -> Iterator[Sandbox]:
    """A sandbox that nothing else uses; as soon as a test is over, it is whole again."""
    with Sandbox(profile="fast") as sandbox:
        asyncio.run(_prepare(sandbox))
        yield sandbox


@pytest.fixture
async def world(fragile: Sandbox, tmp_path: Path) -> AsyncIterator[World]:
    """Two people and a daemon that is ready."""
    async with a_world(fragile, tmp_path) as world:
        await world.start_daemon()
        await world.daemon.until_ready()
        yield world
    await fragile.faults.clear()


async def _prepare(sandbox: Sandbox) -> None:
    await migrate(sandbox.db_url)
    await install(sandbox.db_url)
