"""What other processes are told reaches the work: through the inbox in one process, through the database in two."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from pydantic import SecretStr

from aura.errors import ConfigurationError
from aura.settings import Settings, SupabaseSettings
from consumer.changes import Change
from consumer.doubts import Cause
from consumer.router import WAKE_ID
from consumer.wake import WakeHints
from handlers.work import Work
from tests.unit.consumer.fakes import EPOCH, database_away, item
from tests.unit.consumer.test_hearing_pump import Bench as HearingBench
from tests.unit.consumer.test_hearing_pump import consumer, insert
from tests.unit.consumer.test_reconciler import Bench, intervals
from tests.unit.consumer.virtual_time import run_virtually

CHANGE = {"type": "INSERT", "table": "clothing_items", "schema": "public", "record": {"id": "i", "user_id": "u"}}


def runs(bench: Bench | HearingBench, cause: str) -> float:
    return bench.metrics.registry.get_sample_value("aura_reconcile_runs_total", {"cause": cause}) or 0.0


def test_a_wake_that_was_not_heard_is_read_and_has_everything_listed() -> None:
    async def main() -> None:
        bench = Bench()
        async with bench.running():
            bench.reconciler.became_live()
            await asyncio.sleep(16)
            bench.ledger.items, bench.ledger.woken_at = [item(1)], EPOCH + timedelta(seconds=16)
            await asyncio.sleep(15.1)
            assert bench.queue.knows(Work("analyze_item", "item-000001"))
            await asyncio.sleep(120)
        assert runs(bench, "wake") == 1, "each wake is answered once"

    run_virtually(main())


def test_a_wake_whose_listing_failed_is_answered_by_the_next() -> None:
    async def main() -> None:
        bench = Bench()
        async with bench.running():
            bench.reconciler.became_live()
            await asyncio.sleep(16)
            bench.ledger.woken_at = EPOCH + timedelta(seconds=16)
            bench.ledger.fails["items"] = database_away()
            await asyncio.sleep(16)
            assert bench.reconciler.trouble is not None
            bench.ledger.items = [item(1)]
            bench.ledger.fails.clear()
            await asyncio.sleep(16)
            assert bench.queue.knows(Work("analyze_item", "item-000001"))

    run_virtually(main())


def test_a_stream_of_wakes_lists_as_often_as_deafness_does() -> None:
    async def main() -> None:
        bench = Bench()
        began = asyncio.get_running_loop().time()
        async with bench.running():
            for _ in range(60):
                bench.reconciler.woken()
                await asyncio.sleep(1)
        listed = bench.ledger.times("items")
        assert listed[0] <= began + 1.1
        assert min(intervals(listed)) >= 5.0
        assert len(listed) >= 11

    run_virtually(main())


def test_a_wake_that_is_heard_has_everything_listed() -> None:
    async def main() -> None:
        bench = HearingBench()
        bench.ledger.items = [item(1)]
        bench.ear.change(Change("aura_canary", "UPDATE", {"id": WAKE_ID, "beat": 3}))
        await bench.run(2)
        assert runs(bench, "wake") == 1
        assert bench.queue.knows(Work("analyze_item", "item-000001"))

    run_virtually(main())


def test_what_a_webhook_tells_is_routed_and_says_nothing_about_hearing() -> None:
    async def main() -> None:
        bench = HearingBench()
        bench.hearing.told(insert(1))
        bench.hearing.told(Change("likes", "DELETE", old_record={"id": "l"}))
        await bench.run(2)
        assert bench.queue.knows(Work("analyze_item", "item-1"))
        assert runs(bench, "marks") == 1
        assert bench.metrics.registry.get_sample_value("aura_changes_total") is None
        bench.hearing.announced.found(("analyze_item", "item-1"), 2)
        assert bench.hearing.announced.missed(20) == 1, "Realtime has not announced it"

    run_virtually(main())


def test_no_webhook_can_pass_for_a_canary_or_a_wake() -> None:
    async def main() -> None:
        bench = HearingBench()
        bench.ear.system_ok()
        bench.ear.liveness.canary_written(1, 1000, 1000)
        for canary in ("c", WAKE_ID):
            bench.hearing.told(Change("aura_canary", "UPDATE", {"id": canary, "beat": 1}))
        await bench.run(2)
        assert not bench.ear.live
        assert bench.ledger.times("items") == []

    run_virtually(main())


def test_a_flood_of_webhooks_is_bounded_and_has_the_lists_read() -> None:
    async def main() -> None:
        bench = HearingBench(inbox=10)
        for number in range(25):
            bench.hearing.told(insert(number))
        await bench.run(3)
        assert bench.gaps(Cause.INBOX_FULL) == 15
        assert len(bench.ledger.times("items")) == 1

    run_virtually(main())


def test_a_consumer_takes_hints_of_its_own_tables_alone() -> None:
    async def main() -> list[str]:
        supabase = SupabaseSettings.model_validate({"url": "http://127.0.0.1:1", "service_key": SecretStr("k")})
        role = consumer(Settings(supabase=supabase))
        for more in ({}, {"schema": "storage"}, {"table": "users"}, {"type": "TRUNCATE"}, {"table": None}):
            await role.offer({**CHANGE, **more})
        return [change.table for _, change in await role._hearing.inbox.take(10)]

    assert run_virtually(main()) == ["clothing_items"]


class Waker:
    """A ledger that is woken: answers in turn what it is given, True after that."""

    def __init__(self, *answers: bool | Exception) -> None:
        self.answers = list(answers)
        self.at: list[float] = []

    async def wake(self) -> bool:
        self.at.append(round(asyncio.get_running_loop().time(), 1))
        await asyncio.sleep(0.01)
        answer = self.answers.pop(0) if self.answers else True
        if isinstance(answer, Exception):
            raise answer
        return answer


async def offering(waker: Waker, *, times: int = 1, every: float = 0.0, then: float = 10.0) -> None:
    async with WakeHints(waker) as hints:
        for _ in range(times):
            await hints.offer(CHANGE)
            await asyncio.sleep(every)
        await asyncio.sleep(then)


def test_a_hint_wakes_at_once_and_many_at_most_once_a_second() -> None:
    one, many = Waker(), Waker()
    run_virtually(offering(one))
    run_virtually(offering(many, times=100, every=0.05))
    assert len(one.at) == 1
    assert 5 <= len(many.at) <= 7
    assert min(intervals(many.at)) >= 1.0


def test_a_hint_that_comes_during_a_wake_gets_one_of_its_own() -> None:
    waker = Waker()

    async def main() -> None:
        async with WakeHints(waker) as hints:
            await hints.offer(CHANGE)
            await asyncio.sleep(0.005)
            await hints.offer(CHANGE)
            await asyncio.sleep(5)

    run_virtually(main())
    assert len(waker.at) == 2


def test_a_wake_of_somebody_else_just_before_is_followed_by_one_more_call() -> None:
    waker = Waker(False, False)
    run_virtually(offering(waker))
    assert len(waker.at) == 2, "a second refusal means: somebody wrote after the hint"
    assert waker.at[1] - waker.at[0] >= 1.0


def test_a_wake_waits_for_the_database() -> None:
    waker = Waker(*(database_away() for _ in range(4)))
    run_virtually(offering(waker, then=60))
    assert len(waker.at) == 5


def test_a_refused_key_does_not_end_the_process() -> None:
    waker = Waker(ConfigurationError("the key was refused"))
    run_virtually(offering(waker, then=60))
    assert len(waker.at) == 2


def test_the_last_hint_is_passed_on_before_the_end() -> None:
    waker = Waker()
    run_virtually(offering(waker, times=3, then=0.0))
    assert len(waker.at) >= 1


def test_the_end_does_not_wait_for_a_database_that_is_away() -> None:
    waker = Waker(*(database_away() for _ in range(1000)))

    async def main() -> float:
        began = asyncio.get_running_loop().time()
        await offering(waker, then=0.0)
        return asyncio.get_running_loop().time() - began

    assert run_virtually(main()) <= 3.0
