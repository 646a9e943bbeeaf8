"""The supervisor with its canary against a Realtime of the test's making, in virtual time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from itertools import pairwise
from random import Random
from typing import Any

import pytest

from aura.telemetry.metrics import Metrics
from consumer.attempt import Attempt
from consumer.backoff import Backoff
from consumer.canary import Canary
from consumer.changes import Change
from consumer.doubts import Cause, Doubt
from consumer.liveness import State, Timing
from consumer.router import canary_beat
from consumer.supervisor import Supervisor
from tests.unit.consumer.fakes import FakeLedger, FakeRealtime, database_away
from tests.unit.consumer.virtual_time import run_virtually


class Bench:
    """Records what the supervisor lets follow from its verdicts."""

    def __init__(self) -> None:
        loop = asyncio.get_running_loop()
        self.realtime, self.ledger, self.metrics = FakeRealtime(), FakeLedger(), Metrics()
        self.ledger.on_beat = self.realtime.canary
        self.gaps: list[Cause] = []
        self.lives: list[float] = []
        backoff = Backoff(base=0.5, cap=30, healthy_after=120, random=Random(0))
        self.canary = Canary(self.ledger, "c", interval=15, hurry=5, clock=loop.time, random=Random(0))
        self.supervisor = Supervisor(
            self.realtime.subscribe, self, timing=Timing(), backoff=backoff, clock=loop.time, metrics=self.metrics
        )

    def heard(self, attempt: Attempt, change: Change) -> None:
        beat = canary_beat(change)
        assert beat is not None
        attempt.canary_seen(beat)

    def gap(self, cause: Cause) -> None:
        self.gaps.append(cause)

    def became_live(self) -> None:
        self.lives.append(asyncio.get_running_loop().time())

    def beat_now(self) -> None:
        self.canary.beat_now()

    async def wait_for(self, condition: Callable[[], bool], within: float) -> float:
        """Seconds until the condition held."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        async with asyncio.timeout(within):
            while not condition():
                await asyncio.sleep(0.05)
        return loop.time() - began


def supervised(test: Callable[[Bench], Coroutine[Any, Any, None]]) -> None:
    """Run ``test`` beside a running supervisor and canary; afterwards nothing may be left open."""

    async def main() -> None:
        bench = Bench()
        parts = [bench.supervisor.run(), bench.canary.run(bench.supervisor)]
        tasks = [asyncio.create_task(part) for part in parts]
        try:
            await test(bench)
            assert not [task for task in tasks if task.done()]
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)
        assert not bench.realtime.open
        assert bench.realtime.most_open <= 2

    run_virtually(main())


def test_it_is_live_soon_after_the_start_and_stays_so_for_hours() -> None:
    async def test(bench: Bench) -> None:
        assert await bench.wait_for(lambda: bench.supervisor.live, 5) < 2
        await asyncio.sleep(2 * 3600)
        assert bench.supervisor.live
        assert len(bench.realtime.made) == 1
        assert bench.gaps == []
        assert len(bench.lives) == 1

    supervised(test)


def test_a_lost_socket_is_replaced_at_once_and_is_a_gap() -> None:
    async def test(bench: Bench) -> None:
        await bench.wait_for(lambda: bench.supervisor.live, 5)
        await asyncio.sleep(200)
        bench.realtime.open[0].end()
        await asyncio.sleep(0.01)
        assert not bench.supervisor.live
        assert await bench.wait_for(lambda: bench.supervisor.live, 5) < 2.5
        assert bench.gaps == [Cause.SOCKET_LOST]
        assert len(bench.lives) == 2

    supervised(test)


def test_attempts_become_rarer_during_an_outage_and_never_end() -> None:
    async def test(bench: Bench) -> None:
        bench.realtime.refusal = Doubt(Cause.CONNECT_FAILED, "refused")
        await asyncio.sleep(3600)
        tried = len(bench.realtime.made)
        assert 120 < tried < 360, "about one attempt in fifteen seconds on average"
        bench.realtime.refusal = None
        assert await bench.wait_for(lambda: bench.supervisor.live, 35) < 33
        assert bench.gaps == []

    supervised(test)


def test_a_rate_limit_is_given_half_a_minute() -> None:
    async def test(bench: Bench) -> None:
        bench.realtime.refusal = Doubt(Cause.CONNECT_FAILED, "HTTP 429", rate_limited=True)
        await asyncio.sleep(290)
        starts = [at for at, _ in bench.realtime.made]
        assert all(late - early >= 30 for early, late in pairwise(starts))

    supervised(test)


def test_a_permanent_cause_stays_visible_until_it_is_mended() -> None:
    async def test(bench: Bench) -> None:
        bench.realtime.refusal = Doubt(Cause.CONNECT_FAILED, "HTTP 401", remedy="Check the key.")
        await asyncio.sleep(300)
        assert bench.supervisor.trouble == bench.realtime.refusal
        assert len(bench.realtime.made) > 10
        bench.realtime.refusal = None
        await bench.wait_for(lambda: bench.supervisor.live, 40)
        assert bench.supervisor.trouble is None

    supervised(test)


def test_a_deaf_subscription_is_dropped_only_when_its_successor_hears() -> None:
    async def test(bench: Bench) -> None:
        await bench.wait_for(lambda: bench.supervisor.live, 5)
        old = bench.realtime.open[0]
        old.hears = False
        took = await bench.wait_for(lambda: not bench.supervisor.live, 30)
        assert took < 15 + 10 + 1
        took = await bench.wait_for(lambda: len(bench.realtime.open) == 2, 60)
        assert took == pytest.approx(35, abs=1)
        await bench.wait_for(lambda: bench.supervisor.live, 5)
        await asyncio.sleep(0.2)
        assert not old.open
        assert len(bench.realtime.open) == 1
        assert bench.gaps == [Cause.CANARY_LATE]

    supervised(test)


def test_a_server_that_is_deaf_to_everybody_is_not_rebuilt_more_than_once_a_minute() -> None:
    async def test(bench: Bench) -> None:
        await bench.wait_for(lambda: bench.supervisor.live, 5)
        bench.realtime.successors_hear = False
        bench.realtime.open[0].hears = False
        await asyncio.sleep(1800)
        starts = [at for at, _ in bench.realtime.made[1:]]
        assert 15 < len(starts) <= 30
        assert all(late - early >= 60 for early, late in pairwise(starts))
        assert bench.supervisor.state is State.DEAF
        for each in bench.realtime.open:
            each.hears = True
        assert await bench.wait_for(lambda: bench.supervisor.live, 10) < 6

    supervised(test)


def test_an_old_subscription_that_hears_again_makes_its_successor_needless() -> None:
    async def test(bench: Bench) -> None:
        await bench.wait_for(lambda: bench.supervisor.live, 5)
        old = bench.realtime.open[0]
        bench.realtime.successors_hear = False
        old.hears = False
        await bench.wait_for(lambda: len(bench.realtime.open) == 2, 90)
        old.hears = True
        await bench.wait_for(lambda: bench.supervisor.live, 10)
        await asyncio.sleep(1)
        assert bench.realtime.open == [old]

    supervised(test)


def test_both_ending_during_a_hand_over_is_survived() -> None:
    async def test(bench: Bench) -> None:
        await bench.wait_for(lambda: bench.supervisor.live, 5)
        bench.realtime.successors_hear = False
        bench.realtime.open[0].hears = False
        await bench.wait_for(lambda: len(bench.realtime.open) == 2, 90)
        for each in bench.realtime.open:
            each.end()
        bench.realtime.successors_hear = True
        await bench.wait_for(lambda: bench.supervisor.live, 10)
        assert len(bench.realtime.open) == 1

    supervised(test)


def test_a_database_that_is_away_is_not_answered_by_new_subscriptions() -> None:
    async def test(bench: Bench) -> None:
        await bench.wait_for(lambda: bench.supervisor.live, 5)
        bench.ledger.away = database_away()
        await asyncio.sleep(600)
        assert bench.supervisor.state is State.DEAF
        assert bench.canary.trouble is not None
        assert len(bench.realtime.made) == 1
        bench.ledger.away = None
        assert await bench.wait_for(lambda: bench.supervisor.live, 10) < 6
        assert bench.gaps == [Cause.CANARY_UNWRITTEN]

    supervised(test)


def test_a_subscription_that_raises_is_a_defect_and_not_the_end() -> None:
    async def test(bench: Bench) -> None:
        await bench.wait_for(lambda: bench.supervisor.live, 5)
        bench.realtime.open[0]._ended.set_exception(RuntimeError("a defect"))
        await asyncio.sleep(0.01)
        await bench.wait_for(lambda: bench.supervisor.live, 5)
        assert bench.gaps == [Cause.LISTENER_ENDED]

    supervised(test)
