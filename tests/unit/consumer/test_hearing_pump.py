from __future__ import annotations

import asyncio
from collections.abc import Sequence
from random import Random
from typing import Any

from pydantic import SecretStr

from aura.errors import ConfigurationError
from aura.settings import RealtimeSettings, ReconcileSettings, Settings, SupabaseSettings
from aura.telemetry.metrics import Metrics
from consumer.announced import Announced
from consumer.attempt import Attempt
from consumer.changes import Change
from consumer.doubts import Cause
from consumer.hearing import Consumer, Hearing
from consumer.inbox import Inbox
from consumer.liveness import Action, Timing
from consumer.queue import MemoryQueue
from consumer.reconciler import Reconciler
from handlers.work import Work
from tests.unit.consumer.fakes import FakeLedger, utc_now
from tests.unit.consumer.virtual_time import run_virtually


def insert(number: int, **data: Any) -> Change:
    record = {"id": f"item-{number}", "user_id": "me", "image_url": "https://x/y.jpg", "ai_tags": None}
    return Change("clothing_items", "INSERT", record, **data)


class Bench:
    """A hearing with one subscription's ear, and what became of it."""

    def __init__(self, *, inbox: int = 1000, queue: int = 1000) -> None:
        clock = asyncio.get_running_loop().time
        self.queue, self.metrics, self.ledger = MemoryQueue(queue), Metrics(), FakeLedger()
        self.hearing = Hearing(self.queue, self.metrics, clock, Inbox(inbox), Announced())
        self.hearing.reconciler = Reconciler(
            self.ledger,
            self.queue,
            self.hearing.announced,
            ReconcileSettings(full_jitter_seconds=0.1),
            is_live=lambda: True,
            clock=clock,
            utc_now=utc_now,
            random=Random(0),
            metrics=self.metrics,
        )
        self.actions: list[Action] = []
        self.ear = Attempt(Timing(), clock, act=self.note, hear=self.hearing.heard)
        self.tasks: list[asyncio.Task[None]] = []

    def note(self, actions: Sequence[Action]) -> None:
        self.actions += actions

    def gaps(self, cause: Cause) -> float:
        return self.metrics.registry.get_sample_value("aura_gaps_total", {"cause": cause.value}) or 0.0

    async def run(self, seconds: float) -> None:
        tasks = [asyncio.create_task(self.hearing.pump()), asyncio.create_task(self.hearing.reconciler.run())]
        await asyncio.sleep(seconds)
        assert not [task for task in tasks if task.done()]
        for task in tasks:
            task.cancel()


def test_a_change_becomes_work_and_its_style_waits_for_more() -> None:
    async def main() -> None:
        bench = Bench()
        bench.ear.change(insert(1))
        await bench.run(0.1)
        assert bench.queue.depth().live == 1
        assert bench.queue.depth().delayed == 1
        assert bench.queue.knows(Work("style_dna", "me"))

    run_virtually(main())


def test_photos_come_before_style() -> None:
    async def main() -> None:
        bench = Bench()
        bench.ear.change(insert(1))
        await bench.run(2)
        bench.ear.change(insert(2))
        await bench.run(0.1)
        claims = [await bench.queue.take() for _ in range(3)]
        assert [claim.work.kind for claim in claims] == ["analyze_item", "analyze_item", "style_dna"]

    run_virtually(main())


def test_a_full_inbox_drops_counts_and_has_the_lists_read() -> None:
    async def main() -> None:
        bench = Bench(inbox=10)
        for number in range(25):
            bench.ear.change(insert(number))
        await bench.run(3)
        assert bench.gaps(Cause.INBOX_FULL) == 15
        assert bench.queue.depth().live == 10
        assert len(bench.ledger.times("items")) == 1

    run_virtually(main())


def test_a_full_inbox_lets_canaries_in() -> None:
    async def main() -> None:
        bench = Bench(inbox=1)
        bench.ear.joined()
        bench.ear.system_ok()
        bench.ear.change(insert(1))
        bench.ear.change(insert(2))
        bench.ear.liveness.canary_written(1, 1000, 1000)
        bench.ear.change(Change("aura_canary", "UPDATE", {"id": "c", "beat": 1}))
        await bench.run(0.1)
        assert bench.ear.live

    run_virtually(main())


def test_a_full_queue_drops_counts_and_has_the_lists_read_later() -> None:
    async def main() -> None:
        bench = Bench(queue=5)
        for number in range(8):
            bench.ear.change(Change("clothing_items", "INSERT", {"id": f"item-{number}"}))
        await bench.run(0.1)
        assert bench.gaps(Cause.QUEUE_FULL) == 3
        assert bench.metrics.registry.get_sample_value("aura_queue_dropped_total") == 3
        await bench.run(6)
        assert bench.metrics.registry.get_sample_value("aura_reconcile_runs_total", {"cause": "queue_full"}) == 1

    run_virtually(main())


def test_deletes_share_one_listing_of_the_marks() -> None:
    async def main() -> None:
        bench = Bench()
        bench.ledger.users = ["u1", "u2"]
        for number in range(50):
            bench.ear.change(Change("likes", "DELETE", old_record={"id": str(number)}))
        await bench.run(3)
        assert len(bench.ledger.times("marks")) == 1
        assert bench.ledger.times("items") == []
        assert bench.queue.knows(Work("style_dna", "u2"))

    run_virtually(main())


def test_a_damaged_change_still_gives_what_it_has() -> None:
    async def main() -> None:
        bench = Bench()
        bench.ear.system_ok()
        bench.ear.change(insert(1, errors=("Error 413: Payload Too Large",)))
        await bench.run(0.1)
        assert bench.queue.knows(Work("analyze_item", "item-1"))
        assert any(getattr(action, "cause", None) is Cause.PAYLOAD_ERRORS for action in bench.actions)

    run_virtually(main())


def test_the_pump_gives_way_during_a_burst() -> None:
    async def main() -> int:
        bench = Bench(inbox=5000, queue=5000)
        for number in range(5000):
            bench.ear.change(insert(number))
        task = asyncio.create_task(bench.hearing.pump())
        turns = 0
        while len(bench.hearing.inbox):
            await asyncio.sleep(0)
            turns += 1
        task.cancel()
        return turns

    assert run_virtually(main()) >= 50


def consumer(settings: Settings) -> Consumer:
    clock = asyncio.get_running_loop().time
    return Consumer(settings, FakeLedger(), MemoryQueue(10), Metrics(), clock=clock, utc_now=utc_now, random=Random(0))


def test_a_missing_setting_is_told_at_the_start() -> None:
    async def main() -> str:
        try:
            consumer(Settings(supabase=SupabaseSettings.model_validate({"url": "http://127.0.0.1:1"})))
        except ConfigurationError as error:
            return str(error)
        return ""

    assert "SERVICE" in run_virtually(main())


def test_the_whole_consumer_runs_without_anything_to_reach() -> None:
    """Nobody listens at that port: it keeps trying, says so, and ends at once when it is told to."""

    async def main() -> None:
        supabase = SupabaseSettings.model_validate({"url": "http://127.0.0.1:1", "service_key": SecretStr("k")})
        role = consumer(Settings(supabase=supabase, realtime=RealtimeSettings(backoff_max_seconds=0.2)))
        task = asyncio.create_task(role.run())
        async with asyncio.timeout(20):
            while "connect" not in str(role.health().reasons).lower():
                await asyncio.sleep(0.05)
        assert not role.health().ready
        task.cancel()
        await asyncio.wait([task], timeout=5)
        assert task.cancelled()

    asyncio.run(main())
