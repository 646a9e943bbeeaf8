"""One analysis of an item at a time, wherever the others run.

A lease ends by itself, a little after the analyzer's own time-out, so a killed process blocks its item for
seconds only. It is taken while the photo is fetched and decoded, and extended before the analyzer is asked if that
took long; who does not hold it neither asks, nor writes, nor books a failure.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from uuid import uuid4

import structlog

from aura.errors import RetryAt, Transient
from handlers.services import Services

log = structlog.get_logger(__name__)
# Somebody else is at it: look again soon, they will most likely be done.
LOOK_AGAIN_SECONDS = 2.0


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
        self._taking: asyncio.Task[None] | None = None

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
        if self._taking is not None:
            await asyncio.shield(self._taking)  # who waits may be cancelled: others wait for it too
        await self._extend(seconds)

    async def _extend(self, seconds: float) -> None:
        margin = self._services.settings.analysis.lease_margin_seconds
        if self._until - time.monotonic() >= seconds + margin / 2 and self._taken_for == self._photo:
            return
        asked, photo = time.monotonic(), self._photo
        lease = await self._services.ledger.take_lease(self._item_id, photo, self._holder, seconds + margin)
        if not lease.taken:
            raise RetryAt("lease_held", "This item is being analysed already.", self._look_again(lease.expires_at))
        self._until, self._taken_for = asked + seconds + margin, photo

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
async def lease_on(item_id: str, photo: str, services: Services) -> AsyncIterator[HeldLease]:
    """A lease on an item that is being taken, for the analyzer's time-out and a margin; given back whatever happens.

    It is held once ``ensure`` has returned.
    """
    lease = HeldLease(item_id, photo, services)
    lease.begin(services.analyzer.timeout)
    try:
        yield lease
    finally:
        await lease.release()
