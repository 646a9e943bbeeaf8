"""Splits by contributor: photos of one person look alike, so they stand on one side only."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Hashable, Sequence


def folds(senders: Sequence[Hashable], count: int, seed: int) -> list[list[int]]:
    """The places in ``senders`` dealt into ``count`` folds, about equal in photos, no sender in two of them.

    The senders with most photos are dealt first, each to the fold that has fewest so far; among equals chance decides.

    Raises:
        ValueError: there are fewer senders than folds.
    """
    sizes = Counter(senders)
    if len(sizes) < count:
        raise ValueError(f"{len(sizes)} contributors cannot be dealt into {count} folds")
    people = list(sizes)
    random.Random(seed).shuffle(people)  # noqa: S311 - no secret
    home, filled = {}, [0] * count
    for person in sorted(people, key=lambda each: -sizes[each]):
        home[person] = filled.index(min(filled))
        filled[home[person]] += sizes[person]
    dealt: list[list[int]] = [[] for _ in range(count)]
    for place, sender in enumerate(senders):
        dealt[home[sender]].append(place)
    return dealt


def strangers(senders: Sequence[Hashable], share: float, seed: int) -> frozenset[Hashable]:
    """Contributors with about ``share`` of all photos, as many people as possible: those whom training never meets."""
    dealt = folds(senders, max(2, round(1 / share)), seed)
    return max((frozenset(senders[place] for place in fold) for fold in dealt), key=len)


def without(count: int, left_out: Sequence[int]) -> list[int]:
    """The places 0 to ``count`` - 1 less those left out."""
    gone = set(left_out)
    return [place for place in range(count) if place not in gone]
