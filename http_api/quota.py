"""What is left of a rate limit, computed from the two windows that a sliding-window counter keeps. Pure.

The previous window counts by the share of it that still lies within the last ``width`` seconds; that is exact when
its requests came evenly and off by little otherwise, at two numbers a key instead of one for each request. The
storages of the library ``limits`` round the weighted count down, and so does this module: an answer must never
promise more or less than the next request will find.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

# Clocks of the storage and of this process tick apart by less than this.
_TICK_SECONDS = 0.001


@dataclass(frozen=True, slots=True)
class Window:
    """Two neighbouring windows of ``width`` seconds: their counts, and the seconds left of the present one."""

    width: int
    previous: int
    current: int
    left: float

    def weighted(self, after: float = 0.0) -> int:
        """Requests that count ``after`` seconds from now, if none comes meanwhile and the window lasts so long."""
        return math.floor(self.previous * max(0.0, self.left - after) / self.width) + self.current


@dataclass(frozen=True, slots=True)
class Quota:
    """The answer to one hit.

    ``remaining`` requests are still allowed now; ``reset_seconds`` (whole, at least 1) until more are: after a
    refusal until the next one is, else until the present window ends.
    """

    allowed: bool
    limit: int
    remaining: int
    reset_seconds: int
    window_seconds: int

    def headers(self) -> dict[str, str]:
        """The fields of draft-ietf-httpapi-ratelimit-headers-06; ``Retry-After`` where the hit was refused."""
        fields = {
            "RateLimit-Limit": str(self.limit),
            "RateLimit-Remaining": str(self.remaining),
            "RateLimit-Reset": str(self.reset_seconds),
            "RateLimit-Policy": f"{self.limit};w={self.window_seconds}",
        }
        return fields if self.allowed else {**fields, "Retry-After": str(self.reset_seconds)}


def quota(allowed: bool, limit: int, window: Window) -> Quota:
    """The quota that a hit left behind; ``window`` is what the storage held after it."""
    wait = window.left if allowed else seconds_until_room(limit, window)
    remaining = max(0, limit - window.weighted()) if allowed else 0
    return Quota(allowed, limit, remaining, max(1, math.ceil(wait + _TICK_SECONDS)), window.width)


def seconds_until_room(limit: int, window: Window) -> float:
    """Seconds until one more request is allowed, if none is made meanwhile."""
    if window.weighted() < limit:
        return 0.0
    if window.current < limit:
        return window.left - (limit - window.current) * window.width / window.previous
    return window.left + window.width * (1.0 - limit / window.current)
