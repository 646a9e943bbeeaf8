"""Connections of the sandbox's own services, which live through the database's outages.

Idle services hold no connection. One that died with the database is noticed before it is handed
out, and a caller waits a bounded time for a new one.
"""

from __future__ import annotations

from typing import Any, TypeAlias

from psycopg import AsyncConnection
from psycopg.rows import DictRow, dict_row
from psycopg_pool import AsyncConnectionPool

MAX_CONNECTIONS = 6
WAIT_SECONDS = 5.0
RECONNECT_SECONDS = 1.0  # then the attempt ends; the next caller starts a new one

Pool: TypeAlias = AsyncConnectionPool[AsyncConnection[DictRow]]


def service_pool(dsn: str, name: str) -> Pool:
    """A closed pool of dictionary-row connections; open it in a running loop."""
    settings: dict[str, Any] = {"row_factory": dict_row}
    return AsyncConnectionPool(
        dsn,
        kwargs=settings,
        name=name,
        min_size=0,
        max_size=MAX_CONNECTIONS,
        timeout=WAIT_SECONDS,
        reconnect_timeout=RECONNECT_SECONDS,
        check=AsyncConnectionPool.check_connection,
        open=False,
    )
