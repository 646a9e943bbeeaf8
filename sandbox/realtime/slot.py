"""The temporary replication slot, read by SQL as the real server reads it.

The slot lives and dies with its connection: whatever is committed while there is none is never
delivered. Reads are larger than a poll, because every read makes PostgreSQL decode from the slot's
restart point anew; what was read ahead waits here, split into polls, and is lost with the slot, as
it would be in it.
"""

from __future__ import annotations

import time
from collections import deque
from typing import Any

import psycopg
from psycopg import sql

from sandbox.realtime.catalog import Connection
from sandbox.realtime.pgoutput import Decoder, Transaction

SLOT = "supabase_realtime_replication_slot"
# Text output must not depend on the server's settings: payloads are made from it.
SETTINGS = (
    "-c timezone=UTC -c datestyle=ISO -c intervalstyle=postgres -c extra_float_digits=1 -c bytea_output=hex"
    " -c client_encoding=UTF8 -c statement_timeout=0"
)
READ_AHEAD = 10  # polls
MESSAGES_PER_CHANGE = 3  # begin, row, commit
SNAPSHOT_SECONDS = 1.0  # how often a busy slot's restart point is moved on


async def connect(dsn: str, application_name: str, timeout: float = 5.0) -> Connection:
    """An autocommitting connection with fixed text output. Raises psycopg.OperationalError."""
    return await psycopg.AsyncConnection.connect(
        dsn,
        autocommit=True,
        application_name=application_name,
        options=SETTINGS,
        connect_timeout=max(2, round(timeout)),
    )


class Slot:
    """A connection with its temporary slot.

    `queries` is a second one, for what a poll asks of the tables: decoding throws away a session's
    caches of the catalog, and filling them anew for every question costs far more than the question.
    """

    def __init__(
        self, connection: Connection, queries: Connection, publication: str, max_changes: int, name: str
    ) -> None:
        self.queries = queries
        self._connection = connection
        self._name = name
        self._max_changes = max_changes
        self._decoder = Decoder()
        self._ahead: deque[Transaction] = deque()
        self._snapshot_at = 0.0
        self._read = sql.SQL(
            "select data from pg_logical_slot_get_binary_changes({}, null, {},"
            " 'proto_version', '1', 'publication_names', {})"
        ).format(
            sql.Literal(name),
            sql.Literal(max_changes * READ_AHEAD * MESSAGES_PER_CHANGE),
            sql.Literal('"' + publication.replace('"', '""') + '"'),
        )

    @classmethod
    async def create(cls, dsn: str, publication: str, max_changes: int, name: str = SLOT) -> Slot:
        """Connects and creates the slot. Raises psycopg.Error, also while a predecessor still holds the name."""
        connection, queries = [await connect(dsn, "realtime_rls") for _ in range(2)]
        slot = cls(connection, queries, publication, max_changes, name)
        try:
            await slot._begin()
        except psycopg.Error:
            await slot.close()
            raise
        return slot

    async def poll(self) -> list[Transaction]:
        """The next changes: at least as many as are there, at most `max_changes` unless one transaction has more."""
        if not self._ahead:
            await self._fetch()
        batch: list[Transaction] = []
        taken = 0
        while self._ahead and (not batch or taken < self._max_changes):
            taken += len(self._ahead[0].changes)
            batch.append(self._ahead.popleft())
        return batch

    async def renew(self) -> None:
        """Begins anew at the log's end. PostgreSQL drops a session's temporary slots at any error."""
        self._ahead.clear()
        self._decoder = Decoder()
        await self._connection.execute(
            "select pg_drop_replication_slot(slot_name) from pg_replication_slots where slot_name = %s", [self._name]
        )
        await self._begin()

    async def _begin(self) -> None:
        await self._connection.execute("select pg_create_logical_replication_slot(%s, 'pgoutput', true)", [self._name])

    async def close(self) -> None:
        """Ends the connections, and the slot with them."""
        await self._connection.close()
        await self.queries.close()

    async def _fetch(self) -> None:
        cursor: psycopg.AsyncCursor[Any] = self._connection.cursor(binary=True)
        await cursor.execute(self._read)
        rows = await cursor.fetchall()
        for (message,) in rows:
            if (done := self._decoder.feed(message)) and done.changes:
                self._ahead.append(done)
        if rows:
            await self._move_restart_point()

    async def _move_restart_point(self) -> None:
        """Logs a snapshot from which decoding can start, or each read would decode the last 15 s again."""
        now = time.monotonic()
        if now - self._snapshot_at >= SNAPSHOT_SECONDS:
            self._snapshot_at = now
            await self._connection.execute("select pg_log_standby_snapshot()")
