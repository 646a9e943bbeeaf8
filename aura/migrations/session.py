"""One session with the project's database, held alone by this migration.

A migration needs a session that is really its own: the advisory lock and CREATE INDEX CONCURRENTLY do not live
through a pooler that hands out a connection per transaction, so that one is refused before anything is done.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, TypeAlias

import psycopg
from psycopg import conninfo

from aura.errors import AuraError, ConfigurationError

Connection: TypeAlias = psycopg.AsyncConnection[tuple[Any, ...]]
Say: TypeAlias = Callable[[str], None]

CONNECT_SECONDS = 10
LOCK_WAIT_SECONDS = 600.0
LOCK_POLL_SECONDS = 0.25
ADVISORY_LOCK = int.from_bytes(b"aura-mig", "big")
_TRANSACTION_POOLER = "6543"
_WHERE = "Find it in the dashboard under Connect: the direct connection or the session pooler, both on port 5432."


@asynccontextmanager
async def exclusive_session(db_url: str | None, say: Say) -> AsyncIterator[Connection]:
    """An autocommit connection that holds the migrations' advisory lock.

    Raises ConfigurationError when ``db_url`` is missing, malformed, a transaction pooler or unreachable, and
    AuraError when the database refuses or another migration has not finished after ten minutes.
    """
    connection = await open_session(db_url, "aura migrate")
    try:
        async with connection:
            await connection.execute("set statement_timeout = 0")
            await connection.execute("set lock_timeout = '500ms'")
            await _lock(connection, say)
            yield connection
    except psycopg.Error as error:
        raise AuraError(f"The database of SUPABASE_DB_URL refused: {reason(error)}") from error


async def open_session(db_url: str | None, name: str) -> Connection:
    """An autocommit connection; ``name`` is what ``pg_stat_activity`` shows. Raises ConfigurationError as above."""
    return await _connect(checked_url(db_url, "cannot migrate"), name)


def reason(error: psycopg.Error) -> str:
    """The server's message and hint in one line; never its detail, which may hold a row."""
    message = error.diag.message_primary or (str(error).strip() or "the connection was lost").splitlines()[0]
    return f"{message} {error.diag.message_hint}" if error.diag.message_hint else message


def checked_url(db_url: str | None, misfit: str) -> dict[str, Any]:
    """The parts of SUPABASE_DB_URL, by libpq's names. ``misfit``: what the transaction pooler is no good for.

    Raises:
        ConfigurationError: it is missing, malformed or the transaction pooler.
    """
    if not db_url:
        raise ConfigurationError(f"SUPABASE_DB_URL is not set. {_WHERE}")
    try:
        parts = conninfo.conninfo_to_dict(db_url)
    except psycopg.ProgrammingError:  # its text would repeat the password
        raise ConfigurationError(
            "SUPABASE_DB_URL is not a PostgreSQL URL, like postgresql://postgres:PASSWORD@HOST:5432/postgres "
            "(special characters in the password must be percent-encoded)."
        ) from None
    if _TRANSACTION_POOLER in str(parts.get("port", "")).split(","):
        raise ConfigurationError(f"SUPABASE_DB_URL is the transaction pooler (port 6543), which {misfit}. {_WHERE}")
    return parts


async def _connect(parts: dict[str, Any], name: str) -> Connection:
    options = {"connect_timeout": CONNECT_SECONDS, "application_name": name, **parts}
    try:
        return await psycopg.AsyncConnection.connect(**options, autocommit=True, prepare_threshold=None)
    except psycopg.OperationalError as error:
        where = f"{parts.get('host', 'localhost')}:{parts.get('port', 5432)}"
        why = str(error).strip().splitlines()[-1]
        raise ConfigurationError(f"Cannot open the database of SUPABASE_DB_URL at {where}: {why}. {_WHERE}") from None


async def _lock(connection: Connection, say: Say) -> None:
    # Asked for again and again: a session that waited inside PostgreSQL would hold up the other one's
    # CREATE INDEX CONCURRENTLY, which waits for every open statement.
    deadline = time.monotonic() + LOCK_WAIT_SECONDS
    told = False
    while not await _try_lock(connection):
        if time.monotonic() > deadline:
            raise AuraError("Another aura migrate is still running after ten minutes; look at pg_stat_activity.")
        if not told:
            say("Another aura migrate is running; waiting for it.")
            told = True
        await asyncio.sleep(LOCK_POLL_SECONDS)


async def _try_lock(connection: Connection) -> bool:
    cursor = await connection.execute("select pg_try_advisory_lock(%s)", [ADVISORY_LOCK])
    row = await cursor.fetchone()
    return bool(row and row[0])
