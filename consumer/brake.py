"""Slows all workers down together while the thing that they all need is away.

Without it, an outage of the database turns the whole queue into failing requests as fast as they can fail.
"""

from __future__ import annotations

import asyncio
import math
from random import Random

from consumer.backoff import full_jitter
from consumer.ports import Monotonic


class Brake:
    """Pauses that grow with each trip and end with the first success.

    ``trouble``: why it is on; None when off. ``tripped_at``: when somebody last failed of it.
    """

    def __init__(self, base: float, cap: float, clock: Monotonic, random: Random) -> None:
        self._base = base
        self._cap = cap
        self._clock = clock
        self._random = random
        self._trips = 0
        self._until = clock()
        self.trouble: str | None = None
        self.tripped_at = -math.inf

    def trip(self, trouble: str) -> None:
        """Somebody failed of it. Failures within one pause count once: they began before it."""
        self.trouble = trouble
        now = self.tripped_at = self._clock()
        if now >= self._until:
            pause = full_jitter(self._trips, base=self._base, cap=self._cap, random=self._random)
            self._until = now + self._base + pause
            self._trips += 1

    def release(self) -> None:
        """Somebody succeeded."""
        self.trouble = None
        self._trips = 0
        self._until = self._clock()

    async def wait(self) -> None:
        """Wait out the present pause; returns at once when there is none."""
        left = self._until - self._clock()
        if left > 0:
            await asyncio.sleep(left)
