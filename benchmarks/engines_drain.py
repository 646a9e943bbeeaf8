"""How long it takes until many outstanding items are tagged: rows that lay there when the processes started.

One daemon with the memory engine first, which is what the others are measured against: every worker of the shared queue
is a process of its own, and one consumer lists for all of them. Each contestant has a project of its own. Seconds count
from the first row that was tagged to the last; processor time is that of all processes, their start included.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from typing import Any

import psutil

from benchmarks.burst import import_rows
from benchmarks.programs import Program
from benchmarks.report import Table, progress
from benchmarks.settling import settled
from benchmarks.stage import Stage, stage

DRAIN_SECONDS = 1_800.0


async def drained(items: int, workers: Sequence[int]) -> Table:
    """The memory engine, and the shared one with so many workers."""
    alone = await _drain(items, 0)
    rows = [alone, *[await _drain(items, number) for number in workers]]
    for row in rows:
        row["against memory"] = round(row["items/s"] / alone["items/s"], 2)
    return Table(f"{items} outstanding items until all are tagged", rows)


async def _drain(items: int, workers: int) -> dict[str, Any]:
    engine = "procrastinate" if workers else "memory"
    progress(f"{items} outstanding items, {engine}, {workers or 1} worker(s)")
    async with stage() as at, AsyncExitStack() as stack:
        await import_rows(at, items)
        programs = [await stack.enter_async_context(each) for each in _programs(at, workers)]
        await settled(at.untagged, "aura", DRAIN_SECONDS)
        found = _figures(programs, sum(map(_cpu, programs)))
        return {"engine": engine, "workers": workers or 1, "left": await at.untagged(), **found}


def _programs(at: Stage, workers: int) -> list[AbstractAsyncContextManager[Program]]:
    if not workers:
        return [at.aura("consumer,worker")]
    return [at.aura("consumer", **at.shared()), *(at.aura("worker", **at.shared()) for _ in range(workers))]


def _figures(programs: Sequence[Program], cpu: float) -> dict[str, float]:
    journals = [program.journal for program in programs]
    moments = sorted(moment for journal in journals for moment in journal.written.values())
    analysed = sum((journal.analysed for journal in journals), Counter[str]())
    seconds = moments[-1] - moments[0]
    return {
        "seconds": round(seconds, 1),
        "items/s": round(len(moments) / seconds, 1),
        "analyses beyond one a photo": analysed.total() - len(analysed),
        "processor, ms an item": round(1000 * cpu / len(moments), 1),
    }


def _cpu(program: Program) -> float:
    spent = psutil.Process(program.process.pid).cpu_times()
    return float(spent.user + spent.system)
