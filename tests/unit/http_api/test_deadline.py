"""A deadline that moves: due exactly when the last time that was set has passed, with few timers."""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import Callable
from itertools import count
from typing import Any, cast

from hypothesis import given
from hypothesis import strategies as st

from http_api.deadline import Deadline


class Timer:
    def __init__(self, at: float) -> None:
        self._at = at
        self.cancelled = False

    def when(self) -> float:
        return self._at

    def cancel(self) -> None:
        self.cancelled = True


class Loop:
    """The part of an event loop that a deadline uses, with a time that tests move."""

    def __init__(self) -> None:
        self.now = 0.0
        self.timers: list[tuple[float, int, Timer, Callable[[], None]]] = []
        self._number = count()

    def time(self) -> float:
        return self.now

    def call_at(self, at: float, callback: Callable[[], None], *_: Any) -> Timer:
        timer = Timer(at)
        heapq.heappush(self.timers, (at, next(self._number), timer, callback))
        return timer

    def advance(self, seconds: float) -> None:
        end = self.now + seconds
        while self.timers and self.timers[0][0] <= end:
            at, _, timer, callback = heapq.heappop(self.timers)
            self.now = max(self.now, at)
            if not timer.cancelled:
                callback()
        self.now = end


def deadline(loop: Loop) -> tuple[Deadline, list[float]]:
    fired: list[float] = []
    return Deadline(cast("asyncio.AbstractEventLoop", loop), lambda: fired.append(loop.now)), fired


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("set"), st.integers(1, 50)),
        st.tuples(st.just("clear"), st.just(0)),
        st.tuples(st.just("wait"), st.integers(1, 60)),
    ),
    max_size=30,
)


@given(STEPS)
def test_it_is_due_when_the_last_time_set_has_passed_and_only_then(steps: list[tuple[str, int]]) -> None:
    loop = Loop()
    moving, fired = deadline(loop)
    at, expected = None, []
    for what, amount in steps:
        if what == "set":
            moving.set(amount)
            at = loop.now + amount
        elif what == "clear":
            moving.clear()
            at = None
        else:
            loop.advance(amount)
            if at is not None and at <= loop.now:
                expected.append(at)
                at = None
    assert fired == expected


def test_a_thousand_moves_cost_one_timer() -> None:
    loop = Loop()
    moving, fired = deadline(loop)
    for _ in range(1_000):
        moving.set(10)
        moving.clear()
    assert len(loop.timers) == 1
    loop.advance(100)
    assert (fired, loop.timers) == ([], [])


def test_an_earlier_deadline_is_not_missed_and_a_closed_one_never_comes() -> None:
    loop = Loop()
    moving, fired = deadline(loop)
    moving.set(60)
    moving.set(1)
    loop.advance(2)
    assert fired == [1.0]
    moving.set(5)
    moving.close()
    loop.advance(100)
    assert fired == [1.0]
