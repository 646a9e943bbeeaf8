"""How often pieces were worn together: what a person's own outfits say about each pair.

With n common outfits a pair scores ``n / (n + SHRINKAGE)``: one could be chance, several are a habit (an empirical
frequency shrunk towards nothing, as with few observations it must be).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from aura.stylist.features import Features

SHRINKAGE = 2.0
# Outfits of more pieces than this are lists rather than outfits.
MOST_PIECES = 12


@dataclass(frozen=True, slots=True)
class Together:
    """Pairs of numbered pieces in order (``keys``: smaller · size + larger) and in how many outfits they are."""

    size: int
    keys: NDArray[np.int64]
    counts: NDArray[np.float64]

    @classmethod
    def of(cls, ids: Sequence[str], outfits: Iterable[frozenset[str]]) -> Together:
        """What ``outfits`` say about the pieces numbered as in ``ids``."""
        number = {item: place for place, item in enumerate(ids)}
        known = (sorted(number[item] for item in outfit if item in number) for outfit in outfits)
        found = Counter(pair for places in known if len(places) <= MOST_PIECES for pair in combinations(places, 2))
        counted = sorted((one * len(ids) + other, count) for (one, other), count in found.items())
        keys = np.array([key for key, _ in counted], np.int64)
        return cls(len(ids), keys, np.array([count for _, count in counted], float))

    def __bool__(self) -> bool:
        return len(self.keys) > 0

    def scores(self, one: Features, other: Features) -> NDArray[np.float64]:
        """For all pairs of two lists, shape (n, m); in step for lists of single pieces, shape (k, 1, 1)."""
        worth = self.counts / (self.counts + SHRINKAGE)
        return self._in_step(one, other, worth) if one.number.ndim > 1 else self._of_all(one, other, worth)

    def _in_step(self, one: Features, other: Features, worth: NDArray[np.float64]) -> NDArray[np.float64]:
        wanted = np.minimum(one.number, other.number) * self.size + np.maximum(one.number, other.number)
        places = np.minimum(np.searchsorted(self.keys, wanted), len(self.keys) - 1)
        return np.where(self.keys[places] == wanted, worth[places], 0.0)[:, :, None]

    def _of_all(self, one: Features, other: Features, worth: NDArray[np.float64]) -> NDArray[np.float64]:
        """Only the pairs that were worn are looked at: they are few."""
        found = np.zeros((len(one.number), len(other.number)))
        rows, columns = (self._places(each.number) for each in (one, other))
        for first, second in (divmod(self.keys, self.size), divmod(self.keys, self.size)[::-1]):
            there = (rows[first] >= 0) & (columns[second] >= 0)
            found[rows[first[there]], columns[second[there]]] = worth[there]
        return found

    def _places(self, numbers: NDArray[np.int64]) -> NDArray[np.intp]:
        """Where each number is in a list, -1 where it is not."""
        places = np.full(self.size, -1)
        places[numbers] = np.arange(len(numbers))
        return places
