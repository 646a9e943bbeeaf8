"""The small buffer between the socket's reader and everything else.

The reader must never wait and never raise, so what does not fit is dropped, and the caller is told, who then has
the outstanding lists read. Canaries are let in even when it is full: they measure how long the way through it is.
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Generic, TypeVar

T = TypeVar("T")


class Inbox(Generic[T]):
    """At most ``size`` entries, and one reader."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._entries: deque[T] = deque()
        self._filled = asyncio.Event()

    def __len__(self) -> int:
        return len(self._entries)

    def put(self, entry: T, *, always: bool = False) -> bool:
        """Add an entry; False when it is full, unless it is one that goes in ``always``."""
        if len(self._entries) >= self._size and not always:
            return False
        self._entries.append(entry)
        self._filled.set()
        return True

    async def take(self, at_most: int) -> list[T]:
        """Wait for entries and take the oldest of them, ``at_most`` so many."""
        await self._filled.wait()
        taken = [self._entries.popleft() for _ in range(min(at_most, len(self._entries)))]
        if not self._entries:
            self._filled.clear()
        return taken
