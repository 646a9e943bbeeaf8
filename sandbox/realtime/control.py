"""The server's second connection to the database: for questions that are no poll.

Opened when first needed and again after it broke, so that nobody has to look after it.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import psycopg

from sandbox.realtime.catalog import Connection
from sandbox.realtime.slot import connect

APPLICATION_NAME = "realtime_subscription_manager"


class Control:
    """One connection, lent to one caller at a time."""

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn
        self._lock = asyncio.Lock()
        self._connection: Connection | None = None
        self._answered_at = float("-inf")

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Connection]:
        """The connection. Raises psycopg.OperationalError when the database cannot be reached."""
        async with self._lock:
            if self._connection is None or self._connection.closed:
                self._connection = await connect(self._dsn, APPLICATION_NAME)
            try:
                yield self._connection
            except psycopg.OperationalError:
                await self._connection.close()
                raise
            self._answered_at = time.monotonic()

    async def reachable(self, trust: float) -> bool:
        """Whether the database answered within the last `trust` seconds, or does so now."""
        if time.monotonic() - self._answered_at < trust:
            return True
        for _ in range(2):  # a connection that broke unnoticed fails once
            try:
                async with self.connection() as connection:
                    await connection.execute("select 1")
            except psycopg.OperationalError:
                continue
            else:
                return True
        return False

    async def close(self) -> None:
        """Ends the connection."""
        async with self._lock:
            if self._connection is not None:
                await self._connection.close()
                self._connection = None
