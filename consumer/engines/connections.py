"""The connections to the database that hold the shared queue: at most two for a process, each with its own session.

One is for statements, and is opened again by itself after an outage; the other, where work is done, listens. Both need
a session (LISTEN, search_path): a pooler that lends a connection for a transaction at a time is refused.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import psycopg
from procrastinate import PsycopgConnector
from procrastinate.exceptions import ConnectorException, UniqueViolation
from psycopg import conninfo
from psycopg_pool import AsyncConnectionPool

from aura.errors import ConfigurationError, Transient
from aura.migrations.session import Connection, checked_url, reason

SCHEMA = "procrastinate"
NAME = "aura queue"
CONNECT_SECONDS = 5
STATEMENT_SECONDS = 10.0
WAIT_SECONDS = 3.0  # for the connection
RECONNECT_SECONDS = 1.0  # then the attempt ends; the next statement starts a new one
# A network that swallows packets is noticed within half a minute.
_ALIVE = {"keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 3, "tcp_user_timeout": 20_000}
# A queue is empty and full in turns, so that what the planner knows of it is old: planned as if it were empty, fetching
# a job compares all that wait with each other. Every statement of the queue's has an index to go by.
_INDEXES_ONLY = dict.fromkeys(
    ("enable_seqscan", "enable_bitmapscan", "enable_hashjoin", "enable_mergejoin", "enable_sort"), "off"
)
_SESSION = {"search_path": SCHEMA, "statement_timeout": f"'{STATEMENT_SECONDS:.0f}s'", **_INDEXES_ONLY}
# How servers and poolers say that trying again is no use; they have no code for it before a session exists.
_REFUSED = ("password authentication failed", "no password supplied", "does not exist", "Tenant or user not found",
            "no pg_hba.conf entry", "statement pooling mode")  # fmt: skip
_UNFIT = (psycopg.errors.UndefinedObject, psycopg.errors.UndefinedTable, psycopg.errors.UndefinedFunction,
          psycopg.errors.InvalidSchemaName, psycopg.errors.InsufficientPrivilege)  # fmt: skip
_PASSES = (psycopg.OperationalError, psycopg.InterfaceError, psycopg.errors.ReadOnlySqlTransaction)


class Connections:
    """Opens them. ``db_url`` is SUPABASE_DB_URL, the direct connection or the session pooler.

    Raises:
        ConfigurationError: it is missing, malformed or the transaction pooler.
    """

    def __init__(self, db_url: str | None) -> None:
        parts: dict[str, Any] = {"connect_timeout": CONNECT_SECONDS, "application_name": NAME, **_ALIVE}
        parts |= checked_url(db_url, "a queue cannot listen on")
        self._conninfo = conninfo.make_conninfo(**parts)

    async def examine(self) -> None:
        """Look whether the queue can live there.

        Raises:
            ConfigurationError: something that a person must mend.
            Transient: the database is out of reach.
        """
        try:
            async with await self._connect() as one:
                await _check_tables(one)
                await self._check_sessions(one)
        except psycopg.Error as error:
            raise (_refusal(error) or explained(error)) from None

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[PsycopgConnector]:
        """procrastinate's connector over a single connection, which is opened when it is first used."""
        pool = AsyncConnectionPool[Connection](
            self._conninfo,
            configure=_configure,
            min_size=0,
            max_size=1,
            timeout=WAIT_SECONDS,
            reconnect_timeout=RECONNECT_SECONDS,
            name=NAME,
            open=False,
        )
        connector = PsycopgConnector(conninfo=self._conninfo, configure=_configure)
        async with pool:
            await connector.open_async(pool)
            yield connector

    async def _connect(self) -> Connection:
        return await psycopg.AsyncConnection.connect(self._conninfo, autocommit=True)

    async def _check_sessions(self, one: Connection) -> None:
        """Two clients with a session each are served by two backends, however the pooler in between is called."""
        mine = await _backend(one)
        async with await self._connect() as other, other.transaction():
            theirs = await _backend(other)
            if mine == theirs or await _backend(one) != mine:
                raise ConfigurationError(
                    "SUPABASE_DB_URL is a pooler in transaction mode, and queue.engine: procrastinate needs sessions. "
                    "Use the direct connection or the session pooler (port 5432)."
                )


def explained(error: psycopg.Error | ConnectorException) -> Exception:
    """What a failed statement means: something to mend, or to wait for; a defect is returned as it is."""
    cause = error.__cause__ if isinstance(error, ConnectorException) else error
    if isinstance(cause, _UNFIT):
        return ConfigurationError(
            f"The queue's tables cannot be used ({reason(cause)}): run `aura migrate`, and let SUPABASE_DB_URL name "
            "the role that it runs as."
        )
    if isinstance(cause, _PASSES) or isinstance(error, UniqueViolation):
        return Transient("queue_unavailable", f"The database of SUPABASE_DB_URL cannot serve the queue: {_said(cause)}")
    return error


def _refusal(error: psycopg.Error) -> ConfigurationError | None:
    if isinstance(error, psycopg.OperationalError) and any(sign in str(error) for sign in _REFUSED):
        return ConfigurationError(f"The database of SUPABASE_DB_URL refuses the queue: {_said(error)}")
    return None


def _said(error: BaseException | None) -> str:
    """The first line of what the server, the pooler or the network said; libpq repeats no password."""
    return (str(error or "").strip() or "no reason was given").splitlines()[0]


async def _configure(connection: Connection) -> None:
    await connection.set_autocommit(True)
    await connection.execute("; ".join(f"set {name} = {value}" for name, value in _SESSION.items()).encode())


async def _check_tables(connection: Connection) -> None:
    if not await _value(connection, f"select to_regprocedure('{SCHEMA}.aura_next_due()') is not null"):
        raise ConfigurationError(
            "queue.engine is procrastinate, and the database lacks its tables: run `aura migrate`."
        )


async def _backend(connection: Connection) -> Any:
    return await _value(connection, "select pg_backend_pid()")


async def _value(connection: Connection, query: str) -> Any:
    row = await (await connection.execute(query.encode())).fetchone()
    return row[0] if row else None
