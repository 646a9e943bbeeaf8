"""The queue's two engines, and what a fleet of processes costs and does.

Jobs a second of each engine alone, beside an ``asyncio.Queue`` and procrastinate's own worker; 10,000 outstanding items
drained by one daemon with the memory engine and by 1, 2 and 4 workers that share a queue; each role idle, its start,
and how long nobody hears when the consumer that does is stopped or killed.
"""

from __future__ import annotations

from benchmarks.engines_drain import drained
from benchmarks.engines_jobs import jobs_a_second
from benchmarks.engines_roles import idle_roles, taken_over
from benchmarks.report import Report

JOBS, QUICK_JOBS = 4_000, 400
ITEMS, QUICK_ITEMS = 10_000, 300
WORKERS, QUICK_WORKERS = (1, 2, 4), (1, 2)
IDLE_SECONDS, QUICK_SECONDS = 60.0, 10.0
TAKEOVERS, QUICK_TAKEOVERS = 5, 1


async def run(quick: bool) -> Report:
    """All of it, one after the other."""
    jobs, items = (QUICK_JOBS, QUICK_ITEMS) if quick else (JOBS, ITEMS)
    seconds, takeovers = (QUICK_SECONDS, QUICK_TAKEOVERS) if quick else (IDLE_SECONDS, TAKEOVERS)
    tables = [
        await jobs_a_second(jobs),
        await drained(items, QUICK_WORKERS if quick else WORKERS),
        await idle_roles(seconds),
        await taken_over(takeovers),
    ]
    return Report("engines", {"jobs": jobs, "items": items, "idle_seconds": seconds}, tables)
