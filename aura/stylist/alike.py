"""How alike two pieces look: the same kind in nearly the same colour is the same piece twice.

The distance of colours is CIE94 (``aura.vision.colours``) between what their names stand for; how fast likeness falls
with it is our own judgement.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from math import exp

from aura.stylist.pieces import Piece
from aura.vision.colours import REFERENCES, cie94, hex_to_lab
from aura.vision.vocabulary import Colour

# The distance at which another colour is e times less alike, and how alike two kinds of one category are.
COLOUR_REACH, OTHER_KIND = 12.0, 0.5


def alike(one: Piece, other: Piece) -> float:
    """From 0, nothing in common, to 1, as good as the same; pieces of two categories are never alike."""
    if one.category is not other.category:
        return 0.0
    distance = colour_distance(one.colour, other.colour)
    same = 1.0 if one.subcategory == other.subcategory else OTHER_KIND
    return same * (0.5 if distance is None else exp(-distance / COLOUR_REACH))


def most_alike(piece: Piece, others: Iterable[Piece]) -> float:
    """How alike it is to the most alike of the others; 0 where there are none."""
    return max((alike(piece, each) for each in others), default=0.0)


@cache
def colour_distance(one: Colour | None, other: Colour | None) -> float | None:
    """CIE94 between two named colours; None where one is not known."""
    if one is None or other is None:
        return None
    return float(cie94(hex_to_lab(REFERENCES[one][0]), hex_to_lab(REFERENCES[other][0])))
