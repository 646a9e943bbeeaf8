"""Writes the canary: one row, beaten at intervals, whose return over Realtime proves that changes are heard.

Beats that cannot be written are reported as such: then the database is out of reach, and no silence of Realtime
can be held against the subscription.
"""

from __future__ import annotations

import asyncio
from random import Random
from typing import Protocol

import structlog

from aura.errors import AuraError
from consumer.ports import CanaryLedger, Monotonic

log = structlog.get_logger(__name__)


class Proving(Protocol):
    """Who waits for canaries (``supervisor.Supervisor``)."""

    @property
    def unproved(self) -> bool:
        """Whether somebody waits for a proof, so that beats should come quicker."""
        ...

    def canary_written(self, beat: int, written_at: float) -> None:
        """A beat is in the database; its write began at ``written_at``."""
        ...

    def canary_unwritten(self) -> None:
        """A beat could not be written."""
        ...


class Canary:
    """Beats for ever, every ``interval`` seconds, and every ``hurry`` seconds while there is something to prove.

    ``trouble`` is what the last beat failed of; None when it was written.
    """

    def __init__(
        self, ledger: CanaryLedger, canary_id: str, *, interval: float, hurry: float, clock: Monotonic, random: Random
    ) -> None:
        self._ledger = ledger
        self._id = canary_id
        self._interval = interval
        self._hurry = min(hurry, interval)
        self._clock = clock
        self._random = random
        self._wanted = asyncio.Event()
        self.trouble: AuraError | None = None

    def beat_now(self) -> None:
        """Do not wait for the next beat."""
        self._wanted.set()

    async def run(self, proving: Proving) -> None:
        """Beat until cancelled."""
        while True:
            self._wanted.clear()
            await self._beat(proving)
            await self._rest(self._hurry if proving.unproved or self.trouble else self._interval)

    async def _beat(self, proving: Proving) -> None:
        began = self._clock()
        try:
            beat = await self._ledger.beat(self._id)
        except AuraError as error:
            self._note(error)
            proving.canary_unwritten()
        else:
            self._note(None)
            proving.canary_written(beat, began)

    def _note(self, trouble: AuraError | None) -> None:
        if trouble is not None and self.trouble is None:
            log.warning("canary_unwritten", reason=str(trouble))
        elif trouble is None and self.trouble is not None:
            log.info("canary_written_again")
        self.trouble = trouble

    async def _rest(self, seconds: float) -> None:
        """Up to a tenth less than ``seconds``, so that processes started together drift apart."""
        try:
            async with asyncio.timeout(seconds * self._random.uniform(0.9, 1.0)):
                await self._wanted.wait()
        except TimeoutError:
            pass
