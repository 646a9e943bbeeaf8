"""One deadline that is moved with every request, at the price of hardly any timers.

A connection's deadline changes several times per request and is almost never reached. A timer for each change would
leave the event loop's heap full of cancelled ones; here a timer that fires too early just looks again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from math import inf


class Deadline:
    """Calls ``due`` when the time that was last set has passed."""

    __slots__ = ("_at", "_due", "_loop", "_timer")

    def __init__(self, loop: asyncio.AbstractEventLoop, due: Callable[[], None]) -> None:
        self._loop = loop
        self._due = due
        self._at = inf
        self._timer: asyncio.TimerHandle | None = None

    def set(self, seconds: float) -> None:
        """Be due in so many seconds, whatever was set before."""
        self._at = self._loop.time() + seconds
        if self._timer is None or self._timer.when() > self._at:
            self._start_timer()

    def clear(self) -> None:
        """Nothing is due."""
        self._at = inf

    def close(self) -> None:
        """Nothing will be due any more."""
        self._at = inf
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _start_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._loop.call_at(self._at, self._look)

    def _look(self) -> None:
        self._timer = None
        if self._at == inf:
            return
        if self._loop.time() < self._at:
            self._start_timer()
        else:
            self._at = inf
            self._due()
