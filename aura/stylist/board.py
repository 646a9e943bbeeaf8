"""A wardrobe as numbers to be searched: what each piece is worth, and each pair, by slots.

The score of an outfit is the weighted mean of its factors; a factor of single pieces is the mean over the pieces, one
of pairs the mean over the pairs, weighted by how much one sees them together. So within one kind of outfit (the same
slots) a score is a sum of terms of one or two pieces, which is what makes exact search possible (``search.py``).
What is wrong with an outfit as a whole only subtracts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from itertools import accumulate, combinations, product
from types import MappingProxyType
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from aura.stylist.accessories import RULES, Place, asked_for, purpose_of
from aura.stylist.completing import Extra
from aura.stylist.features import Features, features
from aura.stylist.harmony import FAMILIES, MOST_FAMILIES, count_families
from aura.stylist.pairs import PAIRWISE, matching
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
Name = TypeVar("Name", Slot, Place)
# The factor that is about the accessories; all others are about garments.
ACCESSORIES = "accessories"
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
# Slots whose pairs are computed together (neighbours in ``SLOTS``), and how many pairs in one operation: few enough for
# the processor's cache, and for a product of matrices that OpenBLAS does by itself. Beyond 2^18 multiplications (36 for
# each pair) it calls threads, which costs more than they save and makes the pieces of other requests wait.
BLOCKS = (
    ((Slot.TOP, Slot.BOTTOM, Slot.FULL_BODY), (Slot.SHOES, Slot.OUTER)),
    ((Slot.TOP,), (Slot.BOTTOM,)),
    ((Slot.SHOES,), (Slot.OUTER,)),
)
TILE, TILE_WIDTH = 7_200, 180
# All of those pairs and some that nobody asks for: of few pieces this takes less than three operations.
WHOLE = (((Slot.TOP, Slot.BOTTOM, Slot.FULL_BODY, Slot.SHOES), (Slot.BOTTOM, Slot.FULL_BODY, Slot.SHOES, Slot.OUTER)),)
# What a factor of pairs is worth where there is only one piece.
ALONE = 0.75
FAMILY_PENALTY = 0.08
LOUD, LOUD_PENALTY = 0.5, 0.04
# What too many colours cost, by the bits of the hue families.
_OVER = FAMILY_PENALTY * np.maximum(count_families(np.arange(1 << FAMILIES)) - MOST_FAMILIES, 0)


@dataclass(frozen=True, slots=True)
class Board:
    """The pieces of each slot by number from 0, what they are worth (``single``) and what each pair is (``pairs``).

    ``everything``: all pieces, slot by slot in the order of ``SLOTS``; ``seen``: those of each slot. ``weights`` are
    those of the factors that say something here, adding up to 1; ``scores`` every factor of single pieces, of all.
    ``extras``: the accessories that are asked for, and are no part of what the others tell.
    """

    pieces: Mapping[Slot, tuple[Piece, ...]]
    everything: Features
    seen: Mapping[Slot, Features]
    weights: Mapping[str, float]
    scores: Mapping[str, Array]
    single: Mapping[Slot, Array]
    pairs: Mapping[Pair, Array]
    together: Together
    extras: Mapping[Place, Extra] = field(default_factory=dict)

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
    garments = [each for slot in SLOTS for each in pieces[slot]]
    asked = asked_for(wardrobe.accessories, wish) if garments else {}
    listed = [*garments, *(each for place in asked for each in asked[place])]
    parts = _parts(SLOTS, [len(pieces[slot]) for slot in SLOTS])
    seen = features(listed)
    scores = wanted(listed, seen, person, wish) if listed else {}
    together = Together.of([each.id for each in listed], person.outfits)
    shares = _shares(
        scores, weights, person, prior_left(garments, person), together=bool(together), accessories=bool(asked)
    )
    single = _weighted(scores, shares) if listed else np.empty(0)
    bare = Board(
        pieces=pieces,
        everything=seen,
        seen={slot: seen.part(part) for slot, part in parts.items()},
        weights=shares,
        scores=scores,
        single={slot: single[parts[slot]] for slot in SLOTS if pieces[slot]},
        pairs={},
        together=together,
    )
    places = _parts(tuple(asked), [len(asked[place]) for place in asked], len(garments))
    extras = {place: _extra(bare, place, asked[place], single, parts, places[place], wish) for place in asked}
    return replace(bare, pairs=_pairs(bare, parts), extras=extras)


def set_penalty(families: NDArray[np.int64], louds: Array) -> Array:
    """What is wrong with outfits as a whole, to be subtracted.

    Args:
        families: all visible hue families of each outfit as bits; more than three are too many colours.
        louds: how many loud patterns each has; one is an accent.
    """
    return np.asarray(_OVER[families] + LOUD_PENALTY * np.maximum(louds - 1.0, 0.0))


def _by_slot(wardrobe: Closet) -> Sequence[tuple[Piece, ...]]:
    """By id, so that equal wardrobes are equal boards."""
    filled = (wardrobe.tops, wardrobe.bottoms, wardrobe.full_body, wardrobe.shoes, wardrobe.outer)
    return [tuple(sorted(each, key=lambda piece: piece.id)) for each in filled]


def _parts(names: Sequence[Name], counts: Sequence[int], first: int = 0) -> dict[Name, slice]:
    """Where the pieces of each slot or place are in the list of all."""
    ends = list(accumulate(counts, initial=first))
    return {name: slice(start, end) for name, start, end in zip(names, ends[:-1], ends[1:], strict=True)}


def _shares(
    scores: Mapping[str, Array], weights: Weights, person: Person, prior: float, *, together: bool, accessories: bool
) -> dict[str, float]:
    """The weights of the factors that say something here; their sum is 1."""
    speaking = [*PAIRWISE, *scores]
    speaking += [name for name, speaks in (("combinations", together), (ACCESSORIES, accessories)) if speaks]
    known = {"preferences": prior, "style_dna": person.confidence}
    raw = {name: weights.of(name) * known.get(name, 1.0) for name in speaking}
    total = sum(raw.values()) or 1.0
    return {name: weight / total for name, weight in raw.items()}


def _weighted(scores: Mapping[str, Array], shares: Mapping[str, float]) -> Array:
    total, *further = (shares[name] * score for name, score in scores.items())
    for each in further:
        total += each
    return total


def _pairs(bare: Board, parts: Mapping[Slot, slice]) -> dict[Pair, Array]:
    """What each pair is, computed for several slots in one operation where that takes little memory."""
    found = {}
    few = parts[Slot.SHOES].stop * (parts[Slot.OUTER].stop - parts[Slot.BOTTOM].start) <= TILE
    for rows, columns in WHOLE if few else BLOCKS:
        down = slice(parts[rows[0]].start, parts[rows[-1]].stop)
        across = slice(parts[columns[0]].start, parts[columns[-1]].stop)
        block = _block(bare, down, across)
        for one, other in product(rows, columns):
            if (one, other) in SEEN_TOGETHER and bare.pieces[one] and bare.pieces[other]:
                found[one, other] = block[_moved(parts[one], -down.start), _moved(parts[other], -across.start)]
    return found


def _extra(
    bare: Board,
    place: Place,
    pieces: tuple[Piece, ...],
    single: Array,
    parts: Mapping[Slot, slice],
    part: slice,
    wish: Wish,
) -> Extra:
    """The accessories of one place, judged by the same factors as garments are."""
    rule, seen = RULES[place], bare.everything.part(part)
    rest = 1.0 - bare.weights[ACCESSORIES] or 1.0
    worth = {slot: _block(bare, parts[slot], part) + single[part] for slot in rule.seen_with if bare.pieces[slot]}
    if rule.matches and Slot.SHOES in worth:
        worth[Slot.SHOES] += bare.weights["colour_harmony"] * matching(bare.seen[Slot.SHOES], seen)
    carried = None
    if rule.needs is not None:
        slot, kinds = rule.needs
        carried = np.array([each.subcategory in kinds for each in bare.pieces[slot]], np.bool_)
    return Extra(
        pieces=pieces,
        purpose=purpose_of(place, wish),
        worth={slot: each / rest for slot, each in worth.items()},
        families=seen.families,
        loud=seen.loud >= LOUD,
        carried=carried,
        fixed=pieces[0].id == wish.anchor,
    )


def _block(bare: Board, down: slice, across: slice) -> Array:
    """What each piece of one part of the list is with each of another."""
    found = np.empty((down.stop - down.start, across.stop - across.start))
    for columns in _split(found.shape[1], TILE_WIDTH):
        other = bare.everything.part(_moved(columns, across.start))
        for rows in _split(len(found), TILE // (columns.stop - columns.start)):
            one = bare.everything.part(_moved(rows, down.start))
            found[rows, columns] = _weighted(bare.pair_scores(one, other), bare.weights)
    return found


def _split(count: int, most: int) -> Iterator[slice]:
    """Parts as equal as may be of no more than ``most``."""
    size = -(-count // max(1, -(-count // most)))
    return (slice(start, min(start + size, count)) for start in range(0, count, max(1, size)))


def _moved(part: slice, by: int) -> slice:
    return slice(part.start + by, part.stop + by)


@cache
def pairs_of(slots: tuple[Slot, ...]) -> Mapping[Pair, float]:
    """The pairs of an outfit of these slots (in the order of ``SLOTS``) and their shares, together 1."""
    there = [pair for pair in combinations(slots, 2) if pair in SEEN_TOGETHER]
    total = sum(SEEN_TOGETHER[pair] for pair in there)
    return MappingProxyType({pair: SEEN_TOGETHER[pair] / total for pair in there})
