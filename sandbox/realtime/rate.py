"""An average over the last minute, looked at every few seconds: how the real server limits rates.

It is neither a token bucket nor a sliding window: counts are put into buckets of one tick, and only
at a tick is the average of the kept buckets compared with the limit. A burst is therefore let
through whole, and the silence comes afterwards, until its bucket has left the window.
"""

from __future__ import annotations

from collections import deque


class RateCounter:
    """Counts events; `triggered` tells whether the limit was exceeded when last looked at."""

    def __init__(self, limit: float, tick_seconds: float, buckets: int) -> None:
        self.limit = limit
        self.triggered = False
        self._tick_seconds = tick_seconds
        self._kept: deque[int] = deque(maxlen=buckets)
        self._current = 0

    def add(self, count: int = 1) -> None:
        """Counts events into the current bucket."""
        self._current += count

    def tick(self) -> None:
        """Closes the bucket and looks at the average, in events per second."""
        self._kept.append(self._current)
        self._current = 0
        self.triggered = self.average > self.limit

    @property
    def average(self) -> float:
        """Events per second over the closed buckets."""
        if not self._kept:
            return 0.0
        return sum(self._kept) / (len(self._kept) * self._tick_seconds)
