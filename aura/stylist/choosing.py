"""Chooses among the best outfits so that they differ: maximal marginal relevance over the pieces they share.

After Carbonell and Goldstein, "The use of MMR, diversity-based reranking" (SIGIR 1998): the next is the outfit whose
``(1 - d) · score - d · overlap`` is highest, the overlap (Jaccard) with the most alike one already chosen. No piece is
in more than its share of outfits while others would do; when the best are used up, the best of the rest are searched.

Outfits of nearly equal worth take turns by the day: each gains up to ``ROTATION`` by a hash of the day and its
pieces, so that tomorrow differs, and equal questions get equal answers on every machine.

Outfits differ by their garments; each then gets the accessories that suit it best of those not used too often.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import blake2b
from operator import add

import numpy as np
from numpy.typing import NDArray

from aura.stylist.board import SLOTS, Board
from aura.stylist.finishing import Finish, Finisher
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
    ``finished``: the accessories of each.
    """

    scores: Array
    places: Places
    gap: float
    finished: tuple[Finish, ...] = ()


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
    finished = _finished(board, [places for _, places in chosen], weights)
    return Chosen(
        np.array([score for score, _ in chosen]) - [each.short for each in finished],
        np.array([places for _, places in chosen], np.intp).reshape(-1, len(SLOTS)),
        found.gap,
        tuple(finished),
    )


def _finished(board: Board, outfits: Sequence[Places], weights: Weights) -> list[Finish]:
    """The accessories of each outfit in turn."""
    finisher = Finisher(board, weights.most_uses, MOST_CHOSEN)
    return [finisher.finish(places.tolist()) for places in outfits]


class _Uses:
    """In how many outfits each piece is, and in how many it may be: more where there are few of its slot."""

    def __init__(self, board: Board, most_uses: int, free: str | None) -> None:
        pieces = [board.pieces[slot] for slot in SLOTS]
        caps = [max(most_uses, -(-MOST_CHOSEN // max(len(each), 1))) for each in pieces]
        # The last entry of each slot, which -1 is, stands for no piece.
        self._left = [
            [MOST_CHOSEN if each.id == free else cap for each in of] + [2**31]
            for of, cap in zip(pieces, caps, strict=True)
        ]
        self._caps = [list(each) for each in self._left]
        self._free = [np.ones(len(each), np.bool_) for each in self._left]
        self.changes = 0

    def add(self, places: Places) -> None:
        """One more outfit. ``changes`` counts how often what is ``allowed`` may have changed."""
        for left, free, at in zip(self._left, self._free, places.tolist(), strict=True):
            left[at] -= 1
            if left[at] <= 0:
                free[at] = False
                self.changes += 1

    def allowed(self, places: Places) -> NDArray[np.bool_]:
        """Which outfits have no piece that is used up; ``places`` by slot."""
        return np.asarray(np.logical_and.reduce([free[at] for free, at in zip(self._free, places, strict=True)]))

    def used_up(self) -> dict[Slot, Places]:
        """The places of the pieces that are."""
        return {slot: np.flatnonzero(~free) for slot, free in zip(SLOTS, self._free, strict=True)}

    def allow_more(self) -> None:
        """Twice as many: there is nothing else left."""
        for left, free, caps in zip(self._left, self._free, self._caps, strict=True):
            left[:] = map(add, left, caps)
            caps[:] = map(add, caps, caps)
            free[:] = [each > 0 for each in left]
        self.changes += 1


class _Pool:
    """Outfits to choose from, and how alike each is to those chosen already."""

    def __init__(
        self, found: Found, board: Board, day: date, diversity: float, chosen: Sequence[tuple[float, Places]] = ()
    ) -> None:
        self._scores, self._places, self._diversity = found.scores, found.places, diversity
        self._worth = (1.0 - diversity) * (found.scores + ROTATION * _turns(found.places, board, day))
        self._overlap = np.zeros(len(found.scores))
        self._by_slot = np.ascontiguousarray(found.places.T)
        self._sizes = (self._by_slot != NONE).sum(axis=0)
        # What nobody wears is alike with nothing.
        self._worn = np.where(self._by_slot == NONE, NONE - 1, self._by_slot)
        for _, places in chosen:
            self._avoid(places)
        self._seen = -1

    def take(self, uses: _Uses) -> tuple[float, Places] | None:
        """The next one, counted as used; None when there is none left with pieces that may be used."""
        if not len(self._worth):
            return None
        if uses.changes != self._seen:
            self._worth[~uses.allowed(self._by_slot)], self._seen = -np.inf, uses.changes
        value = self._worth - self._diversity * self._overlap
        best = int(value.argmax())
        if value[best] == -np.inf:
            return None
        self._avoid(self._places[best])
        uses.add(self._places[best])
        return float(self._scores[best]), self._places[best]

    def _avoid(self, places: Places) -> None:
        """Prefer what is unlike this outfit: of all pieces that either has, how many both have. It is never taken."""
        shared = (self._worn == places[:, None]).sum(axis=0)
        alike = shared / (self._sizes + np.count_nonzero(places != NONE) - shared)
        self._worth[alike >= 1.0] = -np.inf
        np.maximum(self._overlap, alike, out=self._overlap)

    def is_empty(self, chosen: Sequence[tuple[float, Places]]) -> bool:
        """Whether all of it has been chosen."""
        taken = {tuple(places.tolist()) for _, places in chosen}
        return all(tuple(places) in taken for places in self._places.tolist())


def _turns(places: Places, board: Board, day: date) -> Array:
    """Whose turn it is: from 0 to 1, by the day and the pieces."""
    ids = [[each.id.encode() for each in board.pieces[slot]] + [b""] for slot in SLOTS]  # -1 is the last: no piece
    worn = zip(*([of[at] for at in column] for of, column in zip(ids, places.T.tolist(), strict=True)), strict=True)
    start = blake2b(day.isoformat().encode(), digest_size=4)
    turns = []
    for outfit in worn:
        turn = start.copy()
        turn.update(b"".join(outfit))
        turns.append(turn.digest())
    return np.frombuffer(b"".join(turns), ">u4") / 2**32
