"""Kept answers: one person's alone, true for one version, bounded, and computed once for all who ask together."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from aura.telemetry.metrics import Metrics
from http_api.cache import AnswerCache


class Clock:
    """Seconds that a test turns."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


class Kitchen:
    """Computes answers and counts them; waits for `open` where it is closed."""

    def __init__(self) -> None:
        self.made = 0
        self.open = asyncio.Event()
        self.open.set()

    def cook(self, answer: object) -> Callable[[], Coroutine[Any, Any, object]]:
        async def made() -> object:
            self.made += 1
            await self.open.wait()
            if isinstance(answer, Exception):
                raise answer
            return answer

        return made


def cache_of(entries: int = 10, seconds: float = 60.0) -> tuple[AnswerCache, Clock, Metrics]:
    clock, metrics = Clock(), Metrics()
    return AnswerCache(entries, seconds, clock, metrics), clock, metrics


def counted(metrics: Metrics) -> dict[str, int]:
    samples = next(iter(metrics.api_cache.collect())).samples
    return {each.labels["outcome"]: int(each.value) for each in samples if each.name.endswith("_total")}


async def turns() -> None:
    """Let everything that can run do so."""
    for _ in range(5):
        await asyncio.sleep(0)


async def test_an_answer_is_kept_for_its_version() -> None:
    cache, _, metrics = cache_of()
    kitchen = Kitchen()
    assert await cache.answer("ada", "q", "1", kitchen.cook("first")) == "first"
    assert await cache.answer("ada", "q", "1", kitchen.cook("second")) == "first"
    assert await cache.answer("ada", "q", "2", kitchen.cook("third")) == "third"
    assert kitchen.made == 2
    assert counted(metrics) == {"miss": 1, "hit": 1, "stale": 1}
    assert len(cache) == 1


async def test_two_people_never_share_an_answer() -> None:
    """Same question, same version, and names that would run together in a joined key."""
    cache, _, _ = cache_of()
    kitchen = Kitchen()
    people = [("ada", "q", "1"), ("deniz", "q", "1"), ("ada/q", "", "1"), ("", "ada/q", "1"), ("adaq", "", "1")]
    for number, (user, question, version) in enumerate(people):
        assert await cache.answer(user, question, version, kitchen.cook(number)) == number
    for number, (user, question, version) in enumerate(people):
        assert await cache.answer(user, question, version, kitchen.cook("other")) == number


async def test_two_people_who_ask_at_once_never_share_a_computation() -> None:
    cache, _, _ = cache_of()
    kitchen = Kitchen()
    kitchen.open.clear()
    asked = [asyncio.create_task(cache.answer(user, "q", "1", kitchen.cook(user))) for user in ("ada", "deniz")]
    await turns()
    kitchen.open.set()
    assert await asyncio.gather(*asked) == ["ada", "deniz"]


async def test_those_who_ask_together_are_answered_once() -> None:
    cache, _, metrics = cache_of()
    kitchen = Kitchen()
    kitchen.open.clear()
    asked = [asyncio.create_task(cache.answer("ada", "q", "1", kitchen.cook(n))) for n in range(20)]
    await turns()
    kitchen.open.set()
    assert await asyncio.gather(*asked) == [0] * 20
    assert kitchen.made == 1
    assert counted(metrics) == {"miss": 1, "shared": 19}


async def test_another_version_is_not_waited_for() -> None:
    cache, _, _ = cache_of()
    slow, quick = Kitchen(), Kitchen()
    slow.open.clear()
    old = asyncio.create_task(cache.answer("ada", "q", "1", slow.cook("old")))
    await turns()
    assert await cache.answer("ada", "q", "2", quick.cook("new")) == "new"
    slow.open.set()
    assert await old == "old"
    assert cache.get("ada", "q", "2") is None  # the slow one came last: nothing wrong is answered, only computed anew


async def test_who_goes_away_takes_nothing_from_the_others() -> None:
    cache, _, _ = cache_of()
    kitchen = Kitchen()
    kitchen.open.clear()
    asked = [asyncio.create_task(cache.answer("ada", "q", "1", kitchen.cook("answer"))) for _ in range(3)]
    await turns()
    asked[0].cancel()
    await turns()
    kitchen.open.set()
    assert await asyncio.gather(*asked[1:]) == ["answer", "answer"]
    assert asked[0].cancelled()


async def test_an_answer_that_nobody_waits_for_any_more_is_kept() -> None:
    cache, _, _ = cache_of()
    kitchen = Kitchen()
    kitchen.open.clear()
    asked = asyncio.create_task(cache.answer("ada", "q", "1", kitchen.cook("answer")))
    await turns()
    asked.cancel()
    kitchen.open.set()
    await turns()
    assert cache.get("ada", "q", "1") == "answer"


async def test_closing_gives_up_what_is_being_computed() -> None:
    cache, _, _ = cache_of()
    kitchen = Kitchen()
    kitchen.open.clear()
    asked = asyncio.create_task(cache.answer("ada", "q", "1", kitchen.cook("answer")))
    await turns()
    asked.cancel()
    before = asyncio.all_tasks()
    await cache.aclose()
    assert kitchen.made == 1
    assert asyncio.all_tasks() < before
    assert cache.get("ada", "q", "1") is None


async def test_a_failure_reaches_all_who_wait_and_is_not_kept() -> None:
    cache, _, _ = cache_of()
    kitchen = Kitchen()
    kitchen.open.clear()
    asked = [asyncio.create_task(cache.answer("ada", "q", "1", kitchen.cook(ValueError("no")))) for _ in range(3)]
    await turns()
    kitchen.open.set()
    assert [type(each) for each in await asyncio.gather(*asked, return_exceptions=True)] == [ValueError] * 3
    assert await cache.answer("ada", "q", "1", kitchen.cook("yes")) == "yes"


async def test_entries_are_bounded_and_the_least_recently_asked_goes_first() -> None:
    cache, _, _ = cache_of(entries=3)
    for user in ("a", "b", "c"):
        cache.put(user, "q", "1", user)
    assert cache.get("a", "q", "1") == "a"
    cache.put("d", "q", "1", "d")
    assert [cache.get(user, "q", "1") for user in ("a", "b", "c", "d")] == ["a", None, "c", "d"]
    assert len(cache) == 3


async def test_one_person_has_one_entry_for_a_question_whatever_the_version() -> None:
    cache, _, _ = cache_of(entries=3)
    cache.put("b", "q", "1", "b")
    for version in range(100):
        cache.put("a", "q", str(version), version)
    assert len(cache) == 2
    assert cache.get("b", "q", "1") == "b"


@pytest.mark.parametrize(("passed", "kept"), [(59.9, True), (60.0, False), (1000.0, False)])
async def test_age_is_bounded_even_for_an_entry_that_is_asked_for_all_the_time(passed: float, kept: bool) -> None:
    cache, clock, metrics = cache_of(seconds=60.0)
    cache.put("a", "q", "1", "old")
    clock.now += 30
    assert cache.get("a", "q", "1") == "old"
    clock.now += passed - 30
    kitchen = Kitchen()
    assert await cache.answer("a", "q", "1", kitchen.cook("new")) == ("old" if kept else "new")
    assert counted(metrics) == {"hit" if kept else "miss": 1}
