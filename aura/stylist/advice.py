"""Everything the stylist has to say about a wardrobe, computed in one go.

Reading and sorting the wardrobe is much of the work, so outfits and what is lacking are answered together.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from aura.stylist.gaps import Missing, missing
from aura.stylist.names import outfit_names
from aura.stylist.outfits import MOST, propose
from aura.stylist.person import NOBODY, Person
from aura.stylist.reasons import Reason
from aura.stylist.slots import Closet, closet
from aura.stylist.speech import DEFAULT, Speech, speech
from aura.stylist.weights import Weights
from aura.stylist.wishes import ANY_DAY, Wish

VERSION = "5"


@dataclass(frozen=True, slots=True)
class Outfit:
    """An outfit to propose: its name, the ids of its items, from the top down, its score (0 to 1) and why."""

    name: str
    items: tuple[str, ...]
    score: float = 0.0
    why: tuple[Reason, ...] = ()


@dataclass(frozen=True, slots=True)
class Advice:
    """What to wear (in order of proposal) and what is lacking.

    ``gap``: by how much, relatively, outfits that were not looked at may be better; 0: the best are exactly these.
    """

    outfits: tuple[Outfit, ...]
    missing: tuple[Missing, ...]
    gap: float = 0.0


def advise(
    rows: Iterable[Mapping[str, Any]],
    away: Collection[str] = (),
    wish: Wish = ANY_DAY,
    person: Person = NOBODY,
    weights: Weights | None = None,
    language: str = DEFAULT,
    most: int = MOST,
) -> Advice:
    """The advice for a wardrobe; the same for the same rows in any order, and never an error.

    Args:
        rows: items as ``aura.stylist.pieces.Reader`` reads them.
        away: ids of items to leave out, beside those that the wish leaves out.
    """
    said = speech(language)
    wardrobe = closet(rows, {*away, *wish.without})
    found = propose(wardrobe, wish, person, weights, most=most, said=said)
    names = outfit_names([each.look for each in found.outfits], wish.occasion, said)
    outfits = (
        Outfit(name, tuple(piece.id for piece in each.look.pieces), each.score, each.why)
        for name, each in zip(names, found.outfits, strict=True)
    )
    return Advice(tuple(outfits), _missing(wardrobe, said, anchored=found.anchored), found.gap)


def _missing(wardrobe: Closet, said: Speech, *, anchored: bool) -> tuple[Missing, ...]:
    lacking = missing(wardrobe, said)
    return lacking if anchored else (Missing("anchor", said.missing("anchor")), *lacking)
