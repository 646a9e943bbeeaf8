"""How many good new outfits a piece would open in a wardrobe, by the score that outfits are proposed by.

An outfit is good if its pieces go together: colours, patterns, formality, warmth and style, and weather and occasion
where they are asked for, less what is wrong with the whole (``board.py``), come to about what the person's outfits
usually come to, and to ``GOOD`` at least. How a person likes it and when it was worn last say nothing about that.

Every outfit is counted in wardrobes of up to ``per_slot`` pieces a slot. Of larger ones a fixed part is counted (the
same for the same wardrobe) and the rest inferred, so that the work is bounded whatever the wardrobe.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aura.stylist.board import LOUD, SLOTS, Board, board, pairs_of, set_penalty
from aura.stylist.person import NOBODY
from aura.stylist.pieces import Piece
from aura.stylist.slots import Closet, Pieces, slot_of
from aura.stylist.weights import Weights
from aura.stylist.wishes import Wish
from aura.vision.vocabulary import Slot

Array = NDArray[np.float64]
Places = NDArray[np.intp]
Kind = tuple[Slot, ...]
GOOD = 0.75
# By how much less than usual is still about as good, and what is good whatever somebody is used to.
ABOUT, ALWAYS_GOOD = 0.02, 0.88
# Outfits whose scores are computed in one operation.
BLOCK = 500_000
CORES: tuple[Kind, ...] = ((Slot.TOP, Slot.BOTTOM), (Slot.FULL_BODY,))


@dataclass(frozen=True, slots=True)
class Opening:
    """What one more piece opens.

    ``unlocks``: the good outfits that have it; ``worth``: the sum of their scores; ``partners``: how good the best of
    those is that has both it and another piece, by that piece's id; ``fits``: how many such pieces there are.
    """

    piece: Piece
    unlocks: float = 0.0
    worth: float = 0.0
    partners: Mapping[str, float] = field(default_factory=dict)
    fits: float = 0.0


def openings(
    wardrobe: Closet, candidates: Sequence[Piece], wish: Wish, weights: Weights, per_slot: int, good: float = GOOD
) -> dict[str, Opening]:
    """What each candidate alone would open, by its id; those of which no outfits are made are left out.

    Args:
        per_slot: of how many pieces of each slot outfits are counted.
        good: the score from which an outfit counts.
    """
    filled = by_slot(wardrobe)
    counted = {slot: _part(pieces, per_slot) for slot, pieces in filled.items()}
    wanted = {slot: tuple(each for each in candidates if slot_of(each) is slot) for slot in SLOTS}
    everything = {slot: counted[slot] + wanted[slot] for slot in SLOTS}
    laid = board(_closet(everything), NOBODY, wish, _going_together(weights))
    sizes = {slot: len(filled[slot]) / max(len(counted[slot]), 1) for slot in SLOTS}
    bench = _Bench(laid, counted, sizes, wish.layered, good)
    return {each.piece.id: each for slot in SLOTS if wanted[slot] for each in bench.of_slot(slot, wanted[slot])}


def standard(wardrobe: Closet, wish: Wish, weights: Weights, per_slot: int) -> float:
    """From which score on an outfit is good for somebody who has this wardrobe."""
    counted = {slot: _part(pieces, per_slot) for slot, pieces in by_slot(wardrobe).items()}
    laid = board(_closet(counted), NOBODY, wish, _going_together(weights))
    usual = _Bench(laid, counted, dict.fromkeys(SLOTS, 1.0), wish.layered, GOOD).median()
    return GOOD if usual is None else float(min(max(usual - ABOUT, GOOD), ALWAYS_GOOD))


def by_slot(wardrobe: Closet) -> dict[Slot, Pieces]:
    """The pieces that outfits are made of."""
    filled = (wardrobe.tops, wardrobe.bottoms, wardrobe.full_body, wardrobe.shoes, wardrobe.outer)
    return dict(zip(SLOTS, filled, strict=True))


def _closet(pieces: Mapping[Slot, Pieces]) -> Closet:
    return Closet(
        tops=pieces[Slot.TOP],
        bottoms=pieces[Slot.BOTTOM],
        full_body=pieces[Slot.FULL_BODY],
        shoes=pieces[Slot.SHOES],
        outer=pieces[Slot.OUTER],
    )


class _Bench:
    """Counts outfits on a board that holds the wardrobe (``counted``) and the candidates.

    ``times``: by how much more pieces each slot has than are counted.
    """

    def __init__(
        self,
        laid: Board,
        counted: Mapping[Slot, Pieces],
        times: Mapping[Slot, float],
        layered: bool | None,
        good: float,
    ) -> None:
        self._board, self._counted, self._times = laid, counted, times
        self._layered, self._good = layered, good
        self._place = {each.id: at for slot in SLOTS for at, each in enumerate(laid.pieces[slot])}
        self._own = {slot: self._places(counted[slot]) for slot in SLOTS}

    def of_slot(self, slot: Slot, candidates: Pieces) -> Iterator[Opening]:
        """The openings of candidates that all fill this slot."""
        kinds = [kind for kind in self._kinds(slot) if all(self._counted[each] for each in kind if each is not slot)]
        widest = max((prod(len(self._own[each]) for each in kind if each is not slot) for kind in kinds), default=1)
        step = max(1, BLOCK // widest)
        for start in range(0, len(candidates), step):
            yield from self._of_few(slot, candidates[start : start + step], kinds)

    def median(self) -> float | None:
        """What the outfits of the wardrobe itself usually come to; None where there are none."""
        kinds = [kind for slot in (Slot.TOP, Slot.FULL_BODY) for kind in self._kinds(slot)]
        scores = [self._scores(kind, self._own).ravel() for kind in kinds if all(self._counted[each] for each in kind)]
        return float(np.median(np.concatenate(scores))) if scores else None

    def _of_few(self, slot: Slot, candidates: Pieces, kinds: Sequence[Kind]) -> Iterator[Opening]:
        unlocks, worth = np.zeros(len(candidates)), np.zeros(len(candidates))
        best = {each: np.zeros((len(candidates), len(self._own[each]))) for each in SLOTS}
        for kind in kinds:
            scores = self._scores(kind, {**self._own, slot: self._places(candidates)})
            scores = np.moveaxis(np.where(scores >= self._good, scores, 0.0), kind.index(slot), 0)
            times = prod(self._times[each] for each in kind if each is not slot)
            inside = tuple(range(1, scores.ndim))
            unlocks += times * np.count_nonzero(scores, axis=inside)
            worth += times * scores.sum(axis=inside)
            for axis, other in enumerate((each for each in kind if each is not slot), 1):
                top = scores.max(axis=tuple(each for each in inside if each != axis))
                best[other] = np.maximum(best[other], top)
        for at, piece in enumerate(candidates):
            partners = {slot: best[slot][at] for slot in SLOTS}
            yield Opening(piece, float(unlocks[at]), float(worth[at]), self._named(partners), self._fits(partners))

    def _scores(self, kind: Kind, at: Mapping[Slot, Places]) -> Array:
        """The scores of all outfits of these pieces, an axis for each slot of the kind."""
        laid, pairs = self._board, pairs_of(kind)
        total = np.zeros([len(at[slot]) for slot in kind]) + (0.0 if pairs else laid.alone)
        families, louds = np.zeros(total.shape, np.int64), np.zeros(total.shape)
        for axis, slot in enumerate(kind):
            total += _along(laid.single[slot][at[slot]] / len(kind), axis, total.ndim)
            families |= _along(laid.seen[slot].families[at[slot]], axis, total.ndim)
            louds += _along((laid.seen[slot].loud[at[slot]] >= LOUD).astype(float), axis, total.ndim)
        for (one, other), share in pairs.items():
            block = share * laid.pairs[one, other][np.ix_(at[one], at[other])]
            shape = [len(at[slot]) if slot in (one, other) else 1 for slot in kind]
            total += block.reshape(shape)
        return np.asarray(total - set_penalty(families, louds))

    def _kinds(self, slot: Slot) -> Iterator[Kind]:
        """As outfits are proposed: with shoes where there are any, with an outer layer as the weather asks."""
        shod = (Slot.SHOES,) if slot is Slot.SHOES or self._counted[Slot.SHOES] else ()
        for core in CORES:
            if slot in core or slot not in CORES[0] + CORES[1]:
                yield from ((*core, *shod, *layer) for layer in self._layers(slot))

    def _layers(self, slot: Slot) -> Iterator[Kind]:
        layers = slot is Slot.OUTER or bool(self._counted[Slot.OUTER])
        if slot is not Slot.OUTER and not (layers and self._layered is True):
            yield ()
        if layers and self._layered is not False:
            yield (Slot.OUTER,)

    def _named(self, partners: Mapping[Slot, Array]) -> dict[str, float]:
        """By id, the best first."""
        found = {
            self._board.pieces[slot][place].id: float(score)
            for slot in SLOTS
            for place, score in zip(self._own[slot], partners[slot], strict=True)
            if score > 0
        }
        return dict(sorted(found.items(), key=lambda entry: (-round(entry[1], 9), entry[0])))

    def _fits(self, partners: Mapping[Slot, Array]) -> float:
        return sum(self._times[slot] * float(np.count_nonzero(partners[slot])) for slot in SLOTS)

    def _places(self, pieces: Pieces) -> Places:
        return np.array([self._place[each.id] for each in pieces], np.intp)


def _part(pieces: Pieces, most: int) -> Pieces:
    """All of them, or a part that is the same for the same pieces in any order."""
    if len(pieces) <= most:
        return pieces
    return tuple(sorted(pieces, key=lambda each: (blake2b(each.id.encode(), digest_size=8).digest(), each.id))[:most])


def _going_together(weights: Weights) -> Weights:
    """Without what is about the person and how they wear it."""
    return replace(
        weights, recency=0.0, favourite=0.0, under_used=0.0, combinations=0.0, preferences=0.0, style_dna=0.0
    )


def _along(values: NDArray[Any], axis: int, axes: int) -> NDArray[Any]:
    """A row of values along one of several axes."""
    return values.reshape([-1 if each == axis else 1 for each in range(axes)])
