from __future__ import annotations

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consumer.backoff import Backoff, full_jitter


@given(st.integers(0, 10_000), st.integers())
def test_jitter_stays_within_its_bounds(attempt: int, seed: int) -> None:
    delay = full_jitter(attempt, base=0.5, cap=30.0, random=Random(seed))
    assert 0.0 <= delay <= min(30.0, 0.5 * 2 ** min(attempt, 10))


def test_the_whole_range_is_used() -> None:
    random = Random(1)
    delays = [full_jitter(6, base=0.5, cap=30.0, random=random) for _ in range(1000)]
    assert min(delays) < 1.0
    assert max(delays) > 29.0


def backoff() -> Backoff:
    return Backoff(base=0.5, cap=30.0, healthy_after=120.0, random=Random(0))


def test_it_grows_with_each_attempt_and_starts_over_after_two_healthy_minutes() -> None:
    pauses = backoff()
    for _ in range(10):
        pauses.delay_after(0.0)
    assert pauses.attempts == 10
    pauses.delay_after(119.9)
    assert pauses.attempts == 11
    assert pauses.delay_after(120.0) <= 0.5
    assert pauses.attempts == 1


@pytest.mark.parametrize("healthy_for", [0.0, 500.0])
def test_a_rate_limit_is_respected(healthy_for: float) -> None:
    assert backoff().delay_after(healthy_for, rate_limited=True) >= 30.0
