"""Waits until a contestant is done: nothing is left, or it does nothing about what is left."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

from benchmarks.stage import Contestant

# The bare consumer is given up on when it has done nothing for so long; Realtime is silent for 60 s at most.
PATIENCE_SECONDS = 75.0
LOOK_SECONDS = 0.2


async def settled(
    left: Callable[[], Awaitable[int]], contestant: Contestant, seconds: float, patience: float = PATIENCE_SECONDS
) -> float | None:
    """When (monotonic) nothing was left; None if that was not within ``seconds``, or will not come."""
    deadline = time.monotonic() + seconds
    before, changed_at = -1, time.monotonic()
    while (now := time.monotonic()) < deadline:
        count = await left()
        if count == 0:
            return now
        if count != before:
            before, changed_at = count, now
        if contestant == "bare" and now - changed_at > patience:
            return None
        await asyncio.sleep(LOOK_SECONDS)
    return None
