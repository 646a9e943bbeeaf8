"""What the queue promises, held against each engine: the same tests, whatever the engine."""

from __future__ import annotations

import asyncio
from random import Random

import pytest

from consumer.queue import Priority, QueueClosed, WorkQueue
from handlers.work import Work
from tests.integration.queue.conftest import Bench, empty, finish, put, quiet, taken, work
from tests.support.waiting import wait_for


async def test_a_key_waits_once_however_often_it_is_wished_for(bench: Bench) -> None:
    queue = await bench.open()
    for _ in range(3):
        await put(bench, queue, [work("a")])
    queue.done(await taken(queue))
    await quiet(queue)
    await empty(queue)


async def test_one_at_a_time_works_on_a_key_and_again_if_it_was_wished_for_meanwhile(bench: Bench) -> None:
    queue = await bench.open()
    other = await bench.open()
    await put(bench, queue, [work("a")])
    first = await taken(queue)
    await put(bench, queue, [work("a"), work("b")])
    assert (await taken(other)).work.key == "b"
    await quiet(other)
    queue.done(first)
    again = await taken(other)
    assert (again.work.key, again.failures) == ("a", 0)
    other.done(again)
    await quiet(queue)


async def test_what_a_wish_says_arrives_with_it(bench: Bench) -> None:
    queue = await bench.open()
    await put(bench, queue, [Work("analyze_item", "a"), Work("analyze_item", "a", owner="me", again=True)])
    claim = await taken(queue)
    assert (claim.work.identity, claim.work.owner, claim.work.again) == (("analyze_item", "a"), "me", True)
    assert (claim.priority, claim.failures) == (Priority.LIVE, 0)
    assert 0 <= claim.waited_seconds < 60


async def test_live_work_comes_before_backfill(bench: Bench) -> None:
    queue = await bench.open()
    await put(bench, queue, [work("old")], Priority.BACKFILL)
    await put(bench, queue, [work("new")])
    assert [claim.work.key for claim in await finish(queue, 2)] == ["new", "old"]


async def test_backfill_gets_a_turn_all_the_same(bench: Bench) -> None:
    queue = await bench.open()
    await put(bench, queue, [work(f"new-{n}", owner=f"o{n}") for n in range(20)])
    await put(bench, queue, [work(f"old-{n}", owner=f"p{n}") for n in range(3)], Priority.BACKFILL)
    claims = await finish(queue, 23)
    assert [n for n, claim in enumerate(claims) if claim.priority is Priority.BACKFILL] == [7, 15, 22]


async def test_a_waiting_key_becomes_live_when_somebody_waits_for_it(bench: Bench) -> None:
    queue = await bench.open()
    await put(bench, queue, [work(f"old-{n}") for n in range(3)], Priority.BACKFILL)
    await put(bench, queue, [work("old-2")])
    claims = await finish(queue, 3)
    assert [claim.work.key for claim in claims] == ["old-2", "old-0", "old-1"]
    assert [claim.priority for claim in claims] == [Priority.LIVE, Priority.BACKFILL, Priority.BACKFILL]


async def test_a_delayed_key_waits_and_then_comes_at_once(bench: Bench) -> None:
    queue, loop = await bench.open(), asyncio.get_running_loop()
    began = loop.time()
    queue.add(work("a"), delay=2)
    claim = await taken(queue)
    assert claim.work.key == "a"
    assert 1.9 <= loop.time() - began < 30


async def test_a_delayed_key_is_hastened_and_never_slowed_down(bench: Bench) -> None:
    queue = await bench.open()
    queue.add(work("a"), delay=600)
    queue.add(work("b"), delay=600)
    await bench.arrived(queue, [])
    taking = asyncio.create_task(taken(queue))
    await wait_for(lambda: queue.depth().delayed == 2)
    queue.add(work("b"), delay=900)
    await put(bench, queue, [work("a")])
    assert (await taking).work.key == "a"
    await quiet(queue)


async def test_what_failed_comes_back_after_its_pause_and_says_how_often_it_failed(bench: Bench) -> None:
    queue, loop = await bench.open(), asyncio.get_running_loop()
    await put(bench, queue, [work("a")])
    for failures in range(3):
        claim = await taken(queue)
        assert claim.failures == failures
        put_off = loop.time()
        assert queue.done(claim, retry_in=1.0)
    claim = await taken(queue)
    assert 0.9 <= loop.time() - put_off < 30
    queue.done(claim)
    await put(bench, queue, [work("a")])
    assert (await taken(queue)).failures == 0


async def test_what_failed_and_was_wished_for_meanwhile_comes_at_once_and_remembers(bench: Bench) -> None:
    queue = await bench.open()
    await put(bench, queue, [work("a")])
    claim = await taken(queue)
    await put(bench, queue, [work("a")])
    assert queue.done(claim, retry_in=600)
    again = await taken(queue)
    assert (again.work.key, again.failures) == ("a", 1)
    queue.done(again)
    await empty(queue)


async def test_a_key_rests_before_it_is_worked_on_again(bench: Bench) -> None:
    queue, loop = await bench.open(), asyncio.get_running_loop()
    await put(bench, queue, [work("a")])
    claim = await taken(queue)
    await put(bench, queue, [work("a")])
    let_go = loop.time()
    queue.done(claim, rest=2.0)
    await wait_for(lambda: queue.depth().delayed == 1)
    await put(bench, queue, [work("a")])  # however urgent
    queue.done(await taken(queue))
    assert 1.9 <= loop.time() - let_go < 30
    await empty(queue)


async def test_owners_take_turns(bench: Bench) -> None:
    queue = await bench.open()
    await put(bench, queue, [work(f"a-{n}", owner="a") for n in range(10)])
    await finish(queue, 3)
    await put(bench, queue, [work(f"{owner}-{n}", owner=owner) for owner in "bc" for n in range(2)])
    claims = await finish(queue, 11)
    assert {claim.work.owner for claim in claims[:3]} == {"a", "b", "c"}
    assert {claim.work.owner for claim in claims[3:6]} == {"a", "b", "c"}
    assert {claim.work.owner for claim in claims[6:]} == {"a"}
    assert [claim.work.key for claim in claims if claim.work.owner == "a"] == [f"a-{n}" for n in range(3, 10)]


async def test_it_is_bounded_and_half_of_it_is_for_live_work(bench: Bench) -> None:
    queue = await bench.open(size=10)
    taken_in = [queue.add(work(f"old-{n}", owner=f"o{n}"), priority=Priority.BACKFILL) for n in range(7)]
    assert taken_in == [True] * 5 + [False] * 2
    await bench.arrived(queue, [])
    assert [queue.add(work(f"new-{n}", owner=f"o{n}")) for n in range(7)] == [True] * 5 + [False] * 2
    assert queue.room == 0
    await bench.arrived(queue, [])
    await wait_for(lambda: queue.depth().total == 10)
    await finish(queue, 10)
    await wait_for(lambda: queue.room == 10)
    assert queue.add(work("new"))


async def test_it_says_which_keys_it_has_and_how_many(bench: Bench) -> None:
    queue = await bench.open()
    style = Work("style_dna", "me")
    await wait_for(lambda: queue.trouble is None)
    await put(bench, queue, [work("waits"), work("in hand")])
    queue.add(work("delayed"), delay=600)
    queue.add(style, delay=600)
    await finish(queue, 0)
    claim = await taken(queue)
    asked = [work("waits"), work("in hand"), work("delayed"), style, work("unknown")]
    assert await queue.known(asked) == {each.identity for each in asked[:-1]}
    assert (await queue.held("analyze_item"), await queue.held("style_dna")) == (3, 1)
    await put(bench, queue, [claim.work])  # wished for again meanwhile: still one key
    assert await queue.held("analyze_item") == 3


async def test_its_depth_is_told(bench: Bench) -> None:
    queue = await bench.open()
    await put(bench, queue, [work("a"), work("b"), work("c")])
    await put(bench, queue, [work("old")], Priority.BACKFILL)
    queue.add(work("later"), delay=600)
    await taken(queue)
    await wait_for(
        lambda: (
            (lambda depth: (depth.live, depth.backfill, depth.delayed, depth.processing))(queue.depth()) == (2, 1, 1, 1)
        )
    )


async def test_draining_hands_out_nothing_and_waits_for_what_is_in_hand(bench: Bench) -> None:
    queue = await bench.open()
    await put(bench, queue, [work("in hand"), work("waits")])
    claim = await taken(queue)
    idle = [asyncio.create_task(queue.take()) for _ in range(3)]
    await asyncio.sleep(0)
    queue.done(await idle[0])
    draining = asyncio.create_task(queue.drain(60))
    for each in idle[1:]:
        with pytest.raises(QueueClosed):
            await each
    with pytest.raises(QueueClosed):
        await queue.take()
    assert not queue.add(work("too late"))
    assert not draining.done()
    queue.done(claim)
    assert await draining == 0


async def test_draining_gives_up_after_the_grace_period(bench: Bench) -> None:
    queue = await bench.open()
    await put(bench, queue, [work("stuck")])
    claim = await taken(queue)
    assert await queue.drain(0.2) == 1
    queue.done(claim)


async def test_a_taker_that_gives_up_takes_no_work_with_it(bench: Bench) -> None:
    queue = await bench.open()
    doomed, survivor = asyncio.create_task(queue.take()), asyncio.create_task(taken(queue))
    await asyncio.sleep(0)
    queue.add(work("a"))
    doomed.cancel()
    assert (await survivor).work.key == "a"


async def test_what_a_killed_worker_had_in_hand_is_worked_on_by_another(bench: Bench) -> None:
    queue = await bench.open()
    other = await bench.open()
    begun = asyncio.Event()

    async def worker() -> None:
        claim = await queue.take()
        try:
            begun.set()
            await asyncio.Event().wait()
        finally:
            queue.done(claim, retry_in=0.0)

    await put(bench, queue, [work("a")])
    killed = asyncio.create_task(worker())
    await begun.wait()
    killed.cancel()
    claim = await taken(other)
    assert (claim.work.key, claim.failures) == ("a", 1)
    other.done(claim)


class Crew:
    """Workers of several processes that overlap and fail at random, and know what each of them read."""

    def __init__(self, random: Random) -> None:
        self.versions: dict[str, int] = {}
        self.seen: dict[str, int] = {}
        self._random = random
        self._busy: set[str] = set()

    async def work(self, queue: WorkQueue) -> None:
        """Until the queue drains."""
        while True:
            try:
                claim = await queue.take()
            except QueueClosed:
                return
            key = claim.work.key
            assert key not in self._busy
            self._busy.add(key)
            read = self.versions[key]
            await asyncio.sleep(self._random.choice([0, 0.01, 0.05]))
            self._busy.discard(key)
            if self._random.random() < 0.2:
                queue.done(claim, retry_in=self._random.random() / 10)
            else:
                self.seen[key] = max(read, self.seen.get(key, 0))
                queue.done(claim)


async def test_many_workers_never_share_a_key_and_miss_nothing(bench: Bench) -> None:
    """Each wish promises a run that begins after it."""
    random = Random(7)
    crew = Crew(random)
    queues = [await bench.open() for _ in range(3)]
    workers = [asyncio.create_task(crew.work(queue)) for queue in queues for _ in range(3)]
    for step in range(400):
        key = f"item-{random.randrange(25)}"
        crew.versions[key] = step + 1
        assert random.choice(queues).add(work(key, owner=key[-1]), delay=random.choice([0, 0, 0.1]))
        await asyncio.sleep(random.choice([0, 0.01]))
    await wait_for(lambda: crew.seen == crew.versions, what="everything was worked on as it is now")
    for queue in queues:
        await queue.drain(10)
    await asyncio.gather(*workers)
