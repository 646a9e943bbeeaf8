"""PostgreSQL goes away and comes back: nobody mends anything, and everything goes on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from aura.errors import Transient
from aura.migrations import migrate
from consumer.engines.shared import Rhythm, SharedQueue
from consumer.queue import QueueClosed
from sandbox.database import temporary_database
from sandbox.postgres import PostgresServer
from tests.integration.queue.conftest import running, shared_queue, taken, work
from tests.support.waiting import wait_for

SECONDS = 10.0
# After an outage longer than `silent`, everybody looks lost; and only notifications tell of work in time.
RHYTHM = Rhythm(beat=0.3, silent=8.0, poll=600.0)


@pytest_asyncio.fixture
async def own_server() -> AsyncIterator[PostgresServer]:
    """A migrated server that a test may stop."""
    async with temporary_database() as started:
        await migrate(started.dsn())
        yield started


class Worker:
    """Works on everything until the queue drains, and notes what began and ended."""

    def __init__(self, queue: SharedQueue) -> None:
        self.queue = queue
        self.done: list[str] = []

    async def run(self) -> None:
        """One piece after another."""
        while True:
            try:
                claim = await self.queue.take()
            except QueueClosed:
                return
            self.done.append(claim.work.key)
            self.queue.done(claim)


@pytest.mark.timeout(300)
async def test_an_outage_of_ten_seconds_needs_nobody(own_server: PostgresServer) -> None:
    feeding, working, other = (shared_queue(own_server.dsn(), rhythm=RHYTHM) for _ in range(3))
    async with running(feeding), running(working), running(other):
        feeding.add(work("long"))
        long = await taken(other)
        worker = Worker(working)
        task = asyncio.create_task(worker.run())
        feeding.add(work("before"))
        await wait_for(lambda: worker.done == ["before"])

        await own_server.stop()
        for n in range(5):
            assert feeding.add(work(f"meanwhile-{n}"))
        await wait_for(lambda: None not in (feeding.trouble, working.trouble, other.trouble), what="all say so")
        with pytest.raises(Transient, match="cannot serve the queue"):
            await feeding.held("analyze_item")
        await asyncio.sleep(SECONDS)
        other.done(long)
        await own_server.start()

        await wait_for(lambda: set(worker.done) == {"before", *(f"meanwhile-{n}" for n in range(5))})
        await wait_for(lambda: (feeding.trouble, working.trouble, other.trouble) == (None,) * 3)
        feeding.add(work("after"))
        await wait_for(lambda: worker.done[-1] == "after", what="notifications are heard again")
        await wait_for(lambda: feeding.depth().total == 0, what="what was let go of during the outage is gone")
        assert worker.done.count("long") == 0
        await working.drain(10)
        await task


@pytest.mark.timeout(300)
async def test_what_a_living_worker_has_in_hand_is_not_given_away_after_an_outage(own_server: PostgresServer) -> None:
    """Everybody was silent for longer than it takes to be forgotten, and nobody is."""
    one, other = (shared_queue(own_server.dsn(), rhythm=RHYTHM) for _ in range(2))
    async with running(one), running(other):
        one.add(work("long"))
        claim = await taken(one)
        taking = asyncio.create_task(other.take())
        await own_server.crash()
        await asyncio.sleep(RHYTHM.silent + 1)
        await own_server.start()
        await wait_for(lambda: one.depth().processing == 1 and other.trouble is None and one.trouble is None)
        one.add(work("next"))
        assert (await taking).work.key == "next"
        one.done(claim)
        await wait_for(lambda: one.depth().processing == 1, what="next alone is in hand")


@pytest.mark.timeout(300)
async def test_a_process_that_starts_during_an_outage_waits_for_its_end(own_server: PostgresServer) -> None:
    await own_server.stop()
    queue = shared_queue(own_server.dsn(), rhythm=RHYTHM)
    async with running(queue):
        assert queue.add(work("a"))
        await wait_for(lambda: queue.trouble is not None)
        await own_server.start()
        assert (await taken(queue)).work.key == "a"
        assert queue.trouble is None
