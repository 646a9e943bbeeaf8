"""The rate limit: an average over the last minute, looked at every five seconds."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sandbox.realtime.rate import RateCounter

TICK, BUCKETS = 5.0, 12


def delivered(limit: int, offered: list[int]) -> tuple[int, list[bool]]:
    """What gets through of the events offered in each tick, and whether the limit was on afterwards."""
    counter, through, states = RateCounter(limit, TICK, BUCKETS), 0, []
    for count in offered:
        if not counter.triggered:
            counter.add(count)
            through += count
        counter.tick()
        states.append(counter.triggered)
    return through, states


def test_eighty_a_second_all_arrive() -> None:
    assert delivered(100, [400] * 60) == (24_000, [False] * 60)


def test_of_150_a_second_about_two_thirds_arrive() -> None:
    through, _ = delivered(100, [750] * 14)  # 10,500 in 70 s; recorded: 6,248 of 10,000
    assert 6_000 <= through <= 7_500


def test_a_burst_is_let_through_and_blacks_out_the_minute_after_it() -> None:
    through, states = delivered(100, [0] * 12 + [10_000] + [10] * 20)
    assert states[:12] == [False] * 12
    assert states[12:24] == [True] * 12
    assert states[24:] == [False] * 9
    assert through == 10_000 + 8 * 10


@given(st.lists(st.integers(0, 500), max_size=40))
def test_nobody_within_the_limit_in_every_tick_is_ever_held_back(offered: list[int]) -> None:
    assert delivered(100, offered)[0] == sum(offered)
