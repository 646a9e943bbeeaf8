"""Runs what belongs together: where one part ends, the others do."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable


async def run_together(*parts: Callable[[], Awaitable[None]]) -> None:
    """Run until one of them ends, or this is cancelled; then end the others one after another, the first given first.

    Raises:
        Exception: what the part that ended raised.
    """
    tasks = [asyncio.create_task(_run(part)) for part in parts]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
            await asyncio.wait([task])
    for task in tasks:
        if not task.cancelled():
            task.result()


async def _run(part: Callable[[], Awaitable[None]]) -> None:
    await part()
