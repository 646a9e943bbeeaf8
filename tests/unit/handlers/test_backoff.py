"""Failures are tried again, ever later and for ever, unless they are the photo's own fault."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aura.errors import Permanent, RetryAt, Transient
from aura.gateway.analyses import FailureRecord
from aura.settings import AnalysisSettings
from handlers.backoff import SPREAD_SECONDS, Verdict, delay_seconds, judge

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
SETTINGS = AnalysisSettings()
DAY = timedelta(days=1)


def before(attempts: int = 1, code: str = "photo_missing", since: timedelta = timedelta()) -> FailureRecord:
    return FailureRecord("i", "u", "p", attempts, code, "m", False, NOW, NOW - since, NOW)


def verdict(failure: Transient | RetryAt | Permanent, record: FailureRecord | None = None) -> Verdict:
    return judge(failure, record, now=NOW, settings=SETTINGS, rng=random.Random(1))


@given(st.integers(0, 10_000), st.randoms(use_true_random=False))
def test_the_delay_doubles_up_to_an_hour_with_half_of_it_by_chance(failures: int, rng: random.Random) -> None:
    full = min(3600.0, 30.0 * 2.0 ** min(failures, 20))
    assert full / 2 <= delay_seconds(failures, SETTINGS, rng) <= full


def test_the_first_failure_waits_half_a_minute_at_most() -> None:
    got = verdict(Transient("analyzer_timeout", "slow"))
    assert timedelta(seconds=15) <= got.at - NOW <= timedelta(seconds=30)
    assert not got.permanent


def test_the_photos_own_fault_is_final() -> None:
    assert verdict(Permanent("unreadable_photo", "broken")) == Verdict("unreadable_photo", "broken", True, NOW)


def test_a_known_end_is_honoured() -> None:
    at = NOW + timedelta(hours=7)
    got = verdict(RetryAt("analyzer_quota", "quota", at), before(attempts=12))
    assert timedelta() <= got.at - at <= timedelta(seconds=SPREAD_SECONDS)


def test_an_end_that_has_passed_is_now() -> None:
    assert verdict(RetryAt("analyzer_quota", "quota", NOW - DAY)).at >= NOW


@pytest.mark.parametrize(
    ("record", "gone"),
    [
        (None, False),
        (before(since=DAY - timedelta(seconds=1)), False),
        (before(since=DAY), True),
        (before(since=3 * DAY, code="photo_gone"), True),
        (before(since=3 * DAY, code="photo_unreachable"), False),
    ],
)
def test_a_missing_photo_is_gone_after_a_day(record: FailureRecord | None, gone: bool) -> None:
    got = verdict(Transient("photo_missing", "404"), record)
    assert got.permanent is gone
    assert got.code == ("photo_gone" if gone else "photo_missing")


def test_another_trouble_never_becomes_final() -> None:
    record = replace(before(attempts=5000, since=400 * DAY), code="analyzer_unavailable")
    assert not verdict(Transient("analyzer_unavailable", "down"), record).permanent
