"""Two processes and one project: limits are exact to the call and to the cent, and what one is told the other keeps."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import timedelta
from uuid import uuid4

import psycopg
import pytest
from psycopg.rows import TupleRow

from aura.errors import Failure, RetryAt, Transient
from aura.settings import Settings
from handlers.analyze_item import analyze_item
from handlers.services import Services
from handlers.spending import highest_cost
from sandbox import Sandbox
from tests.support.handling import FakeClock, services_for, settings_for
from tests.support.instant import InstantAnalyzer
from tests.support.wardrobes import Wearer

COST = 0.0008
Db = psycopg.AsyncConnection[TupleRow]


@dataclass
class Two:
    """Two processes, each with an analyzer of its own that is the same service."""

    services: list[Services]
    analyzers: list[InstantAnalyzer]
    clock: FakeClock

    @property
    def asked(self) -> int:
        return sum(each.total for each in self.analyzers)

    async def try_all(self, items: list[str]) -> list[str]:
        """Every item by both at once; the codes of what failed."""
        outcomes = await asyncio.gather(*(attempt(item, each) for item in items for each in self.services))
        return [code for code in outcomes if code]


async def attempt(item: str, services: Services) -> str:
    """The failure's code, if it failed."""
    try:
        await analyze_item(item, services)
    except Failure as failure:
        return failure.code
    return ""


@pytest.fixture
async def two(sandbox: Sandbox, request: pytest.FixtureRequest) -> AsyncIterator[Two]:
    """A service of their own name, so that what it says of its quota is no other test's."""
    settings = settings_for(sandbox, analysis={"wait_seconds": 0, "pause_after_failures": 2, **request.param})
    name, clock = f"vertexai-{uuid4().hex[:8]}", FakeClock()
    async with AsyncExitStack() as stack:
        analyzers = [InstantAnalyzer(paid=True, cost_usd=COST) for _ in range(2)]
        services = []
        for analyzer in analyzers:
            analyzer.name = name
            services.append(
                await stack.enter_async_context(services_for(sandbox, analyzer, clock=clock, settings=settings))
            )
        yield Two(services, analyzers, clock)


async def photos(ada: Wearer, number: int) -> list[str]:
    return [await ada.add(await ada.photo()) for _ in range(number)]


async def spent(db: Db, ada: Wearer) -> tuple[int, float, float]:
    cursor = await db.execute("select calls, spent_usd, held_usd from analysis_usage where user_id = %s", [ada.id])
    ((calls, dollars, held),) = await cursor.fetchall()
    return calls, float(dollars), float(held)


@pytest.mark.parametrize("two", [{"daily_calls_user": 7}], indirect=True)
async def test_a_limit_of_seven_calls_is_seven_calls_of_both_together(two: Two, ada: Wearer, db: Db) -> None:
    items = await photos(ada, 12)
    await two.try_all(items)
    assert "daily_limit" in await two.try_all(items)
    assert two.asked == 7
    assert all(analyzer.total for analyzer in two.analyzers), "both took part"
    assert (await spent(db, ada))[0] == 7


# So much that five answers fit, each 0.08 cents, with the most that one more may cost still set aside.
FIVE = {"daily_cost_usd_user": round(highest_cost(Settings()) + 4.5 * COST, 6)}


@pytest.mark.parametrize("two", [FIVE], indirect=True)
async def test_a_budget_for_five_answers_gives_five_answers_to_both_together(two: Two, ada: Wearer, db: Db) -> None:
    """Money that is set aside may come back, so whoever was refused for that tries again."""
    items = await photos(ada, 9)
    for _ in range(12):
        refused = await two.try_all(items)
    assert "daily_limit" in refused
    assert two.asked == 5
    calls, dollars, held = await spent(db, ada)
    assert (calls, held) == (5, 0.0)
    assert dollars == pytest.approx(5 * COST)


@pytest.mark.parametrize("two", [{}], indirect=True)
async def test_a_quota_that_one_is_told_of_parks_the_other_until_the_same_moment(two: Two, ada: Wearer) -> None:
    (told, other), (one, another) = two.analyzers, two.services
    at = one.clock() + timedelta(hours=3)
    told.failure = RetryAt("analyzer_quota", "The quota is spent.", at)
    first, second, third = await photos(ada, 3)
    assert await attempt(first, one) == "analyzer_quota"
    with pytest.raises(RetryAt) as parked:
        await analyze_item(second, another)
    assert at <= parked.value.at <= at + timedelta(seconds=5)
    assert await attempt(third, another) == "analyzer_quota"
    assert (told.total, other.total) == (1, 0)
    guard = another.chain.links[0].guard
    assert guard is not None
    assert guard.state.until == at, "it does not ask the database again"


@pytest.mark.parametrize("two", [{}], indirect=True)
async def test_after_that_moment_both_ask_again_and_the_first_answer_ends_it(two: Two, ada: Wearer, db: Db) -> None:
    (told, other), (one, another) = two.analyzers, two.services
    told.failure = RetryAt("analyzer_quota", "The quota is spent.", one.clock() + timedelta(hours=3))
    first, second = await photos(ada, 2)
    assert await attempt(first, one) == await attempt(second, another) == "analyzer_quota"
    told.failure = None
    two.clock.advance(hours=3, seconds=1)
    assert await attempt(second, another) == ""
    assert await attempt(first, one) == ""
    assert (told.total, other.total) == (2, 1)
    cursor = await db.execute("select count(*) from analysis_pauses where analyzer = %s", [told.name])
    assert await cursor.fetchone() == (0,)


@pytest.mark.parametrize("two", [{}], indirect=True)
async def test_an_outage_that_one_sees_is_not_the_others(two: Two, ada: Wearer) -> None:
    """It may be that process's own network."""
    (cut_off, other), (one, another) = two.analyzers, two.services
    cut_off.failure = Transient("analyzer_unavailable", "It cannot be reached.")
    items = await photos(ada, 3)
    for item in items:
        assert await attempt(item, one) == "analyzer_unavailable"
    assert cut_off.total == 2, "two failures in a row pause it"
    for item in items:
        assert await attempt(item, another) == ""
    assert other.total == 3
