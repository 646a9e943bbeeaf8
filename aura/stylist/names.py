"""Readable names of pieces and outfits, made from what is known of them: "Navy Shirt & Black Jeans".

Only words of the vocabulary are used, never a person's own text: a name is short and harmless whatever somebody
typed, and can be said in another language by translating the vocabulary.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import count

from aura.stylist.outfits import Look
from aura.stylist.pieces import Piece
from aura.vision.vocabulary import Category, Colour

_NOUNS = {
    Category.TOPS: "Top",
    Category.BOTTOMS: "Bottoms",
    Category.ONE_PIECE: "One-Piece",
    Category.OUTERWEAR: "Outer Layer",
    Category.SHOES: "Shoes",
}
_SPELLED = {"t_shirt": "T-Shirt", "longsleeve": "Long-Sleeve"}


def piece_name(piece: Piece) -> str:
    """A piece in two or three words, such as "Light Blue T-Shirt"."""
    return " ".join((*_colour(piece.colour), _noun(piece)))


def outfit_names(looks: Iterable[Look]) -> list[str]:
    """A name for each outfit, all different: as short as it can be, and numbered where words do not suffice."""
    taken: dict[str, None] = {}
    for look in looks:
        name = next(each for each in _candidates(look) if each not in taken)
        taken[name] = None
    return list(taken)


def _candidates(look: Look) -> Iterator[str]:
    core = " & ".join(piece_name(each) for each in look.core)
    further = [piece_name(each) for each in (look.shoes, look.outer) if each is not None]
    yield core
    for number in range(len(further)):
        yield f"{core} with {' and '.join(further[: number + 1])}"
    yield from (f"{core} No. {number}" for number in count(2))


def _colour(colour: Colour | None) -> tuple[str, ...]:
    return () if colour is None else (_title(colour),)


def _noun(piece: Piece) -> str:
    if piece.subcategory is None:
        return _NOUNS.get(piece.category, _title(piece.category))
    return _SPELLED.get(piece.subcategory, _title(piece.subcategory))


def _title(value: str) -> str:
    return value.replace("_", " ").title()
