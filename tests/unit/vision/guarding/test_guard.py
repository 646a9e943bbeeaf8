"""The guard's shell: turns in line, refusals with the right code, one probe; being cancelled teaches nothing."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from aura.errors import Failure, Permanent, RetryAt, Transient
from aura.vision.guarding.breaker import BreakerPolicy
from aura.vision.guarding.guard import AnalyzerGuard, GuardPolicy, GuardState

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
DOWN = Transient("analyzer_unavailable", "It is down.")


class House:
    """A guard with a clock that only the test moves."""

    def __init__(self, most_at_once: int = 2, failures: int = 2) -> None:
        self.now = NOW
        self.seen: list[GuardState] = []
        policy = GuardPolicy(BreakerPolicy(failures, 30.0, 300.0), most_at_once)
        self.guard = AnalyzerGuard("a", policy, clock=lambda: self.now, chance=lambda: 0.0, watch=self.seen.append)

    async def ask(self, outcome: Exception | None = None, patience: float = 0.0, *, join_probe: bool = False) -> str:
        async with self.guard.turn(patience, join_probe=join_probe) as turn:
            return await turn.ask(answer(outcome))

    async def fail(self, outcome: Exception) -> None:
        with pytest.raises(type(outcome)):
            await self.ask(outcome)

    async def refused(self, patience: float = 0.0, *, join_probe: bool = False) -> Failure:
        with pytest.raises(Failure) as caught:
            await self.ask(None, patience, join_probe=join_probe)
        return caught.value


async def answer(outcome: Exception | None) -> str:
    if outcome is not None:
        raise outcome
    return "tags"


async def turns(house: House, gate: asyncio.Event, number: int) -> list[asyncio.Task[str]]:
    """That many questions under way, held until the gate opens."""

    async def held() -> str:
        async with house.guard.turn(60.0, join_probe=False) as turn:
            return await turn.ask(opened(gate))

    tasks = [asyncio.create_task(held()) for _ in range(number)]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    return tasks


async def opened(gate: asyncio.Event) -> str:
    await gate.wait()
    return "tags"


async def test_no_more_at_a_time_than_there_are_places() -> None:
    house, gate = House(most_at_once=2), asyncio.Event()
    tasks = await turns(house, gate, 7)
    assert house.guard.state.under_way == 2
    gate.set()
    assert await asyncio.gather(*tasks) == ["tags"] * 7
    assert max(state.under_way for state in house.seen) == 2
    assert house.guard.state.under_way == 0


async def test_whoever_waits_too_long_in_line_is_told_to_come_later() -> None:
    house, gate = House(most_at_once=1), asyncio.Event()
    tasks = await turns(house, gate, 1)
    refusal = await house.refused(0.05)
    assert isinstance(refusal, RetryAt)
    assert refusal.code == "analyzer_quota"
    gate.set()
    await asyncio.gather(*tasks)


async def test_it_opens_and_says_what_it_failed_of() -> None:
    house = House()
    await house.fail(DOWN)
    assert not house.guard.refuses()
    await house.fail(DOWN)
    assert house.guard.refuses()
    refusal = await house.refused()
    assert (type(refusal), refusal.code) == (Transient, "analyzer_unavailable")
    assert "It is down." in refusal.message
    house.now += timedelta(seconds=30)
    assert await house.ask() == "tags"
    assert house.guard.state.breaker == "closed"


async def test_a_quota_parks_until_its_end() -> None:
    house, at = House(), NOW + timedelta(hours=9)
    await house.fail(RetryAt("analyzer_quota", "Spent.", at))
    refusal = await house.refused(30.0)
    assert isinstance(refusal, RetryAt)
    assert (refusal.code, refusal.at) == ("analyzer_quota", at)
    assert house.guard.state.places == 1  # two were too many


async def test_a_short_pause_is_waited_out() -> None:
    house = House()
    house.guard._clock = lambda: datetime.now(UTC)
    with pytest.raises(RetryAt):
        await house.ask(RetryAt("analyzer_quota", "Slow down.", datetime.now(UTC) + timedelta(seconds=0.2)))
    assert await house.ask(patience=60.0) == "tags"


async def test_one_probe_and_the_others_wait_for_its_verdict() -> None:
    house, gate = House(failures=1), asyncio.Event()
    await house.fail(DOWN)
    house.now += timedelta(seconds=30)
    (probe,) = await turns(house, gate, 1)
    assert house.guard.state.breaker == "probing"
    assert (await house.refused(60.0, join_probe=False)).code == "analyzer_unavailable"
    joined = asyncio.create_task(house.ask(patience=60.0, join_probe=True))
    await asyncio.sleep(0)
    assert house.guard.state.under_way == 1
    gate.set()
    assert [await probe, await joined] == ["tags", "tags"]


async def test_a_cancelled_probe_teaches_nothing() -> None:
    house = House(failures=1)
    await house.fail(DOWN)
    house.now += timedelta(seconds=30)
    (probe,) = await turns(house, asyncio.Event(), 1)
    probe.cancel()
    await asyncio.gather(probe, return_exceptions=True)
    assert house.guard.state.breaker == "open"
    assert await house.ask() == "tags"


async def test_a_turn_that_was_not_used_teaches_nothing() -> None:
    house = House(failures=1)
    with pytest.raises(RetryAt, match="today"):
        async with house.guard.turn(0.0, join_probe=False):
            raise RetryAt("daily_limit", "Enough for today.", NOW)
    assert house.guard.state.breaker == "closed"
    assert house.guard.state.under_way == 0


async def test_a_refusal_of_the_photo_is_an_answer() -> None:
    house = House(failures=1)
    await house.fail(Permanent("photo_blocked", "Refused."))
    await house.fail(DOWN)
    house.now += timedelta(seconds=30)
    await house.fail(Permanent("photo_blocked", "Refused."))
    assert house.guard.state.breaker == "closed"


async def test_a_defect_counts_as_a_failure() -> None:
    house = House(failures=1)
    await house.fail(KeyError("defect"))
    assert (await house.refused()).code == "analyzer_unavailable"


async def test_what_another_process_was_told_is_kept_here_too() -> None:
    house = House()
    at = NOW + timedelta(hours=2)
    house.guard.told(RetryAt("analyzer_quota", "Spent.", at))
    refusal = await house.refused()
    assert isinstance(refusal, RetryAt)
    assert (refusal.code, refusal.at) == ("analyzer_quota", at)
    house.guard.told(RetryAt("analyzer_quota", "Spent.", at + timedelta(hours=1)))
    assert house.guard.state.until == at + timedelta(hours=1)
    assert house.guard.state.places == 2, "nobody said that there were too many at a time"
    house.now = at + timedelta(hours=1)
    assert await house.ask() == "tags"
    assert house.guard.state.breaker == "closed"
