"""A start, and a minute in which nothing happens.

From spawning the process to hearing changes: for Aura that means a canary written after "Subscribed to PostgreSQL" has
come round, for the bare consumer that message alone. The first start meets a server that is cold, as after a deploy in
the night; the others meet a warm one. Then memory and processor time while nobody uploads anything.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from benchmarks.goals import figure
from benchmarks.programs import Footprint, watched
from benchmarks.report import Report, Table, progress
from benchmarks.stage import Contestant, stage

STARTS = 4
SETTLE_SECONDS = 10.0
IDLE_SECONDS, QUICK_SECONDS = 60.0, 15.0


@dataclass(frozen=True, slots=True)
class Found:
    """``starts``: seconds until live, the first on a cold server."""

    starts: list[float]
    idle: Footprint


async def run(quick: bool) -> Report:
    """Both programs, one after the other."""
    seconds = QUICK_SECONDS if quick else IDLE_SECONDS
    aura, bare = await _measure("aura", seconds), await _measure("bare", seconds)
    return Report("startup", {"idle_seconds": seconds}, [_starts(aura, bare), _idle(aura, bare)])


async def _measure(contestant: Contestant, seconds: float) -> Found:
    progress(f"{contestant}: {STARTS} starts, then {seconds:g} s of nothing")
    async with stage() as at:
        starts = []
        for _ in range(STARTS - 1):
            async with at.program(contestant) as program:
                starts.append(await program.until_live())
        async with at.program(contestant) as program:
            starts.append(await program.until_live())
            await asyncio.sleep(SETTLE_SECONDS)
            async with watched(program, lag=False) as idle:
                await asyncio.sleep(seconds)
    return Found(starts, idle)


def _starts(aura: Found, bare: Found) -> Table:
    rows = [figure("cold server", aura.starts[0], bare.starts[0], at_most=5)]
    rows.append(figure("warm server, slowest", max(aura.starts[1:]), max(bare.starts[1:]), at_most=5))
    return Table("seconds from start to live", rows)


def _idle(aura: Found, bare: Found) -> Table:
    rows = [
        figure("memory, MB", aura.idle.peak_mb, bare.idle.peak_mb, at_most=120),
        figure("processor, % of a core", aura.idle.cpu_percent, bare.idle.cpu_percent, at_most=1),
    ]
    return Table("idle", rows)
