"""A wardrobe as numbers to be searched: what each piece is worth, and each pair, by slots.

The score of an outfit is the weighted mean of its factors; a factor of single pieces is the mean over the pieces, one
of pairs the mean over the pairs, weighted by how much one sees them together. So within one kind of outfit (the same
slots) a score is a sum of terms of one or two pieces, which is what makes exact search possible (``search.py``).
What is wrong with an outfit as a whole only subtracts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from aura.stylist.features import Features, features
from aura.stylist.pairs import PAIRWISE
from aura.stylist.person import Person
from aura.stylist.pieces import Piece
from aura.stylist.slots import Closet
from aura.stylist.taste import prior_left, wanted
from aura.stylist.together import Together
from aura.stylist.weights import Weights
from aura.stylist.wishes import Wish
from aura.vision.vocabulary import Slot

Array = NDArray[np.float64]
Pair = tuple[Slot, Slot]
SLOTS = (Slot.TOP, Slot.BOTTOM, Slot.FULL_BODY, Slot.SHOES, Slot.OUTER)
# How much one sees two pieces together. Our own judgement.
SEEN_TOGETHER: Mapping[Pair, float] = MappingProxyType(
    {
        (Slot.TOP, Slot.BOTTOM): 3.0,
        (Slot.TOP, Slot.SHOES): 1.0,
        (Slot.BOTTOM, Slot.SHOES): 2.0,
        (Slot.TOP, Slot.OUTER): 2.0,
        (Slot.BOTTOM, Slot.OUTER): 1.5,
        (Slot.SHOES, Slot.OUTER): 1.0,
        (Slot.FULL_BODY, Slot.SHOES): 2.5,
        (Slot.FULL_BODY, Slot.OUTER): 2.0,
    }
)
# What a factor of pairs is worth where there is only one piece.
ALONE = 0.75
MOST_FAMILIES, FAMILY_PENALTY = 3, 0.08
LOUD, LOUD_PENALTY = 0.5, 0.04
_BITS = np.array([bits.bit_count() for bits in range(1 << 12)])


@dataclass(frozen=True, slots=True)
class Board:
    """The pieces of each slot by number from 0, what they are worth (``single``) and what each pair is (``pairs``).

    ``weights`` are those of the factors that say something here, adding up to 1; ``scores`` every factor of single
    pieces by slot.
    """

    pieces: Mapping[Slot, tuple[Piece, ...]]
    seen: Mapping[Slot, Features]
    weights: Mapping[str, float]
    scores: Mapping[Slot, Mapping[str, Array]]
    single: Mapping[Slot, Array]
    pairs: Mapping[Pair, Array]
    together: Together

    @property
    def alone(self) -> float:
        """What the pairs of an outfit that has none are worth."""
        return ALONE * sum(weight for name, weight in self.weights.items() if name in PAIRWISE)

    def pair_scores(self, one: Features, other: Features) -> dict[str, Array]:
        """Every factor of pairs, for two lists of pieces of this board."""
        found = {name: score(one, other) for name, score in PAIRWISE.items()}
        return found | ({"combinations": self.together.scores(one, other)} if self.together else {})


def board(wardrobe: Closet, person: Person, wish: Wish, weights: Weights) -> Board:
    """The wardrobe as it looks to this person for this wish."""
    pieces = dict(zip(SLOTS, _by_slot(wardrobe), strict=True))
    everything = [each for slot in SLOTS for each in pieces[slot]]
    seen = _features(pieces)
    scores = {slot: wanted(pieces[slot], seen[slot], person, wish) for slot in SLOTS if pieces[slot]}
    together = Together.of([each.id for each in everything], person.outfits)
    shares = _shares(scores, weights, person, prior_left(everything, person), together=bool(together))
    bare = Board(pieces, seen, shares, scores, {}, {}, together)
    return Board(
        pieces, seen, shares, scores, {slot: _weighted(scores[slot], shares) for slot in scores}, _pairs(bare), together
    )


def set_penalty(families: NDArray[np.int64], louds: Array) -> Array:
    """What is wrong with outfits as a whole, to be subtracted.

    Args:
        families: all visible hue families of each outfit as bits; more than three are too many colours.
        louds: how many loud patterns each has; one is an accent.
    """
    families_over = np.maximum(_BITS[families] - MOST_FAMILIES, 0)
    return np.asarray(FAMILY_PENALTY * families_over + LOUD_PENALTY * np.maximum(louds - 1.0, 0.0))


def _by_slot(wardrobe: Closet) -> Sequence[tuple[Piece, ...]]:
    """By id, so that equal wardrobes are equal boards."""
    filled = (wardrobe.tops, wardrobe.bottoms, wardrobe.full_body, wardrobe.shoes, wardrobe.outer)
    return [tuple(sorted(each, key=lambda piece: piece.id)) for each in filled]


def _features(pieces: Mapping[Slot, tuple[Piece, ...]]) -> dict[Slot, Features]:
    seen, first = {}, 0
    for slot in SLOTS:
        seen[slot] = features(pieces[slot], first)
        first += len(pieces[slot])
    return seen


def _shares(
    scores: Mapping[Slot, Mapping[str, Array]], weights: Weights, person: Person, prior: float, *, together: bool
) -> dict[str, float]:
    """The weights of the factors that say something here; their sum is 1."""
    speaking = [*PAIRWISE, *next(iter(scores.values()), {}), *(("combinations",) if together else ())]
    known = {"preferences": prior, "style_dna": person.confidence}
    raw = {name: weights.of(name) * known.get(name, 1.0) for name in speaking}
    total = sum(raw.values()) or 1.0
    return {name: weight / total for name, weight in raw.items()}


def _weighted(scores: Mapping[str, Array], shares: Mapping[str, float]) -> Array:
    total, *further = (shares[name] * score for name, score in scores.items())
    for each in further:
        total += each
    return total


def _pairs(bare: Board) -> dict[Pair, Array]:
    found = {}
    for pair in SEEN_TOGETHER:
        one, other = (bare.seen[slot] for slot in pair)
        if len(one.light) and len(other.light):
            found[pair] = _weighted(bare.pair_scores(one, other), bare.weights)
    return found


def pairs_of(slots: Sequence[Slot]) -> dict[Pair, float]:
    """The pairs of an outfit of these slots (in the order of ``SLOTS``) and their shares, together 1."""
    there = [pair for pair in combinations(slots, 2) if pair in SEEN_TOGETHER]
    total = sum(SEEN_TOGETHER[pair] for pair in there)
    return {pair: SEEN_TOGETHER[pair] / total for pair in there}
