"""Everything at once, in random order: faults, kills and people who go on. In the end all is as if nothing had been.

``AURA_CHAOS_SECONDS`` (default 60; 300 for the long version) and ``AURA_CHAOS_SEED`` choose another script. The
server has the real one's delays.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox import Sandbox
from tests.support.outages.chaos import BREAKAGES, KILL, SECONDS_BETWEEN_BREAKAGES, write_script
from tests.support.outages.stage import Stage
from tests.support.outages.world import a_world, prepare
from tests.support.sandboxes import running_sandbox

SECONDS = float(os.environ.get("AURA_CHAOS_SECONDS", "60"))
SEED = int(os.environ.get("AURA_CHAOS_SEED", "1"))
PEOPLE = 3
DONE_WITHIN = 180.0
ENOUGH_FOR_ALL = SECONDS_BETWEEN_BREAKAGES[1] * len(BREAKAGES)


@pytest.fixture
def real() -> Iterator[Sandbox]:
    """A sandbox of its own with the real server's delays."""
    with running_sandbox("real") as sandbox:
        asyncio.run(prepare(sandbox))
        yield sandbox


@pytest.mark.timeout(SECONDS + 600)
async def test_chaos(real: Sandbox, tmp_path: Path) -> None:
    script = write_script(SEED, SECONDS, PEOPLE)
    try:
        async with a_world(real, tmp_path, people=PEOPLE, hold=0.3) as world:
            await world.daemon.until_ready()
            stage = Stage(world, script)
            await stage.play()
            took = await world.converged(DONE_WITHIN)
            await world.daemon.until_ready()
            complaints = await world.complaints()
            items, photos = len(await world.items()), sum(len(person.photos) for person in world.people)
            print(f"{sum(stage.done[what] for what in BREAKAGES)} faults, {stage.done[KILL]} kills, {photos} photos,")
            print(f"{items} items, {world.asked_again()} questions repeated, done {took:.1f} s after the end")
            assert complaints == []
            assert SECONDS < ENOUGH_FOR_ALL or {*BREAKAGES, KILL} <= stage.done.keys()
    except Exception as error:
        error.add_note(str(script))
        raise
