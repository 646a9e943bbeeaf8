"""Gives the outfits that were chosen their accessories, one after the other, none in more than its share of them.

The search has counted each outfit with the best accessories there are. Where those were used often enough, the next
best take their turn, and the outfit is worth so much less.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce
from operator import or_

import numpy as np

from aura.stylist.accessories import Place
from aura.stylist.board import ACCESSORIES, LOUD, SLOTS, Board
from aura.stylist.completing import Completion
from aura.vision.vocabulary import Slot

NONE = -1


@dataclass(frozen=True, slots=True)
class Finish:
    """An outfit's accessories: by place the number of each in ``Board.extras``.

    ``worth``: how well they do, 0 to 1; ``short``: by how much the outfit's score is below what the best would make it.
    """

    worn: Mapping[Place, int] = field(default_factory=dict)
    worth: float = 0.0
    short: float = 0.0


class Finisher:
    """Knows how often each accessory has been used.

    Args:
        most_uses: in how many outfits one may be while others would do; more where there are few for its place.
        outfits: how many there may be.
    """

    def __init__(self, board: Board, most_uses: int, outfits: int) -> None:
        self._board, self._share = board, board.weights.get(ACCESSORIES, 0.0)
        self._kinds: dict[tuple[Slot, ...], Completion] = {}
        self._all = {place: np.ones(len(extra.pieces), np.bool_) for place, extra in board.extras.items()}
        self._left = {
            place: np.full(len(extra.pieces), max(most_uses, -(-outfits // len(extra.pieces))))
            for place, extra in board.extras.items()
        }

    def finish(self, places: Sequence[int]) -> Finish:
        """The accessories of an outfit (of each slot the piece's place or -1), counted as used."""
        if not self._left:
            return Finish()
        chosen = {slot: at for slot, at in zip(SLOTS, places, strict=True) if at != NONE}
        kind = tuple(chosen)
        if kind not in self._kinds:
            self._kinds[kind] = Completion(self._board.extras, kind, self._share)
        families = reduce(or_, (int(self._board.seen[slot].families[at]) for slot, at in chosen.items()))
        louds = sum(float(self._board.seen[slot].loud[at] >= LOUD) for slot, at in chosen.items())
        return self._worn(self._kinds[kind], chosen, families, louds)

    def _worn(self, completion: Completion, chosen: Mapping[Slot, int], families: int, louds: float) -> Finish:
        best, worn = completion.complete(chosen, families, louds, self._all)
        worth = best
        if any(self._left[place][at] <= 0 for place, at in worn.items()):
            free = {place: left > 0 for place, left in self._left.items()}
            worth, worn = completion.complete(chosen, families, louds, free)
        for place, at in worn.items():
            self._left[place][at] -= 1
        return Finish(worn, worth / self._share if self._share else 0.0, best - worth)
