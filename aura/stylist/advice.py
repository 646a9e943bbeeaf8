"""Everything the stylist has to say about a wardrobe, computed in one go.

Reading and sorting the wardrobe is nearly all of the work, so outfits, what is lacking and what would help are
answered together, and the answer to one question is at hand when the other is asked.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from aura.stylist.gaps import Gap, Missing, gaps, missing
from aura.stylist.names import outfit_names
from aura.stylist.outfits import looks
from aura.stylist.slots import closet

VERSION = "1"


@dataclass(frozen=True, slots=True)
class Outfit:
    """An outfit to propose: its name and the ids of its items, from the top down."""

    name: str
    items: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Advice:
    """What to wear (in order of proposal), what to get (the most useful first), and what is lacking."""

    outfits: tuple[Outfit, ...]
    gaps: tuple[Gap, ...]
    missing: tuple[Missing, ...]


def advise(rows: Iterable[Mapping[str, Any]], away: Collection[str] = ()) -> Advice:
    """The advice for a wardrobe; the same for the same rows in any order, and never an error.

    Args:
        rows: items as ``aura.stylist.pieces.Reader`` reads them.
        away: ids of items to leave out.
    """
    wardrobe = closet(rows, away)
    found = looks(wardrobe)
    named = zip(outfit_names(found), found, strict=True)
    return Advice(
        outfits=tuple(Outfit(name, tuple(each.id for each in look.pieces)) for name, look in named),
        gaps=gaps(wardrobe),
        missing=missing(wardrobe),
    )
