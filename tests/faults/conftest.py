"""A project of their own for tests that break it, with every change of its rows recorded."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from sandbox import Sandbox
from tests.support.outages.world import World, a_world, prepare
from tests.support.sandboxes import running_sandbox


@pytest.fixture(scope="session")
def fragile() -> Iterator[Sandbox]:
    """A sandbox that nothing else uses; as soon as a test is over, it is whole again."""
    with running_sandbox("fast") as sandbox:
        asyncio.run(prepare(sandbox))
        yield sandbox


@pytest.fixture
async def world(fragile: Sandbox, tmp_path: Path) -> AsyncIterator[World]:
    """Two people and a daemon that is ready."""
    async with a_world(fragile, tmp_path) as world:
        await world.daemon.until_ready()
        yield world
    await fragile.faults.clear()
