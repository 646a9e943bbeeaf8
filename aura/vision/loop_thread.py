"""An event loop in a thread of its own, for an async library that computes more than a shared loop can bear.

google-genai spends some 8 ms of CPU on building each request, which would hold up everything else that
lives on the daemon's loop. Here the waiting stays asynchronous on both sides, and cancellation goes through.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


class LoopThread:
    """Runs coroutines on its own event loop; started with the first one, ended by ``aclose``."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._lock = threading.Lock()
        self._running: tuple[asyncio.AbstractEventLoop, threading.Thread] | None = None

    async def run(self, work: Coroutine[Any, Any, T]) -> T:
        """The result of ``work``, computed on the other loop; cancelled there if cancelled here."""
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work, self._started()))

    async def aclose(self) -> None:
        """Ends loop and thread; what still runs on it is cancelled first."""
        if self._running is None:
            return
        loop, thread = self._running
        await self.run(_cancel_others())
        loop.call_soon_threadsafe(loop.stop)
        await asyncio.to_thread(thread.join)
        loop.close()
        self._running = None

    def _started(self) -> asyncio.AbstractEventLoop:
        with self._lock:
            if self._running is None:
                loop = asyncio.new_event_loop()
                thread = threading.Thread(target=loop.run_forever, name=self._name, daemon=True)
                thread.start()
                self._running = loop, thread
            return self._running[0]


async def _cancel_others() -> None:
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
