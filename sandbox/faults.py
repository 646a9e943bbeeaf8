"""Breaks the sandbox on purpose and mends it again: the outages that the daemon must survive.

Each fault is the real thing: the database's process ends, the listener is closed, connections are
reset. A fault with a duration is in force when its call returns, and mends itself; `clear` mends
everything now. What concerns Realtime's own behaviour is done by the Realtime server.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Awaitable, Callable

from sandbox.broken_paths import BrokenPath, BrokenPaths, How
from sandbox.listener import Listener
from sandbox.postgres import PostgresServer
from sandbox.realtime import RealtimeServer
from sandbox.tokens import TokenVerifier


class Faults:
    """The sandbox's faults, and which of them are in force."""

    def __init__(
        self, listener: Listener, postgres: PostgresServer, realtime: RealtimeServer, verifier: TokenVerifier
    ) -> None:
        self.broken_paths = BrokenPaths()
        self.realtime = realtime
        self.mended = asyncio.Event()  # set and renewed by clear(): what hangs is let go
        self._listener = listener
        self._verifier = verifier
        self._postgres = postgres
        self._mending: dict[str, tuple[asyncio.Task[None], Callable[[], Awaitable[None]]]] = {}

    def active(self) -> list[str]:
        """The names of the faults that mend themselves later, and the broken paths."""
        now = asyncio.get_running_loop().time()
        paths = [f"break_path {fault.prefix} {fault.how}" for fault in self.broken_paths.active(now)]
        return [*self._mending, *self.realtime.faults.active(), *paths]

    async def refuse_connections(self, seconds: float) -> None:
        """Closes the port and resets what is connected; opens it after `seconds`."""
        await self._for("refuse_connections", seconds, self._listener.refuse, self._listener.accept)

    async def stop_postgres(self, seconds: float, *, crash: bool = False) -> None:
        """Ends the database's process (or kills it, to recover from its WAL) and starts it after `seconds`."""
        end = self._postgres.crash if crash else self._postgres.stop
        await self._for("stop_postgres", seconds, end, self._postgres.start)

    async def break_path(self, prefix: str, how: How, seconds: float) -> None:
        """Makes every request below a path fail for `seconds`."""
        until = asyncio.get_running_loop().time() + seconds
        self.broken_paths.add(BrokenPath(prefix, how, until))

    async def expire_tokens(self) -> None:
        """Every user's token issued until now counts as expired, on every path; done when a new one would be good.

        Tokens tell whole seconds, so that is when the next one begins.
        """
        now = time.time()
        self._verifier.expire_issued_until(now)
        await self.realtime.expire_tokens()
        await asyncio.sleep(max(0.0, math.floor(now) + 1.0 - time.time()))

    async def clear(self) -> None:
        """Mends everything at once; done when all that was stopped runs again."""
        self.broken_paths.clear()
        self._verifier.expire_issued_until(0)
        mended, self.mended = self.mended, asyncio.Event()
        mended.set()
        for name in list(self._mending):
            task, mend = self._mending.pop(name)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            await mend()
        await self.realtime.clear()

    async def close(self) -> None:
        """Forgets what was to be mended later: the sandbox ends."""
        tasks = [task for task, _ in self._mending.values()]
        self._mending.clear()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _for(
        self,
        name: str,
        seconds: float,
        begin: Callable[[], Awaitable[None]],
        mend: Callable[[], Awaitable[None]],
    ) -> None:
        previous = self._mending.pop(name, None)
        if previous is not None:
            previous[0].cancel()
        await begin()
        task = asyncio.create_task(self._mend_later(name, seconds, mend), name=f"mend {name}")
        self._mending[name] = (task, mend)

    async def _mend_later(self, name: str, seconds: float, mend: Callable[[], Awaitable[None]]) -> None:
        await asyncio.sleep(seconds)
        await mend()
        self._mending.pop(name, None)
