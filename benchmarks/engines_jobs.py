"""How many pieces of trivial work each engine hands out in a second: the queue alone, nothing is done with them.

Eight takers in one process, distinct keys, all put in at once. Beside the memory engine an ``asyncio.Queue``, which
knows no keys, no priorities and no delays; beside procrastinate's engine its own worker on the same database, with a
task that does nothing.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from random import Random

from procrastinate import App, PsycopgConnector
from procrastinate.types import JSONDict

from aura.telemetry.metrics import Metrics
from benchmarks.report import Table, progress
from benchmarks.stage import stage
from consumer.engines.connections import SCHEMA, Connections
from consumer.engines.shared import SharedQueue
from consumer.queue import MemoryQueue, QueueClosed, WorkQueue
from handlers.work import Work

TAKERS = 8
WAIT_SECONDS = 300.0


async def jobs_a_second(jobs: int) -> Table:
    """Both engines, each beside what it is measured against."""
    progress(f"{jobs} jobs through each engine")
    async with stage() as at:
        db_url = at.sandbox.db_url
        rows = [
            _row("memory", jobs, await _through(MemoryQueue(jobs + 1), jobs), "asyncio.Queue", await _plain(jobs)),
            await _shared(db_url, jobs),
        ]
    return Table(f"jobs a second, {TAKERS} takers in one process", rows)


def _row(engine: str, jobs: int, seconds: float, beside: str, beside_seconds: float) -> dict[str, object]:
    return {
        "engine": engine,
        "jobs/s": round(jobs / seconds),
        "beside it": beside,
        "its jobs/s": round(jobs / beside_seconds),
    }


async def _shared(db_url: str, jobs: int) -> dict[str, object]:
    async with _running(db_url, jobs) as queue:
        seconds = await _through(queue, jobs)
    return _row("procrastinate", jobs, seconds, "procrastinate's worker", await _bare_worker(db_url, jobs))


@asynccontextmanager
async def _running(db_url: str, jobs: int) -> AsyncIterator[WorkQueue]:
    clock = asyncio.get_running_loop().time
    queue = SharedQueue(Connections(db_url), jobs + 1, Metrics(), clock=clock, random=Random(1))
    running = asyncio.create_task(queue.run())
    try:
        yield queue
    finally:
        running.cancel()
        await asyncio.wait([running])


async def _through(queue: WorkQueue, jobs: int) -> float:
    """Seconds from the first wish until the last piece of work is done."""
    done = asyncio.Event()
    left = jobs

    async def take() -> None:
        nonlocal left
        while True:
            claim = await queue.take()
            queue.done(claim)
            left -= 1
            if not left:
                done.set()

    async def work() -> None:
        for number in range(jobs):
            if not queue.add(Work("analyze_item", f"item-{number}", owner=f"user-{number % 50}")):
                raise QueueClosed
        await done.wait()

    return await _timed(work, take)


async def _plain(jobs: int) -> float:
    queue: asyncio.Queue[int] = asyncio.Queue()

    async def take() -> None:
        while True:
            await queue.get()
            queue.task_done()

    async def work() -> None:
        for number in range(jobs):
            queue.put_nowait(number)
        await queue.join()

    return await _timed(work, take)


async def _timed(work: Callable[[], Awaitable[None]], take: Callable[[], Awaitable[None]]) -> float:
    takers = [asyncio.ensure_future(take()) for _ in range(TAKERS)]
    began = time.perf_counter()
    try:
        async with asyncio.timeout(WAIT_SECONDS):
            await work()
        return time.perf_counter() - began
    finally:
        for taker in takers:
            taker.cancel()
        await asyncio.gather(*takers, return_exceptions=True)


async def _bare_worker(db_url: str, jobs: int) -> float:
    connector = PsycopgConnector(conninfo=db_url, kwargs={"options": f"-c search_path={SCHEMA}"}, max_size=TAKERS)
    app = App(connector=connector)

    @app.task(queue="benchmark", name="nothing")
    async def nothing(number: int) -> None:
        """Done."""

    async with app.open_async():
        began = time.perf_counter()
        calls: list[JSONDict] = [{"number": number} for number in range(jobs)]
        await nothing.batch_defer_async(*calls)
        await app.run_worker_async(
            queues=["benchmark"], concurrency=TAKERS, wait=False, install_signal_handlers=False, listen_notify=False
        )
        return time.perf_counter() - began
