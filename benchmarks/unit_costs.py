"""What one photo, one change and one second of nothing cost: requests, transactions, WAL, disk, processor time.

The figures that a capacity plan multiplies (docs/capacity.md). The same people do the same on two projects, one with
the daemon and one without: the difference is the backend's. The analyzer answers at once, so its own time is not in it.
Photos come at a rate that leaves everything idle in between. Processor time of the database is that of PostgreSQL and
PostgREST with all their processes; Realtime and Storage are the sandbox's own and left out.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any

import psutil

from benchmarks.programs import Program
from benchmarks.report import Report, Table, progress
from benchmarks.settling import settled
from benchmarks.stage import Stage, stage

PEOPLE = 20
TIMES, QUICK_TIMES = 200, 20
PACE_SECONDS = 0.2
IDLE_SECONDS, QUICK_IDLE_SECONDS = 60.0, 10.0
SETTLE_SECONDS = 120.0
# PostgreSQL's counters come from its processes when these have been idle for a second.
COUNTED_AFTER_SECONDS = 3.0
DATABASE = ("postgres", "postgrest")
_COUNTERS = """
  select (select xact_commit from pg_stat_database where datname = current_database()),
         pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::bigint, pg_database_size(current_database())"""
_PHOTO = "insert into clothing_items (user_id, name, image_url) values (%s, 'new', %s)"
_OUTFIT = "insert into combinations (user_id, name, is_public) values (%s, 'outfit', true)"
_LIKE = """
  insert into likes (user_id, combination_id)
  select %s, c.id from combinations c where not exists (
    select from likes l where l.user_id = %s and l.combination_id = c.id) order by random() limit 1"""

Act = Callable[[Stage, str], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Reading:
    """Counters at one moment: requests to PostgREST, commits, bytes of WAL and disk, processor seconds."""

    requests: float
    commits: int
    wal: int
    disk: int
    database_cpu: float
    daemon_cpu: float

    def cost(self, since: Reading, times: float) -> dict[str, float]:
        """What one of ``times`` cost since then."""
        return {
            "requests": round((self.requests - since.requests) / times, 2),
            "commits": round((self.commits - since.commits) / times, 2),
            "WAL kB": round((self.wal - since.wal) / 1000 / times, 2),
            "disk kB": round((self.disk - since.disk) / 1000 / times, 2),
            "database CPU ms": round(1000 * (self.database_cpu - since.database_cpu) / times, 2),
            "daemon CPU ms": round(1000 * (self.daemon_cpu - since.daemon_cpu) / times, 2),
        }


async def run(quick: bool) -> Report:
    """Both projects, one after the other."""
    times, idle = (QUICK_TIMES, QUICK_IDLE_SECONDS) if quick else (TIMES, IDLE_SECONDS)
    rows = [*await _measure("with the daemon", times, idle), *await _measure("without", times, idle)]
    parameters = {"times": times, "idle_seconds": idle, "people": PEOPLE}
    return Report("unit_costs", parameters, [Table("what one of each costs", rows)])


async def _measure(project: str, times: int, idle: float) -> list[dict[str, Any]]:
    progress(f"{project}: {times} of each, then {idle:g} s of nothing")
    async with AsyncExitStack() as stack:
        at = await stack.enter_async_context(stage())
        program = await stack.enter_async_context(at.program("aura")) if project == "with the daemon" else None
        people = await at.people(PEOPLE)
        for person in people:
            await at.execute(_OUTFIT, person)
        if program is not None:
            await program.until_live()
        rows = [
            {"one": name, "project": project, **await _cost_of(at, program, act, people, times)}
            for name, act in (("photo", _photo), ("like", _like))
        ]
        return [*rows, {"one": "idle second", "project": project, **await _idle(at, program, idle)}]


async def _photo(at: Stage, person: str) -> None:
    await at.execute(_PHOTO, person, at.photos.new_photo())


async def _like(at: Stage, person: str) -> None:
    await at.execute(_LIKE, person, person)


async def _cost_of(at: Stage, program: Program | None, act: Act, people: Sequence[str], times: int) -> dict[str, float]:
    """Everything that follows from an act included: tags written, style computed."""
    await _rest(at, program)
    before = await _read(at, program)
    for number in range(times):
        await act(at, people[number % len(people)])
        await asyncio.sleep(PACE_SECONDS)
    await _rest(at, program)
    return (await _read(at, program)).cost(before, times)


async def _idle(at: Stage, program: Program | None, seconds: float) -> dict[str, float]:
    await _rest(at, program)
    before, began = await _read(at, program), time.monotonic()
    await asyncio.sleep(seconds)
    return (await _read(at, program)).cost(before, time.monotonic() - began)


async def _rest(at: Stage, program: Program | None) -> None:
    if program is not None:
        await settled(at.untagged, "aura", SETTLE_SECONDS)
        await settled(at.marks, "aura", SETTLE_SECONDS)
    await asyncio.sleep(COUNTED_AFTER_SECONDS)


async def _read(at: Stage, program: Program | None) -> Reading:
    ((commits, wal, disk),) = await at.rows(_COUNTERS)
    samples = await program.samples() if program is not None else []
    requests = sum(value for name, _, value in samples if name == "aura_upstream_calls_total")
    daemon = _cpu([psutil.Process(program.process.pid)]) if program is not None else 0.0
    children = psutil.Process(at.sandbox.pid).children(recursive=True)
    database = _cpu([each for each in children if each.name() in DATABASE])
    return Reading(requests, commits, wal, disk, database, daemon)


def _cpu(processes: Sequence[psutil.Process]) -> float:
    """Seconds of these processes, and of those of their children that have ended."""
    spent = [each.cpu_times() for each in processes if each.is_running()]
    return float(sum(each.user + each.system + each.children_user + each.children_system for each in spent))
