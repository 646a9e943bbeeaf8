"""Sorts a wardrobe by the places of an outfit that its pieces fill.

An outfit is a top with a bottom, or one piece for the whole body; shoes when there are any; an outer layer where
one is wanted, and accessories as they are asked for (``accessories.py``). Underwear and swimwear are worn too, but
outfits are not made of them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

from aura.stylist.pieces import Piece, Reader, everyday_reader
from aura.vision.lexicon import Lexicon
from aura.vision.vocabulary import SLOT_OF, Slot

Pieces = tuple[Piece, ...]
_ACCESSORIES = (Slot.HEAD, Slot.BAG, Slot.ACCESSORY)


@dataclass(frozen=True, slots=True)
class Closet:
    """The pieces of each slot, the longest unworn first, and how many items nobody can tell what they are."""

    tops: Pieces = ()
    bottoms: Pieces = ()
    full_body: Pieces = ()
    shoes: Pieces = ()
    outer: Pieces = ()
    accessories: Pieces = ()
    unknown: int = 0

    @property
    def cores(self) -> int:
        """How many ways there are to be dressed, shoes and outer layer aside."""
        return len(self.tops) * len(self.bottoms) + len(self.full_body)


def closet(rows: Iterable[Mapping[str, Any]], away: Collection[str] = (), words: Lexicon | None = None) -> Closet:
    """The wardrobe sorted; the same for the same rows in whatever order.

    Args:
        rows: items as ``aura.stylist.pieces.Reader`` reads them; of several with one id one counts.
        away: ids of items that are to be left out, such as those offered for swapping.
        words: the language of the person's own words; all languages where not given.
    """
    reader = everyday_reader() if words is None else Reader(words)
    read = [reader.piece(row) for row in rows if isinstance(row.get("id"), str) and row["id"] not in away]
    known = [found for found in read if found is not None]
    filling: dict[Slot, list[Piece]] = {slot: [] for slot in Slot}
    for each in _distinct(known):
        filling[slot_of(each)].append(each)
    return Closet(
        tops=tuple(filling[Slot.TOP]),
        bottoms=tuple(filling[Slot.BOTTOM]),
        full_body=tuple(filling[Slot.FULL_BODY]),
        shoes=tuple(filling[Slot.SHOES]),
        outer=tuple(filling[Slot.OUTER]),
        accessories=tuple(each for slot in _ACCESSORIES for each in filling[slot]),
        unknown=len(read) - len(known),
    )


def slot_of(worn: Piece) -> Slot:
    """The place of an outfit that a piece fills."""
    return SLOT_OF[worn.category]


def _distinct(pieces: Sequence[Piece]) -> Iterable[Piece]:
    """In order; of several with one id the first."""
    if len({each.id for each in pieces}) == len(pieces):
        return sorted(pieces, key=attrgetter("unworn_since", "id"))
    by_id: dict[str, Piece] = {}
    for each in sorted(pieces, key=_order):
        by_id.setdefault(each.id, each)
    return by_id.values()


def _order(each: Piece) -> tuple[object, ...]:
    """In full, so that even two rows with one id are told apart the same way each time."""
    return (*each.order, str(each.category), str(each.subcategory), str(each.colour))
