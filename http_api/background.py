"""Work that outlives its request: kept, so that nothing collects it; told of, so that nothing fails unheard.

An analysis goes on after its caller got a 202 or a 504. asyncio keeps only weak references to tasks and reports a
failure when a task is collected, if ever; here each task is held until it ends, its failure is logged once, and a
shutdown waits for all of them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

import structlog

from aura.errors import AuraError
from http_api.problems import Problem

T = TypeVar("T")
log = structlog.get_logger(__name__)


class Background:
    """The tasks of one process that no request waits for any more."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[Any]] = set()
        self._draining = False

    def __len__(self) -> int:
        return len(self._tasks)

    def start(self, coro: Coroutine[Any, Any, T], name: str) -> asyncio.Task[T]:
        """Run a coroutine as a task that is kept until it ends.

        The caller may wait for the task (shielded, so that a request that is cut off does not end the work).

        Raises:
            Problem: ``shutting_down`` once ``drain`` was called; the coroutine is closed unstarted.
        """
        if self._draining:
            coro.close()
            raise Problem("shutting_down", "This server is going away; try again.", headers={"Retry-After": "1"})
        task = asyncio.create_task(coro, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        return task

    async def drain(self, seconds: float) -> None:
        """Take no further work; wait this long for what runs, then cancel the rest and wait until it has ended."""
        self._draining = True
        if not self._tasks:
            return
        _, late = await asyncio.wait(tuple(self._tasks), timeout=seconds)
        for task in late:
            log.warning("background_work_cut_off", task=task.get_name())
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        error = None if task.cancelled() else task.exception()
        if isinstance(error, AuraError):
            log.warning("background_work_failed", task=task.get_name(), error=str(error))
        elif error is not None:
            log.error("background_work_failed", task=task.get_name(), exc_info=error)
