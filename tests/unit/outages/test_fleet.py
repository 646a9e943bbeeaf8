"""The script of a fleet's ends: the same for the same seed, and nobody is spared."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.support.outages.fleet import KILLED, ROLES, STOPPED, write_ends


@pytest.mark.parametrize("seed", range(5))
def test_every_process_ends_about_as_often_and_is_never_ended_while_it_is_down(seed: int) -> None:
    ends = write_ends(seed, 300)
    assert ends == write_ends(seed, 300)
    counts = Counter(end.place for end in ends)
    assert set(counts) == set(range(len(ROLES)))
    assert max(counts.values()) - min(counts.values()) <= 1
    assert {end.how for end in ends} == {KILLED, STOPPED}
    assert all(0 <= end.at < 300 for end in ends)


def test_in_the_short_version_a_consumer_a_worker_and_an_api_are_killed() -> None:
    """The script that runs by default."""
    killed = {ROLES[end.place] for end in write_ends(1, 25) if end.how == KILLED}
    assert killed == {"worker", "consumer", "api"}
