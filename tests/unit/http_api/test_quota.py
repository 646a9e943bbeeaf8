"""What is left of a limit: never more or less than the next requests find."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from http_api.quota import Quota, Window, quota, seconds_until_room

EPSILON = 1e-6


def counted(window: Window, after: float) -> int:
    """The sliding-window counter's own definition, also beyond the present window's end."""
    if after < window.left:
        return math.floor(window.previous * (window.left - after) / window.width) + window.current
    into_next = after - window.left
    return math.floor(window.current * (window.width - into_next) / window.width)


@st.composite
def full_windows(draw: st.DrawFn) -> tuple[int, Window]:
    """A limit, and a window that it refuses a further request in."""
    limit = draw(st.integers(1, 200))
    width = draw(st.sampled_from([1, 60, 3_600]))
    left = draw(st.floats(0.001, 1.0)) * width
    current = draw(st.integers(0, limit))
    previous = draw(st.integers(0, limit))
    window = Window(width, previous, current, left)
    if window.weighted() < limit:
        window = Window(width, previous, limit, left)
    return limit, window


@given(full_windows())
def test_a_refused_client_gets_through_when_it_is_told_to_come_back_and_not_before(case: tuple[int, Window]) -> None:
    limit, window = case
    wait = seconds_until_room(limit, window)
    assert counted(window, wait + EPSILON * window.width) < limit
    if wait > EPSILON * window.width:
        assert counted(window, wait - EPSILON * window.width) >= limit


@given(full_windows())
def test_the_header_never_sends_a_client_back_too_early(case: tuple[int, Window]) -> None:
    limit, window = case
    told = quota(False, limit, window)
    assert told.remaining == 0
    assert counted(window, told.reset_seconds) < limit


@given(st.integers(1, 100), st.integers(0, 100), st.integers(0, 100), st.floats(0, 60))
def test_what_remains_is_never_negative_nor_more_than_the_limit(
    limit: int, previous: int, current: int, left: float
) -> None:
    left_over = quota(True, limit, Window(60, previous, current, left))
    assert 0 <= left_over.remaining <= limit
    assert left_over.reset_seconds >= 1


def test_room_now_needs_no_wait() -> None:
    assert seconds_until_room(5, Window(60, 0, 4, 30.0)) == 0.0


def test_a_full_window_frees_a_place_only_after_its_end() -> None:
    assert seconds_until_room(10, Window(60, 0, 10, 12.0)) == pytest.approx(12.0)
    assert seconds_until_room(10, Window(60, 0, 20, 12.0)) == pytest.approx(12.0 + 30.0)


def test_an_allowed_request_is_told_what_is_left() -> None:
    assert Quota(True, 30, 12, 41, 60).headers() == {
        "RateLimit-Limit": "30",
        "RateLimit-Remaining": "12",
        "RateLimit-Reset": "41",
        "RateLimit-Policy": "30;w=60",
    }


def test_a_refused_one_is_told_when_to_come_back() -> None:
    assert Quota(False, 30, 0, 7, 60).headers()["Retry-After"] == "7"
