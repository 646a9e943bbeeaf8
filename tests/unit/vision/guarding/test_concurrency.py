"""The adaptive limit as a value: within its bounds, one cut a round, and near what the service truly bears."""

from __future__ import annotations

from collections import deque

from hypothesis import given, settings
from hypothesis import strategies as st

from aura.vision.guarding.concurrency import Concurrency


def test_a_full_round_of_answers_makes_room_for_one_more() -> None:
    limit = Concurrency(16, 4.0)
    for _ in range(5):
        limit = limit.grown(limit.places)
    assert limit.places == 5


def test_places_that_stay_empty_do_not_multiply() -> None:
    limit = Concurrency(16, 4.0)
    assert limit.grown(1) is limit
    assert limit.grown(2).limit > 4


def test_the_refusals_of_one_round_count_once() -> None:
    limit = Concurrency(16, 16.0)
    for _ in range(16):
        limit = limit.cut(0)
    assert limit.places == 8
    assert limit.cut(1).places == 4


@given(st.integers(1, 64), st.lists(st.tuples(st.booleans(), st.integers(0, 64)), max_size=200))
def test_it_stays_between_one_and_the_ceiling(ceiling: int, events: list[tuple[bool, int]]) -> None:
    limit = Concurrency(ceiling, float(ceiling))
    for answered, number in events:
        limit = limit.grown(number) if answered else limit.cut(number)
        assert 1 <= limit.places <= ceiling


@settings(deadline=None, max_examples=50)
@given(st.integers(1, 24), st.integers(1, 32))
def test_it_finds_what_the_service_bears(capacity: int, begins_with: int) -> None:
    """A service that takes ``capacity`` at a time and refuses more: in the long run it is used, and seldom refuses."""
    limit = Concurrency(32, float(begins_with))
    under_way: deque[tuple[bool, int]] = deque()
    answered = refused = 0
    for step in range(4000):
        while len(under_way) < limit.places:
            taken = sum(ok for ok, _ in under_way) < capacity
            under_way.append((taken, limit.round))
        ok, asked_in = under_way.popleft()
        limit = limit.grown(len(under_way) + 1) if ok else limit.cut(asked_in)
        if step > 1000:
            answered, refused = answered + ok, refused + (not ok)
    assert refused <= answered * 0.6  # every second, where it takes one at a time
    assert capacity / 4 <= limit.places <= 2 * capacity + 1
