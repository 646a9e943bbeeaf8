"""One PostgreSQL for the queue's tests, each test in a database of its own; and both engines behind the port."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from random import Random

import psycopg
import pytest
import pytest_asyncio

from aura.migrations import migrate
from aura.telemetry.metrics import Metrics
from consumer.engines.connections import Connections
from consumer.engines.shared import Rhythm, SharedQueue
from consumer.queue import Claim, MemoryQueue, Priority, WorkQueue
from handlers.work import Work
from sandbox.database import temporary_database
from sandbox.postgres import PostgresServer
from tests.support.databases import Database, copied
from tests.support.waiting import wait_for

MIGRATED = "migrated"
# Looks for work so seldom that a test which relies on them would time out: notifications must do.
RHYTHM = Rhythm(beat=0.3, silent=4.0, poll=120.0)


@pytest_asyncio.fixture(scope="package", loop_scope="package")
async def server() -> AsyncIterator[PostgresServer]:
    """A server with a migrated template."""
    async with temporary_database() as started:
        admin = await psycopg.AsyncConnection.connect(started.dsn("supabase_admin", "template1"), autocommit=True)
        async with admin:
            await admin.execute(f"create database {MIGRATED} template postgres owner postgres".encode())
        await migrate(started.dsn(database=MIGRATED))
        yield started


@pytest_asyncio.fixture
async def db(server: PostgresServer) -> AsyncIterator[Database]:
    """A project's database with all migrations."""
    async with copied(server, MIGRATED) as database:
        yield database


def shared_queue(dsn: str, size: int = 1000, rhythm: Rhythm = RHYTHM, metrics: Metrics | None = None) -> SharedQueue:
    """A queue in PostgreSQL, not yet running."""
    clock = asyncio.get_running_loop().time
    return SharedQueue(Connections(dsn), size, metrics or Metrics(), clock=clock, random=Random(0), rhythm=rhythm)


@asynccontextmanager
async def running(queue: WorkQueue) -> AsyncIterator[asyncio.Task[None]]:
    """The queue's own work for the length of the block, which must not end before."""
    task = asyncio.create_task(queue.run())
    try:
        yield task
        assert not task.done() or task.cancelled(), task.exception()
    finally:
        task.cancel()
        await asyncio.wait([task])


@dataclass
class Bench:
    """Queues of one engine. ``open`` makes another process's view of the same queue, where processes share one."""

    engine: str
    make: Callable[[int], WorkQueue]
    size: int = 1000
    stack: AsyncExitStack = field(default_factory=AsyncExitStack)
    _only: WorkQueue | None = None

    async def open(self, size: int = 1000) -> WorkQueue:
        """A running queue."""
        if self.engine == "memory" and self._only is not None:
            return self._only
        queue = self._only = self.make(size)
        await self.stack.enter_async_context(running(queue))
        return queue

    async def arrived(self, queue: WorkQueue, works: Iterable[Work]) -> None:
        """Wait until the queue says that it has room again for what it took: everything was handed to the engine."""
        if isinstance(queue, SharedQueue):
            await wait_for(lambda: len(queue._sending.outbox) == 0, what="the outbox is empty")


@pytest.fixture(params=["memory", "procrastinate"])
def engine(request: pytest.FixtureRequest) -> Bench:
    """Each engine; only the one in PostgreSQL needs a database."""
    if request.param == "memory":
        return Bench("memory", MemoryQueue)
    database: Database = request.getfixturevalue("db")
    return Bench("procrastinate", lambda size: shared_queue(database.dsn, size))


@pytest.fixture
async def bench(engine: Bench) -> AsyncIterator[Bench]:
    """The port, by each of its engines; what was opened is closed again."""
    async with engine.stack:
        yield engine


def work(name: str, owner: str = "me") -> Work:
    """A piece of work."""
    return Work("analyze_item", name, owner=owner)


async def put(bench: Bench, queue: WorkQueue, works: Iterable[Work], priority: Priority = Priority.LIVE) -> None:
    """Wish for each, and wait until the engine has them."""
    works = list(works)
    for each in works:
        assert queue.add(each, priority=priority)
    await bench.arrived(queue, works)


async def finish(queue: WorkQueue, count: int) -> list[Claim]:
    """Take so many one after another, each done before the next."""
    claims = []
    for _ in range(count):
        claim = await taken(queue)
        claims.append(claim)
        queue.done(claim)
    return claims


async def taken(queue: WorkQueue) -> Claim:
    """The next claim, which must come."""
    async with asyncio.timeout(60):
        return await queue.take()


async def quiet(queue: WorkQueue, seconds: float = 0.7) -> None:
    """Nothing is handed out for a while."""
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(seconds):
            await queue.take()


async def empty(queue: WorkQueue) -> None:
    """Wait until nothing waits and nobody works."""
    await wait_for(lambda: queue.depth().total == 0, what="an empty queue")
