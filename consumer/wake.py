"""Passes hints on through the database, from a process that hears of changes and has no consumer to tell.

A hint becomes one word, "something changed", for whichever daemons there are; they list what is outstanding. Many
hints become one word a second, and every hint is followed by a word that was said after it. While the database is away
it is tried again and again: nothing would be gained by forgetting, and the daemons poll anyway.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Mapping
from contextlib import suppress
from random import Random
from types import TracebackType
from typing import Any, Self

import structlog

from aura.errors import AuraError
from consumer.backoff import full_jitter
from consumer.ports import WakeLedger

log = structlog.get_logger(__name__)

# A little more than the second within which aura_wake() writes once.
REST_SECONDS = 1.1
RETRY_BASE_SECONDS, RETRY_CAP_SECONDS = 1.0, 15.0
LAST_WORD_SECONDS = 2.0


class WakeHints:
    """``handlers.roles.Hints`` for a process without a consumer; runs between entering and leaving it."""

    def __init__(self, ledger: WakeLedger, random: Random | None = None) -> None:
        self._ledger = ledger
        self._random = random or Random()  # noqa: S311 - jitter, not secrecy
        self._wanted = asyncio.Event()
        self._settled = asyncio.Event()
        self._settled.set()
        self._task: asyncio.Task[None] | None = None
        self._failing = False

    async def offer(self, change: Mapping[str, Any]) -> None:
        """Have the daemons woken; returns at once."""
        self._settled.clear()
        self._wanted.set()

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._run(), name="wake")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(LAST_WORD_SECONDS):
                await self._settled.wait()
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])

    async def _run(self) -> None:
        while True:
            await self._wanted.wait()
            self._wanted.clear()  # whatever is offered from now on gets a word of its own
            await self._wake()
            if not self._wanted.is_set():
                self._settled.set()
            await asyncio.sleep(REST_SECONDS)

    async def _wake(self) -> None:
        for attempt in itertools.count():
            try:
                await self._say()
            except AuraError as error:
                self._note(error)
            else:
                self._note(None)
                return
            pause = full_jitter(attempt, base=RETRY_BASE_SECONDS, cap=RETRY_CAP_SECONDS, random=self._random)
            await asyncio.sleep(pause)

    async def _say(self) -> None:
        """Refused twice, a second apart, somebody else said it in between, and so after the hint."""
        if not await self._ledger.wake():
            await asyncio.sleep(REST_SECONDS)
            await self._ledger.wake()

    def _note(self, trouble: AuraError | None) -> None:
        if trouble is not None and not self._failing:
            log.warning("wake_failed", reason=str(trouble))
        self._failing = trouble is not None
