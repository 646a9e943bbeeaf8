"""What waits to be written to one socket, in order, with the gate that a failed join closes.

Writing is a task of its own, so that the feed never waits for a slow reader; a reader that lets
more pile up than the real server's process may hold is cut off.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from aiohttp import web

WRITES_PER_TURN = 50


class Outbox:
    """The frames of one socket on their way out; `overflow` is called when too much waits."""

    def __init__(self, socket: web.WebSocketResponse, max_bytes: int, overflow: Callable[[], None]) -> None:
        self._socket = socket
        self._max_bytes = max_bytes
        self._overflow = overflow
        self._waiting: deque[str] = deque()
        self._bytes = 0
        self._filled = asyncio.Event()
        self._gate = asyncio.Event()
        self._gate.set()
        self._empty = asyncio.Event()
        self._empty.set()

    def put(self, text: str) -> None:
        """Puts a frame in line."""
        self._waiting.append(text)
        self._bytes += len(text)
        self._empty.clear()
        self._filled.set()
        if self._bytes > self._max_bytes:
            self._overflow()

    async def write(self) -> None:
        """Writes until cancelled or the connection is gone."""
        try:
            while True:
                await self._filled.wait()
                await self._gate.wait()
                await self._write_some()
        except ConnectionError:
            self._empty.set()  # nobody need wait any more

    async def _write_some(self) -> None:
        for _ in range(min(WRITES_PER_TURN, len(self._waiting))):
            text = self._waiting.popleft()
            self._bytes -= len(text)
            await self._socket.send_str(text)
        if not self._waiting:
            self._filled.clear()
            self._empty.set()

    async def drained(self) -> None:
        """Returns when all that was put so far is written."""
        await self._empty.wait()

    @asynccontextmanager
    async def standstill(self) -> AsyncIterator[None]:
        """Nothing is written meanwhile: the real socket's only process is asleep."""
        self._gate.clear()
        try:
            yield
        finally:
            self._gate.set()
