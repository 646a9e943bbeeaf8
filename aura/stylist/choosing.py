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
        self._uses = [np.zeros(len(board.pieces[slot]) + 1, np.int64) for slot in SLOTS]
        self._caps = []
        self.changes = 0
        for slot in SLOTS:
            pieces = board.pieces[slot]
            cap = max(most_uses, -(-MOST_CHOSEN // max(len(pieces), 1)))
            self._caps.append(np.array([MOST_CHOSEN if each.id == free else cap for each in pieces] + [2**31]))

    def add(self, places: Places) -> None:
        """One more outfit; the last entry of each slot, which -1 is, stands for no piece.

        ``changes`` counts how often what is ``allowed`` may have changed.
        """
        for uses, caps, at in zip(self._uses, self._caps, places.tolist(), strict=True):
            uses[at] += 1
            self.changes += bool(uses[at] >= caps[at])

    def allowed(self, places: Places) -> NDArray[np.bool_]:
        """Which outfits have no piece that is used up."""
        free = [
            (uses < caps)[at]
            for uses, caps, at in zip(self._uses, self._caps, np.ascontiguousarray(places.T), strict=True)
        ]
        return np.asarray(np.logical_and.reduce(free))

    def used_up(self) -> dict[Slot, Places]:
        """The places of the pieces that are."""
        return {
            slot: np.flatnonzero(uses >= caps) for slot, uses, caps in zip(SLOTS, self._uses, self._caps, strict=True)
        }

    def allow_more(self) -> None:
        """Twice as many: there is nothing else left."""
        self._caps = [caps * 2 for caps in self._caps]
        self.changes += 1


class _Pool:
    """Outfits to choose from, and how alike each is to those chosen already."""

    def __init__(
        self, found: Found, board: Board, day: date, diversity: float, chosen: Sequence[tuple[float, Places]] = ()
    ) -> None:
        self._scores, self._places, self._diversity = found.scores, found.places, diversity
        self._worth = (1.0 - diversity) * (found.scores + ROTATION * _turns(found.places, board, day))
        self._overlap = np.zeros(len(found.scores))
        self._sizes = (found.places != NONE).sum(axis=1)
        for _, places in chosen:
            np.maximum(self._overlap, self._alike(places), out=self._overlap)
        self._allowed = np.ones(len(found.scores), np.bool_)
        self._seen = -1

    def take(self, uses: _Uses) -> tuple[float, Places] | None:
        """The next one, counted as used; None when there is none left with pieces that may be used."""
        if uses.changes != self._seen:
            self._allowed, self._seen = uses.allowed(self._places), uses.changes
        able = self._allowed & (self._overlap < 1.0)
        if not able.any():
            return None
        value = np.where(able, self._worth - self._diversity * self._overlap, -np.inf)
        best = int(np.argmax(value))
        np.maximum(self._overlap, self._alike(self._places[best]), out=self._overlap)
        uses.add(self._places[best])
        return float(self._scores[best]), self._places[best]

    def _alike(self, places: Places) -> Array:
        """How many pieces each outfit shares with one of all that either has; 1 is that outfit, never chosen again."""
        worn = places != NONE
        shared = (self._places[:, worn] == places[worn]).sum(axis=1)
        return np.asarray(shared / (self._sizes + worn.sum() - shared))

    def is_empty(self, chosen: Sequence[tuple[float, Places]]) -> bool:
        """Whether all of it has been chosen."""
        taken = {tuple(places.tolist()) for _, places in chosen}
        return all(tuple(places) in taken for places in self._places.tolist())


def _turns(places: Places, board: Board, day: date) -> Array:
    """Whose turn it is: from 0 to 1, by the day and the pieces."""
    start = blake2b(day.isoformat().encode(), digest_size=4)
    pieces = [board.pieces[slot] for slot in SLOTS]
    turns = []
    for outfit in places.tolist():
        turn = start.copy()
        turn.update("".join([of[at].id for of, at in zip(pieces, outfit, strict=True) if at != NONE]).encode())
        turns.append(turn.digest())
    return np.frombuffer(b"".join(turns), ">u4") / 2**32
