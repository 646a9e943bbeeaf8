"""Keeps work that would hold up the event loop off it, and refuses more than can be done in time.

One bounded pool for the whole API: outfits, moderation and images share its threads. What it promises: the event
loop never computes, at most ``waiting`` pieces wait, and who comes beyond that hears at once that it is too much,
instead of waiting in a queue that only grows.
"""

from __future__ import annotations

import asyncio
import contextvars
import functools
import threading
from collections.abc import Awaitable, Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar, TypeVarTuple, Unpack

from aura.telemetry.metrics import Metrics
from http_api.problems import Problem

T = TypeVar("T")
Arguments = TypeVarTuple("Arguments")
RETRY_AFTER_SECONDS = 1


class CpuPool:
    """Runs functions in ``workers`` threads; at most ``waiting`` further ones wait for a thread."""

    def __init__(self, workers: int, waiting: int, metrics: Metrics | None = None) -> None:
        self._executor = ThreadPoolExecutor(workers, thread_name_prefix="api-cpu")
        self._workers = workers
        self._room = workers + waiting
        self._metrics = metrics
        self._present = 0
        self._turns = asyncio.Semaphore(workers + 1)
        self._places = workers + 1 + waiting
        self._lined_up = 0
        self._lock = threading.Lock()  # pieces end in their threads, and may outlive the event loop
        self._closed = False

    @property
    def waiting(self) -> int:
        """Pieces of work that wait for a thread, or for their turn."""
        return max(0, self._present - self._workers) + max(0, self._lined_up - self._workers - 1)

    async def run(self, function: Callable[[Unpack[Arguments]], T], *args: *Arguments) -> T:
        """What ``function(*args)`` returns, computed in a thread with the caller's context variables.

        A caller that is cancelled takes back a piece that still waits; one that already runs goes on to its end and
        keeps its thread for so long.

        Raises:
            Problem: ``overloaded`` when as many pieces wait as may; ``shutting_down`` after ``close``.
        """
        self._enter()
        work = functools.partial(contextvars.copy_context().run, function, *args)
        try:
            future = self._executor.submit(work)
        except RuntimeError:
            self._leave()
            raise _shutting_down() from None
        future.add_done_callback(self._leave)
        return await asyncio.wrap_future(future)

    async def in_turn(self, work: Callable[[], Awaitable[T]]) -> T:
        """What ``work()`` returns, which reads much before it computes here, one thread's worth at a time.

        Sending queries and taking their answers holds the event loop for milliseconds each. If twenty began at once,
        the loop would do that for all of them in one go and then wait for the threads; so one more reads than there
        are threads to compute, and nobody's answer comes later.

        Raises:
            Problem: ``overloaded`` when as many wait for their turn as may; ``shutting_down`` after ``close``.
        """
        if self._closed:
            raise _shutting_down()
        if self._lined_up >= self._places:
            raise _overloaded()
        self._line_up(1)
        try:
            async with self._turns:
                return await work()
        finally:
            self._line_up(-1)

    def close(self) -> None:
        """Take no further work and drop what waits; what runs ends by itself."""
        self._closed = True
        self._executor.shutdown(wait=False, cancel_futures=True)

    def _line_up(self, more: int) -> None:
        self._lined_up += more
        self._tell()

    def _enter(self) -> None:
        if self._closed:
            raise _shutting_down()
        with self._lock:
            if self._present >= self._room:
                raise _overloaded()
            self._present += 1
        self._tell()

    def _leave(self, _future: Future[Any] | None = None) -> None:
        with self._lock:
            self._present -= 1
        self._tell()

    def _tell(self) -> None:
        if self._metrics is not None:
            self._metrics.api_pool_waiting.set(self.waiting)


def _overloaded() -> Problem:
    headers = {"Retry-After": str(RETRY_AFTER_SECONDS)}
    return Problem("overloaded", "There is too much to compute just now; try again in a moment.", headers=headers)


def _shutting_down() -> Problem:
    return Problem("shutting_down", "This server is going away; try again.", headers={"Retry-After": "1"})
