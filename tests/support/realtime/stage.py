"""A Realtime server on a database of its own, for one test: started, stopped, broken and restarted."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
from aiohttp import web
from psycopg import sql

from sandbox.ports import LOOPBACK, free_port
from sandbox.postgres import PostgresServer
from sandbox.realtime import Profile, RealtimeServer
from sandbox.realtime.slot import Slot
from tests.support.realtime.keys import Keys

SCHEMA = Path(__file__).with_name("schema.sql")
PATH = "/realtime/v1/websocket"


class Clock:
    """The server's wall clock; with a factor of 0.05 an hour passes in three minutes."""

    def __init__(self, factor: float = 1.0) -> None:
        self._factor = factor
        self._start = time.time()
        self._began = time.monotonic()

    def __call__(self) -> float:
        return self._start + (time.monotonic() - self._began) / self._factor


@dataclass
class Stage:
    """The parts of one test. `url` is the server's address without a query."""

    postgres: PostgresServer
    database: str
    profile: Profile
    keys: Keys
    clock: Clock
    port: int
    server: RealtimeServer
    runner: web.AppRunner | None = None
    connection: psycopg.AsyncConnection[tuple[Any, ...]] | None = None

    @property
    def url(self) -> str:
        return f"http://{LOOPBACK}:{self.port}{PATH}"

    @property
    def dsn(self) -> str:
        return self.postgres.superuser_dsn().rsplit("/", 1)[0] + "/" + self.database

    async def execute(self, statement: str, *parameters: Any) -> list[tuple[Any, ...]]:
        """Runs one statement in a transaction of its own; returns its rows. Connects again after a restart."""
        if self.connection is None or self.connection.closed:
            self.connection = await psycopg.AsyncConnection.connect(self.dsn, autocommit=True)
        try:
            cursor = await self.connection.execute(statement.encode(), parameters or None)
        except psycopg.OperationalError:
            await self.connection.close()
            return await self.execute(statement, *parameters)
        return await cursor.fetchall() if cursor.description else []

    @asynccontextmanager
    async def between_polls(self) -> AsyncIterator[None]:
        """Holds the feed's next poll back: all that is committed meanwhile meets one poll, however long it takes."""
        poller = self.server.feed.poller
        poll, waiting, goes_on = poller.poll, asyncio.Event(), asyncio.Event()

        async def held(slot: Slot) -> float:
            waiting.set()
            await goes_on.wait()
            return await poll(slot)

        poller.poll = held  # type: ignore[method-assign]
        try:
            await waiting.wait()
            yield
        finally:
            poller.poll = poll  # type: ignore[method-assign]
            goes_on.set()

    async def start_server(self) -> None:
        """Starts a new server, as a restarted one: cold, on the same port."""
        self.server = make_server(self.dsn, self.keys, self.profile, self.clock)
        await self.server.start()
        app = web.Application()
        app.router.add_get(PATH, self.server.websocket)
        self.runner = web.AppRunner(app, shutdown_timeout=0.2)
        await self.runner.setup()
        await web.TCPSite(self.runner, LOOPBACK, self.port).start()

    async def stop_server(self) -> None:
        """Stops the server as SIGTERM does: sockets are closed with 1012, the port with them."""
        if self.runner is not None:
            runner, self.runner = self.runner, None
            await self.server.stop()
            await runner.cleanup()


def make_server(dsn: str, keys: Keys, profile: Profile, clock: Clock) -> RealtimeServer:
    """A server whose random delays are the same in every run."""
    return RealtimeServer(dsn, keys, profile, rng=random.Random(7), now=clock)


@asynccontextmanager
async def stage(postgres: PostgresServer, profile: Profile, factor: float = 1.0) -> AsyncIterator[Stage]:
    """A new database with the transcripts' tables and a started server over it; both end with the test."""
    clock = Clock(factor)
    keys = Keys(clock)
    database = f"realtime_{uuid4().hex[:12]}"
    await _administer(postgres, sql.SQL("create database {} template template0").format(sql.Identifier(database)))
    server = make_server("", keys, profile, clock)
    built = Stage(postgres, database, profile, keys, clock, free_port(), server)
    try:
        await built.execute(await asyncio.to_thread(SCHEMA.read_text))
        await built.start_server()
        yield built
    finally:
        await built.stop_server()
        if built.connection is not None:
            await built.connection.close()
        await postgres.start()
        await _administer(postgres, sql.SQL("drop database {} with (force)").format(sql.Identifier(database)))


async def _administer(postgres: PostgresServer, statement: sql.Composed) -> None:
    async with await psycopg.AsyncConnection.connect(postgres.superuser_dsn(), autocommit=True) as connection:
        await connection.execute(statement)
