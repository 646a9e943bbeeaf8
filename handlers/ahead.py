"""Begins what will be needed before it is known that it will be, so that two waits become one.

A photo is fetched while the lease on its item is taken, its answer is looked for while it is decoded. What was begun
in vain costs a request, and only where two runs meet or a photo cannot be read.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Coroutine
from contextlib import asynccontextmanager
from typing import Any, TypeVar

T = TypeVar("T")


@asynccontextmanager
async def ahead(work: Coroutine[Any, Any, T]) -> AsyncIterator[Awaitable[T]]:
    """``work``, under way: to be awaited inside the block (it raises there), given up at its end."""
    task = asyncio.create_task(work)
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
