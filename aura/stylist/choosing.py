"""Chooses among the best outfits so that they differ: maximal marginal relevance over the pieces they share.

After Carbonell and Goldstein, "The use of MMR, diversity-based reranking" (SIGIR 1998): the next is the outfit whose
``(1 - d) · score - d · overlap`` is highest, the overlap (Jaccard) with the most alike one already chosen. No piece is
in more than its share of outfits while others would do; when the best are used up, the best of the rest are searched.

Outfits of nearly equal worth take turns by the day: each gains up to ``ROTATION`` by a hash of the day and its
pieces, so that tomorrow differs, and equal questions get equal answers on every machine.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

from aura.stylist.board import SLOTS, Board
from aura.stylist.search import NONE, Found, search
from aura.stylist.weights import Weights
from aura.vision.vocabulary import Slot

Array = NDArray[np.float64]
Places = NDArray[np.intp]
Kinds = Sequence[tuple[Slot, ...]]
# The most that is ever asked for: what a piece's share is counted from, however many are asked for now.
MOST_CHOSEN = 50
ROTATION = 0.01


@dataclass(frozen=True, slots=True)
class Chosen:
    """Outfits in order of proposal: their scores, and of each slot (in the order of ``SLOTS``) the place or -1.

    ``gap``: by how much, relatively, an outfit that was not looked at may be better than the 200th best; 0: by none.
    """

    scores: Array
    places: Places
    gap: float


def choose(board: Board, kinds: Kinds, weights: Weights, day: date, most: int, free: str | None = None) -> Chosen:
    """Up to ``most`` different outfits; the first of many are those that few would be.

    Args:
        free: the id of a piece that may be in every outfit.
    """
    uses = _Uses(board, weights.most_uses, free)
    found = search(board, kinds)
    first = pool = _Pool(found, board, day, weights.diversity)
    chosen: list[tuple[float, Places]] = []
    searched = False
    while len(chosen) < most:
        outfit = pool.take(uses)
        if outfit is not None:
            chosen.append(outfit)
            searched = False
        elif not searched:
            searched = True
            pool = _Pool(search(board, kinds, uses.used_up()), board, day, weights.diversity, chosen)
        elif first.is_empty(chosen):
            break
        else:
            searched, pool = False, _Pool(found, board, day, weights.diversity, chosen)
            uses.allow_more()
    return Chosen(
        np.array([score for score, _ in chosen]),
        np.array([places for _, places in chosen], np.intp).reshape(-1, len(SLOTS)),
        found.gap,
    )


class _Uses:
    """In how many outfits each piece is, and in how many it may be: more where there are few of its slot."""

    def __init__(self, board: Board, most_uses: int, free: str | None) -> None:
        self._uses = [np.zeros(len(board.pieces[slot]) + 1, np.int64) for slot in SLOTS]
        self._caps = []
        for slot in SLOTS:
            pieces = board.pieces[slot]
            cap = max(most_uses, -(-MOST_CHOSEN // max(len(pieces), 1)))
            self._caps.append(np.array([MOST_CHOSEN if each.id == free else cap for each in pieces] + [2**31]))

    def add(self, places: Places) -> None:
        """One more outfit; the last entry of each slot, which -1 is, stands for no piece."""
        for slot, at in enumerate(places):
            self._uses[slot][at] += 1

    def allowed(self, places: Places) -> NDArray[np.bool_]:
        """Which outfits have no piece that is used up."""
        free = [self._uses[slot][at] < self._caps[slot][at] for slot, at in enumerate(places.T)]
        return np.asarray(np.logical_and.reduce(free))

    def used_up(self) -> dict[Slot, Places]:
        """The places of the pieces that are."""
        return {
            slot: np.flatnonzero(uses >= caps) for slot, uses, caps in zip(SLOTS, self._uses, self._caps, strict=True)
        }

    def allow_more(self) -> None:
        """Twice as many: there is nothing else left."""
        self._caps = [caps * 2 for caps in self._caps]


class _Pool:
    """Outfits to choose from, and how alike each is to those chosen already."""

    def __init__(
        self, found: Found, board: Board, day: date, diversity: float, chosen: Sequence[tuple[float, Places]] = ()
    ) -> None:
        self._scores, self._places, self._diversity = found.scores, found.places, diversity
        self._sizes = (found.places != NONE).sum(axis=1)
        self._worth = found.scores + ROTATION * _turns(found.places, board, day)
        self._overlap = np.zeros(len(found.scores))
        for _, places in chosen:
            self._compare(places)

    def take(self, uses: _Uses) -> tuple[float, Places] | None:
        """The next one, counted as used; None when there is none left with pieces that may be used."""
        able = uses.allowed(self._places) & (self._overlap < 1.0)
        if not able.any():
            return None
        value = (1.0 - self._diversity) * self._worth - self._diversity * self._overlap
        best = int(np.argmax(np.where(able, value, -np.inf)))
        places = self._places[best]
        self._compare(places)
        uses.add(places)
        return float(self._scores[best]), places

    def is_empty(self, chosen: Sequence[tuple[float, Places]]) -> bool:
        """Whether all of it has been chosen."""
        taken = {tuple(places.tolist()) for _, places in chosen}
        return all(tuple(places) in taken for places in self._places.tolist())

    def _compare(self, places: Places) -> None:
        """Overlap of 1 is the outfit itself, which is how it is never chosen again."""
        shared = ((self._places == places) & (places != NONE)).sum(axis=1)
        either = self._sizes + (places != NONE).sum() - shared
        self._overlap = np.maximum(self._overlap, shared / np.maximum(either, 1))


def _turns(places: Places, board: Board, day: date) -> Array:
    """Whose turn it is: from 0 to 1, by the day and the pieces."""
    ids = [[each.id for each in board.pieces[slot]] for slot in SLOTS]
    start = blake2b(day.isoformat().encode(), digest_size=4)
    turns = []
    for outfit in places.tolist():
        turn = start.copy()
        turn.update("".join(ids[slot][at] for slot, at in enumerate(outfit) if at != NONE).encode())
        turns.append(int.from_bytes(turn.digest()) / 2**32)
    return np.array(turns)
