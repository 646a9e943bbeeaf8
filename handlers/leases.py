"""One analysis of an item at a time, wherever the others run.

A lease ends by itself, a little after the analyzer's own time-out, so a killed process blocks its item for
seconds only. It is taken while the photo is fetched and decoded, or together with the look for known answers, and
extended before the analyzer is asked if that took long; who does not hold it neither asks, nor writes, nor books a
failure.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import structlog

from aura.errors import RetryAt, Transient
from aura.gateway.work_rows import Lease
from handlers.services import Services

log = structlog.get_logger(__name__)
# Somebody else is at it: look again soon, they will most likely be done.
LOOK_AGAIN_SECONDS = 2.0
Known = Mapping[str, Mapping[str, Any]]


class HeldLease:
    """A lease that this run holds."""

    def __init__(self, item_id: str, photo: str, services: Services) -> None:
        self._item_id = item_id
        self._photo = photo
        self._services = services
        # Not the process's name alone: a route and the queue of one process must exclude each other too.
        self._holder = f"{services.holder}:{uuid4().hex[:8]}"
        self._until = -math.inf
        self._taken_for: str | None = None
        self._taking: asyncio.Task[Any] | None = None  # outlives who waits for it: others do too, and the release

    def begin(self, seconds: float) -> None:
        """Have it taken for ``seconds`` while other things are done."""
        self._taking = asyncio.create_task(self._extend(seconds))

    def turn_to(self, photo: str) -> None:
        """The item has another photo than was thought: the lease is to say so."""
        self._photo = photo

    async def ensure(self, seconds: float) -> None:
        """Make sure that the lease lasts for ``seconds`` and some margin to write the answer.

        Raises:
            RetryAt: ``lease_held``: somebody else has it.
        """
        await self._taken()
        await self._extend(seconds)

    async def open(self, seconds: float, content_hash: str, versions: Collection[str]) -> Known:
        """Make sure of the lease as ``ensure`` does, and look for what analyzers of these ``versions`` said about these
        bytes before, by version: with the lease, so that whoever had it before has kept their answer.

        Raises:
            RetryAt: ``lease_held``: somebody else has it.
        """
        await self._taken()
        opening = asyncio.create_task(self._open(seconds, content_hash, versions))
        self._taking = opening
        return await asyncio.shield(opening)

    async def _open(self, seconds: float, content_hash: str, versions: Collection[str]) -> Known:
        asked, photo, lasts = time.monotonic(), self._photo, seconds + self._margin
        lease, known = await self._services.ledger.open_analysis(
            self._item_id, photo, self._holder, lasts, content_hash=content_hash, versions=versions
        )
        self._note(lease, asked + lasts, photo)
        return known

    async def _taken(self) -> None:
        if self._taking is not None:
            await asyncio.shield(self._taking)

    async def _extend(self, seconds: float) -> None:
        margin = self._margin
        if self._until - time.monotonic() >= seconds + margin / 2 and self._taken_for == self._photo:
            return
        asked, photo, lasts = time.monotonic(), self._photo, seconds + margin
        lease = await self._services.ledger.take_lease(self._item_id, photo, self._holder, lasts)
        self._note(lease, asked + lasts, photo)

    def _note(self, lease: Lease, until: float, photo: str) -> None:
        if not lease.taken:
            raise RetryAt("lease_held", "This item is being analysed already.", self._look_again(lease.expires_at))
        self._until, self._taken_for = until, photo

    @property
    def _margin(self) -> float:
        return self._services.settings.analysis.lease_margin_seconds

    def _look_again(self, expires_at: datetime) -> datetime:
        return min(expires_at, self._services.clock() + timedelta(seconds=LOOK_AGAIN_SECONDS))

    async def release(self) -> None:
        """Give the lease back, and with it what the row now shows as settled: its failure and its admission.

        If the database is away the lease ends by itself.
        """
        if self._taking is not None:
            await asyncio.gather(self._taking, return_exceptions=True)
        if self._until == -math.inf:
            return
        try:
            await self._services.ledger.release_lease(self._item_id, self._holder)
        except Transient as error:
            log.info("lease_not_released", item=self._item_id, code=error.code)


@asynccontextmanager
async def lease_on(item_id: str, photo: str, services: Services, *, at_once: bool) -> AsyncIterator[HeldLease]:
    """A lease on an item, given back whatever happens. It is held once ``ensure`` or ``open`` has returned.

    Args:
        at_once: begin to take it now, for the analyzer's time-out and a margin.
    """
    lease = HeldLease(item_id, photo, services)
    if at_once:
        lease.begin(services.analyzer.timeout)
    try:
        yield lease
    finally:
        await lease.release()
