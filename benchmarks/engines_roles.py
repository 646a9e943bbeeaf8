"""What each role costs while nothing happens, how soon it is ready, and how long nobody hears at a change of hands."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from typing import Any

import aiohttp

from aura.errors import AuraError
from benchmarks.goals import figure
from benchmarks.programs import Program, watched
from benchmarks.report import Table, progress
from benchmarks.stage import Stage, stage, until

SETTLE_SECONDS = 10.0
READY_SECONDS, TAKEOVER_SECONDS = 5, 15
IDLE_MB, IDLE_PERCENT = 150, 1
PATIENCE_SECONDS = 60.0
# In the order of starting: the second consumer stands by.
SHARED_ROLES = ("consumer", "consumer, standing by", "worker", "api")
ALONE = "consumer,worker (memory)"


async def idle_roles(seconds: float) -> Table:
    """Each role on the shared queue, all on one project at once; then the daemon with the memory engine."""
    progress(f"each role, {seconds:g} s of nothing")
    async with stage() as at:
        shared = await _idle(at, {name: (name.split(",")[0], at.shared()) for name in SHARED_ROLES}, seconds)
        alone = await _idle(at, {ALONE: ("consumer,worker", {})}, seconds)
    return Table("idle, and from start to ready", [row for rows in (shared, alone) for row in rows])


async def _idle(
    at: Stage, processes: Mapping[str, tuple[str, Mapping[str, str]]], seconds: float
) -> list[dict[str, Any]]:
    async with AsyncExitStack() as stack:
        programs, started = {}, {}
        for name, (roles, settings) in processes.items():
            programs[name] = await stack.enter_async_context(at.aura(roles, **settings))
            started[name] = await programs[name].until_live()
        await asyncio.sleep(SETTLE_SECONDS)
        prints = {name: await stack.enter_async_context(watched(each, lag=False)) for name, each in programs.items()}
        await asyncio.sleep(seconds)
        await stack.aclose()
    return [row for name, idle in prints.items() for row in _rows(name, started[name], idle.peak_mb, idle.cpu_percent)]


def _rows(name: str, ready: float, megabytes: float, percent: float) -> list[dict[str, Any]]:
    return [
        figure(f"{name}: seconds until ready", ready, at_most=READY_SECONDS),
        figure(f"{name}: memory, MB", megabytes, at_most=IDLE_MB),
        figure(f"{name}: processor, % of a core", percent, at_most=IDLE_PERCENT),
    ]


async def taken_over(times: int) -> Table:
    """The worst of so many changes of hands, each of both kinds: from the end of one until the other provably hears."""
    progress(f"{times} consumer(s) stopped, {times} killed")
    async with stage() as at:
        stopped = [await _take_over(at, lambda program: program.process.terminate()) for _ in range(times)]
        killed = [await _take_over(at, lambda program: program.process.kill()) for _ in range(times)]
    rows = [
        figure("stopped (SIGTERM)", max(stopped), at_most=TAKEOVER_SECONDS),
        figure("killed (SIGKILL)", max(killed), at_most=TAKEOVER_SECONDS),
    ]
    return Table("seconds until another consumer hears", rows)


async def _take_over(at: Stage, end: Callable[[Program], None]) -> float:
    async with at.aura("consumer", **at.shared()) as first, at.aura("consumer", **at.shared()) as second:
        both = (first, second)
        await asyncio.gather(*(each.until_live() for each in both))
        await _until_hears(both)
        leader = first if await _hears(first) else second
        other = second if leader is first else first
        began = time.monotonic()
        end(leader)
        await _until_hears((other,))
        return time.monotonic() - began


async def _until_hears(programs: tuple[Program, ...]) -> None:
    async def holds() -> bool:
        return any([await _hears(each) for each in programs])

    if not await until(holds, seconds=PATIENCE_SECONDS):
        raise AuraError(f"No consumer heard within {PATIENCE_SECONDS:g} s.")


async def _hears(program: Program) -> bool:
    try:
        samples = await program.samples()
    except (aiohttp.ClientError, TimeoutError):
        return False
    return any(value == 1 for name, _, value in samples if name == "aura_subscription_live")
