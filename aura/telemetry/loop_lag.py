"""Event-loop lag: how late the loop turns, and so how late everything else is.

Something that blocks the loop for a second delays every heartbeat, canary and answer by a second, and no
other metric says why.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable

from aura.telemetry.metrics import Metrics

INTERVAL = 0.1
WINDOW = 60.0


class LoopLag:
    """Measures the loop every ``INTERVAL`` seconds; ``worst`` is the largest lag of the last minute."""

    def __init__(self, metrics: Metrics, clock: Callable[[], float]) -> None:
        self._metrics = metrics
        self._clock = clock
        self._recent: deque[tuple[float, float]] = deque()
        self.last_turn = clock()

    @property
    def worst(self) -> float:
        """Seconds; 0.0 before the first measurement."""
        return max((lag for _, lag in self._recent), default=0.0)

    async def run(self) -> None:
        """Measure until cancelled."""
        while True:
            due = self._clock() + INTERVAL
            await asyncio.sleep(INTERVAL)
            self.observe(self._clock(), due)

    def observe(self, now: float, due: float) -> None:
        """One turn of the loop that was due at ``due`` and came at ``now`` (seconds, monotonic)."""
        lag = max(0.0, now - due)
        self.last_turn = now
        while self._recent and self._recent[0][0] < now - WINDOW:
            self._recent.popleft()
        self._recent.append((now, lag))
        self._metrics.loop_lag.observe(lag)
        self._metrics.loop_lag_max.set(self.worst)
