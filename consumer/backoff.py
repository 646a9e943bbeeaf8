"""How long to wait before the next attempt: full jitter, so that many processes never return in step.

The formula is "full jitter" of the AWS Architecture Blog, "Exponential Backoff And Jitter" (2015):
``uniform(0, min(cap, base * 2**attempt))``. Randomness is passed in.
"""

from __future__ import annotations

from random import Random

# 2**32 half-seconds are longer than any cap: beyond it the exponent would only grow.
_MAX_EXPONENT = 32


def full_jitter(attempt: int, *, base: float, cap: float, random: Random) -> float:
    """Seconds to wait before retry number ``attempt`` (0 for the first)."""
    return random.uniform(0.0, min(cap, base * 2.0 ** min(attempt, _MAX_EXPONENT)))


class Backoff:
    """The delays between attempts that follow each other.

    It starts over after an attempt that was healthy for ``healthy_after`` seconds, and never waits less than
    ``cap`` after the server asked for fewer attempts.
    """

    def __init__(self, *, base: float, cap: float, healthy_after: float, random: Random) -> None:
        self._base = base
        self._cap = cap
        self._healthy_after = healthy_after
        self._random = random
        self.attempts = 0

    def delay_after(self, healthy_for: float, *, rate_limited: bool = False) -> float:
        """Seconds until the next attempt, after one that was healthy for ``healthy_for`` seconds."""
        if healthy_for >= self._healthy_after:
            self.attempts = 0
        delay = full_jitter(self.attempts, base=self._base, cap=self._cap, random=self._random)
        self.attempts += 1
        return self._cap + delay if rate_limited else delay
