"""Broadcast through the database: messages sent by SQL, their replay, and who may hear a private topic.

Messages are announced by NOTIFY as their transactions commit, which is when the real server, which
reads the log for them, passes them on too. What is sent while the database connection is down is
not delivered, there and here.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import psycopg
import structlog
from psycopg import sql

from sandbox.realtime.catalog import Connection
from sandbox.realtime.control import Control
from sandbox.realtime.frames import from_json, to_json
from sandbox.realtime.rooms import Replay
from sandbox.realtime.slot import connect
from sandbox.realtime.visibility import Viewer

SCHEMA = Path(__file__).with_name("messages.sql")
CHANNEL = "realtime_messages"
RECONNECT_SECONDS = 1.0
MESSAGE = "select topic, private, event, payload::text from realtime.messages where id = %s"
REPLAYED = """
    select id::text, event, payload::text from realtime.messages
    where private and topic = %s and inserted_at >= to_timestamp(%s / 1000.0) at time zone 'utc'
    order by inserted_at desc limit %s
"""
TRIAL = "insert into realtime.messages (topic, extension, private) values (%s, 'broadcast', true) returning id"

log = structlog.get_logger(__name__)
Publish = Callable[[str, bool, str], None]


@dataclass(frozen=True, slots=True)
class Permissions:
    """What the policies let somebody do on a private topic."""

    read: bool
    write: bool


async def install(dsn: str) -> None:
    """Creates what broadcast needs in the database, where it is missing."""
    async with await connect(dsn, "realtime_migrations") as connection:
        await connection.execute(await asyncio.to_thread(SCHEMA.read_bytes))


async def listen(dsn: str, publish: Publish) -> None:
    """Passes messages on until cancelled; connects again whenever the connection breaks."""
    while True:
        try:
            async with await connect(dsn, "realtime_connect") as connection:
                await _pass_on(connection, publish)
        except psycopg.OperationalError as error:
            log.info("realtime_messages_lost_connection", error=type(error).__name__)
        await asyncio.sleep(RECONNECT_SECONDS)


async def _pass_on(connection: Connection, publish: Publish) -> None:
    await connection.execute(sql.SQL("listen {}").format(sql.Identifier(CHANNEL)))
    while True:
        announced = [notice.payload async for notice in connection.notifies(stop_after=1)]
        for message in announced:
            row = await (await connection.execute(MESSAGE, [message])).fetchone()
            if row is not None:
                topic, private, event, payload = row
                publish(topic, private, _frame(message, event, payload))


def _frame(message: str, event: str, payload: str) -> str:
    return f'{{"event":{to_json(event)},"meta":{{"id":"{message}"}},"payload":{payload},"type":"broadcast"}}'


async def replayed(control: Control, topic: str, replay: Replay) -> list[str]:
    """The payloads of a private topic's past messages, oldest first."""
    async with control.connection() as connection:
        rows = await (await connection.execute(REPLAYED, [topic, replay.since, replay.limit])).fetchall()
    return [_replayed_frame(*row) for row in reversed(rows)]


def _replayed_frame(message: str, event: str, payload: str) -> str:
    meta = {"id": message, "replayed": True}
    return to_json({"event": event, "meta": meta, "payload": from_json(payload), "type": "broadcast"})


async def permissions(control: Control, topic: str, viewer: Viewer) -> Permissions:
    """Tries, in a transaction that is rolled back, what the policies allow on a private topic."""
    async with control.connection() as connection, connection.transaction(force_rollback=True):
        row = await (await connection.execute(TRIAL, [topic])).fetchone()
        await connection.execute(
            "select set_config('role', %s, true), set_config('request.jwt.claims', %s, true),"
            " set_config('realtime.topic', %s, true)",
            [viewer.role, viewer.claims, topic],
        )
        read = await _allowed(connection, "select 1 from realtime.messages where id = %s", row[0] if row else None)
        return Permissions(read, await _allowed(connection, TRIAL, topic))


async def _allowed(connection: Connection, query: str, parameter: object) -> bool:
    """Whether a statement passes the policies and yields a row."""
    try:
        async with connection.transaction():
            return await (await connection.execute(query.encode(), [parameter])).fetchone() is not None
    except psycopg.errors.InsufficientPrivilege:
        return False
