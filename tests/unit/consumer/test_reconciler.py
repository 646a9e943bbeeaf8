from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import pairwise
from random import Random
from typing import Any

import pytest

from aura.gateway.work_rows import AuditPage
from aura.settings import ReconcileSettings
from aura.telemetry.metrics import Metrics
from consumer.announced import Announced
from consumer.doubts import Cause
from consumer.queue import MemoryQueue
from consumer.reconciler import Reconciler
from handlers.work import Work
from tests.unit.consumer.fakes import FakeLedger, database_away, item, utc_now
from tests.unit.consumer.virtual_time import run_virtually

SETTINGS = ReconcileSettings(page_size=10, full_jitter_seconds=0.001)


class Bench:
    """A reconciler with its surroundings."""

    def __init__(self, *, live: bool = True, size: int = 1000, **settings: Any) -> None:
        self.ledger = FakeLedger()
        self.queue = MemoryQueue(size)
        self.live = live
        self.metrics = Metrics()
        self.announced = Announced()
        self.reconciler = Reconciler(
            self.ledger,
            self.queue,
            self.announced,
            SETTINGS.model_copy(update=settings),
            is_live=lambda: self.live,
            clock=asyncio.get_running_loop().time,
            utc_now=utc_now,
            random=Random(0),
            metrics=self.metrics,
        )

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        task = asyncio.create_task(self.reconciler.run())
        try:
            yield
            assert not task.done(), task.exception()
        finally:
            task.cancel()

    async def run(self, seconds: float) -> None:
        async with self.running():
            await asyncio.sleep(seconds)

    def missed(self) -> float:
        return float(self.metrics.events_missed.labels("analyze_item")._value.get())


async def finish_everything(queue: MemoryQueue, into: list[str]) -> None:
    while True:
        claim = await queue.take()
        into.append(claim.work.key)
        queue.done(claim)


def intervals(moments: list[float]) -> list[float]:
    return [round(late - early, 1) for early, late in pairwise(moments)]


def test_becoming_live_lists_everything_at_once_page_by_page() -> None:
    async def main() -> None:
        bench = Bench()
        bench.ledger.items = [item(number) for number in range(35)]
        bench.ledger.users = [f"user-{number:02d}" for number in range(12)]
        async with bench.running():
            bench.reconciler.became_live()
            await asyncio.sleep(0.1)
        assert (bench.queue.depth().live, bench.queue.depth().backfill) == (35, 12)
        assert len(bench.ledger.times("items")) == 4

    run_virtually(main())


def test_while_deaf_it_lists_every_five_seconds_and_while_live_every_five_minutes() -> None:
    async def main() -> None:
        deaf, live = Bench(live=False), Bench()
        await deaf.run(60)
        await live.run(1000)
        assert set(intervals(deaf.ledger.times("items"))) <= {5.0, 5.1}
        assert len(deaf.ledger.times("items")) == 11
        assert intervals(live.ledger.times("items")) == [300.0, 300.0]

    run_virtually(main())


def test_marks_are_listed_every_fifteen_seconds() -> None:
    async def main() -> None:
        bench = Bench()
        await bench.run(100)
        assert set(intervals(bench.ledger.times("marks"))) == {15.0}

    run_virtually(main())


def test_gaps_share_one_listing() -> None:
    async def main() -> None:
        bench = Bench()
        async with bench.running():
            for cause in (Cause.SOCKET_LOST, Cause.INBOX_FULL, Cause.SOCKET_LOST, Cause.PAYLOAD_ERRORS):
                bench.reconciler.gap(cause)
                await asyncio.sleep(0.1)
            await asyncio.sleep(5)
        assert len(bench.ledger.times("items")) == 1

    run_virtually(main())


def test_what_is_asked_for_during_a_run_gets_a_run_of_its_own_afterwards() -> None:
    async def main() -> None:
        bench = Bench()
        bench.ledger.seconds = 4.0
        async with bench.running():
            bench.reconciler.became_live()
            await asyncio.sleep(1)
            bench.reconciler.gap(Cause.SOCKET_LOST)
            await asyncio.sleep(40)
        assert len(bench.ledger.times("items")) == 2

    run_virtually(main())


def test_a_full_queue_stops_the_paging_and_nothing_is_lost() -> None:
    async def main() -> None:
        bench = Bench(size=40)
        bench.ledger.items = [item(number) for number in range(200)]
        done: list[str] = []

        async def finish() -> None:
            while True:
                claim = await bench.queue.take()
                await asyncio.sleep(0.2)
                done.append(claim.work.key)
                bench.ledger.items = [each for each in bench.ledger.items if each.id != claim.work.key]
                bench.queue.done(claim)

        async with bench.running():
            worker = asyncio.create_task(finish())
            bench.reconciler.became_live()
            await asyncio.sleep(1)
            assert bench.queue.depth().total <= 40
            await asyncio.sleep(120)
            worker.cancel()
        assert sorted(done) == [f"item-{number:06d}" for number in range(200)]

    run_virtually(main())


def test_a_long_backfill_does_not_hide_what_happens_now() -> None:
    async def main() -> None:
        bench = Bench(live=False, size=60)
        bench.ledger.items = [item(number, backfill=True) for number in range(500)]
        bench.ledger.items += [item(1000)]
        async with bench.running():
            await asyncio.sleep(6)
            assert bench.queue.knows(Work("analyze_item", "item-001000"))
            bench.ledger.items += [item(1001)]
            before = len(bench.ledger.times("items"))
            await asyncio.sleep(10)
        assert bench.queue.knows(Work("analyze_item", "item-001001"))
        assert len(bench.ledger.times("items")) - before <= 6, "the backfill is not read again and again"
        assert bench.queue.depth().backfill == 30

    run_virtually(main())


def test_a_long_backfill_goes_on_as_soon_as_there_is_room_again() -> None:
    async def main() -> None:
        bench = Bench(size=60)
        bench.ledger.items = [item(number, backfill=True) for number in range(300)]
        done: list[str] = []

        async def finish() -> None:
            while True:
                claim = await bench.queue.take()
                await asyncio.sleep(0.05)
                done.append(claim.work.key)
                bench.ledger.items = [each for each in bench.ledger.items if each.id != claim.work.key]
                bench.queue.done(claim)

        async with bench.running():
            worker = asyncio.create_task(finish())
            bench.reconciler.became_live()
            await asyncio.sleep(40)
            worker.cancel()
        assert len(set(done)) == 300

    run_virtually(main())


def test_retries_that_fall_due_soon_are_taken_up_with_their_delay() -> None:
    async def main() -> None:
        bench = Bench()
        async with bench.running():
            await asyncio.sleep(295)
            bench.ledger.items = [item(1, due_in=100), item(2, due_in=4000)]
            await asyncio.sleep(10)
            assert bench.queue.depth().delayed == 1
            claim = await bench.queue.take()
        assert asyncio.get_running_loop().time() - 1000 == pytest.approx(395, abs=0.1)
        assert claim.work.key == "item-000001"

    run_virtually(main())


def test_a_listing_does_not_hasten_what_is_being_retried() -> None:
    async def main() -> None:
        bench = Bench(live=False)
        bench.ledger.items = [item(1)]
        bench.queue.add(Work("analyze_item", "item-000001"), delay=60)
        await bench.run(30)
        assert bench.queue.depth().delayed == 1

    run_virtually(main())


def test_it_survives_an_outage_of_the_database_and_keeps_what_it_was_asked_for() -> None:
    async def main() -> None:
        bench = Bench()
        bench.ledger.away = database_away()
        bench.ledger.items = [item(1)]
        async with bench.running():
            bench.reconciler.became_live()
            await asyncio.sleep(120)
            assert str(bench.reconciler.trouble) == "The database is away."
            assert len(bench.ledger.times("items")) < 60, "an outage is not answered by hammering"
            bench.ledger.away = None
            await asyncio.sleep(16)
        assert bench.reconciler.trouble is None
        assert bench.queue.knows(Work("analyze_item", "item-000001"))

    run_virtually(main())


def test_only_what_no_event_announced_counts_as_missed() -> None:
    async def main() -> None:
        bench = Bench()
        bench.ledger.items = [item(1)]
        done: list[str] = []
        async with bench.running():
            worker = asyncio.create_task(finish_everything(bench.queue, done))
            bench.reconciler.became_live()
            await asyncio.sleep(20)
            assert bench.missed() == 0, "what came before we listened was not missed"
            bench.ledger.items = [item(2), item(3), item(4, backfill=True), item(5, due_in=-1), item(6, again=True)]
            bench.reconciler.gap(Cause.SOCKET_LOST)
            await asyncio.sleep(3)
            bench.announced.heard(("analyze_item", "item-000003"), asyncio.get_running_loop().time())
            await asyncio.sleep(20)
            worker.cancel()
        assert bench.missed() == 1
        assert len(set(done)) == 6
        assert bench.metrics.gaps.labels("missed_found")._value.get() == 1

    run_virtually(main())


def test_what_was_lost_without_any_sign_is_found_by_its_count() -> None:
    async def main() -> None:
        bench = Bench()
        async with bench.running():
            await asyncio.sleep(40)
            bench.ledger.items = [item(number) for number in range(50)]
            await asyncio.sleep(16)
            assert bench.queue.depth().live == 50
            listings = len(bench.ledger.times("items"))
            await asyncio.sleep(100)
            assert len(bench.ledger.times("items")) == listings, "a backlog that does not grow is known"

    run_virtually(main())


def test_the_audit_goes_page_by_page_between_other_listings_once_in_its_time() -> None:
    async def main() -> None:
        bench = Bench(audit_seconds=7200)
        pages = [AuditPage("u1", 10, 0), AuditPage("u2", 10, 1), AuditPage(None, 3, 0)]
        bench.ledger.audit = list(pages)
        await bench.run(3 * 3600)
        audits = bench.ledger.times("audit")
        assert len(audits) == 4
        assert audits[2] - audits[0] < 10
        assert audits[3] - audits[2] == pytest.approx(7200, abs=5)
        assert intervals(bench.ledger.times("prune"))[0] == pytest.approx(3600, abs=20)

    run_virtually(main())


def test_the_oldest_outstanding_work_is_known() -> None:
    async def main() -> None:
        bench = Bench()
        bench.ledger.items = [item(1), item(2)]
        await bench.run(20)
        assert bench.reconciler.summary is not None
        assert bench.reconciler.summary.items == 2
        assert bench.metrics.oldest_outstanding.labels("analyze_item")._value.get() == pytest.approx(1015, abs=1)

    run_virtually(main())


def test_what_waits_for_the_first_choice_is_told_and_is_no_work_that_is_late() -> None:
    async def main() -> None:
        bench = Bench()
        bench.ledger.renewals = [utc_now(), utc_now()]
        await bench.run(20)
        assert bench.metrics.renewals._value.get() == 2
        assert bench.metrics.oldest_renewal._value.get() == pytest.approx(15, abs=6)
        assert bench.metrics.oldest_outstanding.labels("analyze_item")._value.get() == 0

    run_virtually(main())


async def settle_everything(bench: Bench) -> None:
    while True:
        claim = await bench.queue.take()
        bench.ledger.items = [each for each in bench.ledger.items if each.id != claim.work.key]
        bench.queue.done(claim)


def test_what_realtime_dropped_among_others_is_found_soon_though_there_is_no_more_of_it_than_before() -> None:
    async def main() -> None:
        bench = Bench()
        async with bench.running():
            worker = asyncio.create_task(settle_everything(bench))
            bench.reconciler.became_live()
            for number in range(0, 60, 2):
                await asyncio.sleep(6)
                bench.ledger.items = [item(number), item(number + 1)]  # as many as last time, never heard of
                bench.reconciler.heard()
                await asyncio.sleep(6)
                assert bench.ledger.items == []
            worker.cancel()

    run_virtually(main())


def test_after_a_find_it_looks_again_until_nothing_is_found() -> None:
    async def main() -> None:
        bench = Bench()
        async with bench.running():
            worker = asyncio.create_task(settle_everything(bench))
            bench.reconciler.became_live()
            await asyncio.sleep(20)
            bench.ledger.items = [item(1)]
            bench.reconciler.heard()
            await asyncio.sleep(6)
            for number in range(2, 6):
                bench.ledger.items = [item(number)]
                await asyncio.sleep(6)
                assert bench.ledger.items == []
            listings = len(bench.ledger.times("items"))
            await asyncio.sleep(60)
            assert len(bench.ledger.times("items")) == listings + 1, "the last find was followed by a look in vain"
            worker.cancel()

    run_virtually(main())


def test_work_that_finds_no_room_in_the_queue_does_not_look_missed() -> None:
    async def main() -> None:
        bench = Bench(size=100)
        bench.ledger.items = [item(number, backfill=True) for number in range(300)]
        bench.reconciler.became_live()
        await bench.run(120)
        assert bench.metrics.reconcile_runs.labels("unaccounted")._value.get() == 0

    run_virtually(main())
