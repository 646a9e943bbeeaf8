from __future__ import annotations

import asyncio
from random import Random

import pytest

from consumer.queue import Claim, MemoryQueue, QueueClosed
from handlers.work import Work
from tests.unit.consumer.virtual_time import run_virtually


def work(name: str, owner: str = "me") -> Work:
    return Work("analyze_item", name, owner=owner)


def test_a_taker_is_woken_by_what_is_added() -> None:
    async def main() -> None:
        queue = MemoryQueue(10)
        taker = asyncio.create_task(queue.take())
        await asyncio.sleep(0)
        queue.add(work("a"))
        assert (await taker).work.key == "a"

    run_virtually(main())


def test_a_taker_is_woken_when_a_delay_is_over() -> None:
    async def main() -> None:
        queue, loop = MemoryQueue(10), asyncio.get_running_loop()
        began = loop.time()
        queue.add(work("late"), delay=30)
        taker = asyncio.create_task(queue.take())
        await asyncio.sleep(1)
        queue.add(work("soon"), delay=4)
        first = await taker
        assert first.work.key == "soon"
        assert loop.time() - began == pytest.approx(5)
        second = await queue.take()
        assert second.work.key == "late"
        assert loop.time() - began == pytest.approx(30)

    run_virtually(main())


def test_a_cancelled_taker_takes_no_wake_up_with_it() -> None:
    async def main() -> None:
        queue = MemoryQueue(10)
        doomed, survivor = asyncio.create_task(queue.take()), asyncio.create_task(queue.take())
        await asyncio.sleep(0)
        queue.add(work("a"))
        doomed.cancel()
        assert (await survivor).work.key == "a"
        assert doomed.cancelled()

    run_virtually(main())


def test_draining_hands_out_nothing_and_waits_for_what_is_in_hand() -> None:
    async def main() -> None:
        queue, loop = MemoryQueue(10), asyncio.get_running_loop()
        queue.add(work("in hand"))
        queue.add(work("waiting"))
        claim = await queue.take()
        idle = asyncio.create_task(MemoryQueue(1).take())
        draining = asyncio.create_task(queue.drain(20))
        await asyncio.sleep(3)
        with pytest.raises(QueueClosed):
            await queue.take()
        assert not queue.add(work("too late"))
        assert not draining.done()
        began = loop.time()
        queue.done(claim)
        assert await draining == 0
        assert loop.time() == began
        idle.cancel()

    run_virtually(main())


def test_draining_gives_up_after_the_grace_period() -> None:
    async def main() -> None:
        queue, loop = MemoryQueue(10), asyncio.get_running_loop()
        queue.add(work("stuck"))
        await queue.take()
        began = loop.time()
        assert await queue.drain(20) == 1
        assert loop.time() - began == pytest.approx(20)

    run_virtually(main())


def test_draining_ends_every_waiting_taker() -> None:
    async def main() -> None:
        queue = MemoryQueue(10)
        takers = [asyncio.create_task(queue.take()) for _ in range(5)]
        await asyncio.sleep(0)
        await queue.drain(1)
        ends = await asyncio.gather(*takers, return_exceptions=True)
        assert all(isinstance(end, QueueClosed) for end in ends)

    run_virtually(main())


class Crew:
    """Workers that overlap and fail at random, and know what each of them read."""

    def __init__(self, random: Random) -> None:
        self.queue = MemoryQueue(1000)
        self.versions: dict[str, int] = {}
        self.seen: dict[str, int] = {}
        self._random = random
        self._busy: set[str] = set()

    async def work(self) -> None:
        while True:
            try:
                claim = await self.queue.take()
            except QueueClosed:
                return
            await self._attend(claim)

    async def _attend(self, claim: Claim) -> None:
        key = claim.work.key
        assert key not in self._busy
        self._busy.add(key)
        read = self.versions[key]
        await asyncio.sleep(self._random.choice([0, 0.1, 2]))
        self._busy.discard(key)
        if self._random.random() < 0.2:
            self.queue.done(claim, retry_in=self._random.random())
            return
        self.seen[key] = max(read, self.seen.get(key, 0))
        self.queue.done(claim)


@pytest.mark.parametrize("seed", range(5))
def test_many_workers_never_share_a_key_and_miss_nothing(seed: int) -> None:
    """Each add promises a run that begins after it."""

    async def main() -> Crew:
        random = Random(seed)
        crew = Crew(random)
        workers = [asyncio.create_task(crew.work()) for _ in range(8)]
        for step in range(600):
            key = f"item-{random.randrange(40)}"
            crew.versions[key] = step + 1
            assert crew.queue.add(work(key, owner=key[-1]), delay=random.choice([0, 0, 0.5]))
            await asyncio.sleep(random.choice([0, 0.02]))
        while crew.queue.depth().total:
            await asyncio.sleep(0.5)
        await crew.queue.drain(1)
        await asyncio.gather(*workers)
        return crew

    crew = run_virtually(main())
    assert crew.seen == crew.versions
