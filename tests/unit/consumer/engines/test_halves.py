"""The two halves of the shared queue against a database that the test plays."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import cast

import pytest

from aura.errors import Transient
from aura.telemetry.metrics import Metrics
from consumer.engines.jobs import InHand, Jobs, Placing, Pulse, Settlement, lock_of
from consumer.engines.sending import Sending
from consumer.engines.taking import Taking
from consumer.keyed_queue import Claim, Depth, Priority
from handlers.work import Work
from tests.unit.consumer.virtual_time import run_virtually

EMPTY = Depth(0, 0, 0, 0)


def work(name: str) -> Work:
    return Work("analyze_item", name)


@dataclass
class Table:
    """What ``Jobs`` is to the halves: lanes, a worker's number, and whether it is within reach."""

    lanes: dict[Priority, list[str]] = field(default_factory=lambda: {lane: [] for lane in Priority})
    room: int = 1000
    away: bool = False
    alive: bool = True
    workers: int = 0
    job: int | None = None
    looks: list[tuple[Priority, ...]] = field(default_factory=list)
    held: list[Collection[int]] = field(default_factory=list)
    settled: list[Settlement] = field(default_factory=list)

    async def put(self, placings: Iterable[Placing], size: int) -> set[str]:
        self._reach()
        keys = [lock_of(placing.work.identity) for placing in placings]
        return set(keys[self.room :])

    async def fetch(self, lanes: Sequence[Priority], worker: int) -> InHand | None:
        self._reach()
        self.looks.append(tuple(lanes))
        for lane in lanes:
            if self.lanes[lane]:
                claim = Claim(work(self.lanes[lane].pop(0)), lane, 0, 0.0)
                return InHand(self.job or len(self.looks), worker, claim)
        return None

    async def next_due(self) -> float | None:
        return None

    async def register(self) -> int:
        self.workers += 1
        return self.workers

    async def beat(self, worker: int | None, in_hand: Collection[int], silent: float) -> Pulse:
        self.held.append(in_hand)
        return Pulse(self.alive, EMPTY)

    async def settle(self, settlements: Iterable[Settlement]) -> None:
        self._reach()
        self.settled += settlements

    def _reach(self) -> None:
        if self.away:
            raise Transient("queue_unavailable", "away")


def as_jobs(table: Table) -> Jobs:
    return cast("Jobs", table)


def sending(size: int) -> Sending:
    return Sending(size, Metrics(), lambda: 0.0)


async def test_what_was_sent_takes_room_until_the_database_counts_it() -> None:
    half, table = sending(10), Table()
    for n in range(4):
        assert half.add(work(f"{n}"), Priority.LIVE, 0.0)
    assert half.room == 6
    await half.send(as_jobs(table))
    assert (half.room, len(half.outbox)) == (6, 0)
    half.counted(Depth(live=1, backfill=0, delayed=0, processing=2))
    assert half.room == 7


async def test_a_refused_wish_closes_the_queue_until_the_next_count_and_is_counted() -> None:
    half, table = sending(10), Table(room=1)
    half.add(work("fits"), Priority.LIVE, 0.0)
    half.add(work("does not"), Priority.LIVE, 0.0)
    await half.send(as_jobs(table))
    assert half.room == 0
    assert not half.add(work("late"), Priority.LIVE, 0.0)
    half.counted(EMPTY)
    assert half.room == 10


async def test_wishes_outlive_an_outage_in_their_order() -> None:
    half, table = sending(10), Table(away=True)
    half.add(work("a"), Priority.LIVE, 0.0)
    with pytest.raises(Transient):
        await half.send(as_jobs(table))
    half.add(work("b"), Priority.LIVE, 0.0)
    assert len(half.outbox) == 2
    table.away = False
    await half.send_all(as_jobs(table))
    assert len(half.outbox) == 0


def test_every_eighth_look_is_for_backfill_first() -> None:
    async def main() -> None:
        half, table = Taking(poll=5.0), Table()
        table.lanes = {Priority.LIVE: [f"new-{n}" for n in range(20)], Priority.BACKFILL: ["old-0", "old-1"]}
        order = []
        for _ in range(16):
            taking = asyncio.create_task(half.take())
            await asyncio.sleep(0)
            await half.feed(as_jobs(table))
            order.append((await taking).work.key)
        assert [n for n, key in enumerate(order) if key.startswith("old")] == [7, 15]

    run_virtually(main())


def test_what_is_in_hand_or_not_yet_let_go_of_is_told_with_every_sign_of_life() -> None:
    async def main() -> None:
        half, table = Taking(poll=5.0), Table(lanes={Priority.LIVE: ["a", "b"], Priority.BACKFILL: []})
        claims = []
        for _ in range(2):
            taking = asyncio.create_task(half.take())
            await asyncio.sleep(0)
            await half.feed(as_jobs(table))
            claims.append(await taking)
        half.done(claims[0], None, 0.0)
        await half.beat(as_jobs(table), 20.0)
        await half.settle(as_jobs(table))
        await half.beat(as_jobs(table), 20.0)
        assert [sorted(held) for held in table.held] == [[1, 2], [2]]
        assert [(each.job.id, each.retry_in, each.failures) for each in table.settled] == [(1, None, 1)]

    run_virtually(main())


def test_a_worker_that_was_taken_for_lost_registers_anew() -> None:
    async def main() -> None:
        half, table = Taking(poll=5.0), Table(lanes={Priority.LIVE: ["a", "b"], Priority.BACKFILL: []})
        for alive in (False, True):
            taking = asyncio.create_task(half.take())
            await asyncio.sleep(0)
            await half.feed(as_jobs(table))
            await taking
            table.alive = alive
            await half.beat(as_jobs(table), 20.0)
        assert table.workers == 2

    run_virtually(main())


def test_a_job_that_a_lost_process_is_given_once_more_is_let_go_of_for_both_its_workers() -> None:
    async def main() -> None:
        half, table = Taking(poll=5.0), Table(lanes={Priority.LIVE: ["a", "a"], Priority.BACKFILL: []}, job=1)
        claims = []
        for alive in (False, True):
            taking = asyncio.create_task(half.take())
            await asyncio.sleep(0)
            await half.feed(as_jobs(table))
            claims.append(await taking)
            table.alive = alive
            await half.beat(as_jobs(table), 20.0)
        for claim in reversed(claims):
            half.done(claim, None, 0.0)
        await half.settle(as_jobs(table))
        assert [(each.job.id, each.job.worker) for each in table.settled] == [(1, 2), (1, 1)]

    run_virtually(main())


def test_what_nobody_took_before_the_end_goes_back_and_has_not_failed() -> None:
    async def main() -> None:
        half, table = Taking(poll=5.0), Table(lanes={Priority.LIVE: ["a"], Priority.BACKFILL: []})
        taking = asyncio.create_task(half.take())
        await asyncio.sleep(0)
        feeding = asyncio.create_task(half.feed(as_jobs(table)))
        taking.cancel()
        await asyncio.wait([taking, feeding])
        draining = asyncio.create_task(half.drain(10))
        await asyncio.sleep(0)
        await half.settle(as_jobs(table))
        assert await draining == 0
        assert [(each.retry_in, each.failures) for each in table.settled] == [(0.0, 0)]

    run_virtually(main())
