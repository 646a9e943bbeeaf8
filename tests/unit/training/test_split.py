from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from training.split import folds, strangers, without

SENDERS = st.lists(st.integers(0, 30), min_size=1, max_size=200)


@given(SENDERS, st.integers(2, 8), st.integers())
@settings(deadline=None)
def test_folds_hold_every_photo_once_and_no_contributor_twice(senders: list[int], count: int, seed: int) -> None:
    if len(set(senders)) < count:
        with pytest.raises(ValueError, match="contributors cannot be dealt"):
            folds(senders, count, seed)
        return
    dealt = folds(senders, count, seed)
    assert sorted(place for fold in dealt for place in fold) == list(range(len(senders)))
    homes = Counter(sender for fold in dealt for sender in {senders[place] for place in fold})
    assert set(homes.values()) == {1}


def test_folds_are_about_equal_where_nobody_sent_most() -> None:
    senders = [sender for sender in range(40) for _ in range(1 + sender % 5)]
    sizes = [len(fold) for fold in folds(senders, 5, seed=1)]
    assert max(sizes) - min(sizes) <= 5


def test_the_same_seed_deals_the_same_and_another_differently() -> None:
    senders = list(range(50)) * 2
    assert folds(senders, 5, seed=1) == folds(senders, 5, seed=1)
    assert folds(senders, 5, seed=1) != folds(senders, 5, seed=2)


@given(SENDERS.filter(lambda senders: len(set(senders)) >= 10), st.integers())
@settings(deadline=None)
def test_strangers_are_some_contributors_but_never_all(senders: list[int], seed: int) -> None:
    apart = strangers(senders, 0.1, seed)
    assert set() < apart < set(senders)


def test_without_leaves_the_rest_in_order() -> None:
    assert without(6, [1, 4]) == [0, 2, 3, 5]
