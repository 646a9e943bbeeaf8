"""What a backfill is said to cost before it begins."""

from __future__ import annotations

from typing import Any

import pytest

from aura.settings import Settings
from handlers.backfill import Plan, cost_per_call, plan_backfill
from handlers.cli import describe
from handlers.spending import INPUT_TOKENS, OUTPUT_TOKENS
from tests.support.instant import InstantAnalyzer


class Counting:
    """A ledger with so many old photos."""

    def __init__(self, candidates: int) -> None:
        self.candidates = candidates
        self.asked_for: list[str | None] = []

    async def backfill_count(self, current_version: str | None = None) -> int:
        self.asked_for.append(current_version)
        return self.candidates


def settings(**analysis: Any) -> Settings:
    prices = {"input_usd_per_million_tokens": 1.0, "output_usd_per_million_tokens": 10.0}
    return Settings.model_validate({"vertexai": prices, "analysis": analysis})


async def plan(candidates: int, *, paid: bool = True, max_calls: int = 1000, limit: int = 300) -> Plan:
    ledger: Any = Counting(candidates)
    analyzer = InstantAnalyzer(paid=paid)
    found = settings(daily_calls_project=limit)
    return await plan_backfill(ledger, found, analyzer, max_calls=max_calls, stale_version=False)


def test_the_price_of_a_call_follows_the_settings() -> None:
    per_call = cost_per_call(settings(), InstantAnalyzer(paid=True))
    assert per_call == pytest.approx((INPUT_TOKENS * 1.0 + OUTPUT_TOKENS * 10.0) / 1_000_000)
    assert cost_per_call(settings(), InstantAnalyzer()) == 0.0


async def test_a_plan_is_bounded_by_what_was_allowed_and_what_there_is() -> None:
    assert (await plan(5000)).calls == 1000
    assert (await plan(5)).calls == 5


async def test_the_daily_limit_shows_in_days() -> None:
    assert (await plan(5000)).days == 4
    assert (await plan(300)).days == 1
    assert (await plan(5000, limit=0)).days == 0
    assert (await plan(5000, paid=False)).days == 0


async def test_the_daily_budget_shows_in_days_too() -> None:
    ledger: Any = Counting(1000)
    found = settings(daily_cost_usd_project=100 * cost_per_call(settings(), InstantAnalyzer(paid=True)) * 1.001)
    assert (
        await plan_backfill(ledger, found, InstantAnalyzer(paid=True), max_calls=1000, stale_version=False)
    ).days == 10


async def test_other_versions_are_counted_only_when_asked_for() -> None:
    ledger: Any = Counting(1)
    analyzer = InstantAnalyzer()
    for stale in (False, True):
        await plan_backfill(ledger, settings(), analyzer, max_calls=1, stale_version=stale)
    assert ledger.asked_for == [None, analyzer.version]


async def test_a_plan_is_told_in_a_sentence() -> None:
    paid, free = InstantAnalyzer(paid=True), InstantAnalyzer()
    assert describe(await plan(0), paid) == "There is nothing to backfill."
    told = describe(await plan(5000), paid)
    assert "5,000 photos wait; 1,000 would be analysed by instant/1/" in told
    assert "about $4.73 (estimate)" in told
    assert "4 days" in told
    assert "at no cost." in describe(await plan(7, paid=False), free)
