"""Pieces that somebody might buy: kinds of garment in the colours that they are sold in, and the person's own.

A kind stands for how formal and how warm it is (``traits.py``), so the list spans categories, colours, formality and
seasons. Which kinds and colours are worth proposing is our own judgement. What many people never wear (skirts, heels)
is proposed to those who wear such pieces.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date
from types import MappingProxyType

from aura.stylist.person import Person
from aura.stylist.pieces import Piece
from aura.stylist.slots import Closet
from aura.vision.vocabulary import CATEGORY_OF, Category, Colour, Slot

KINDS: Mapping[Slot, tuple[str, ...]] = MappingProxyType(
    {
        Slot.TOP: (
            "shirt",
            "t_shirt",
            "sweater",
            "polo",
            "longsleeve",
            "blouse",
            "sweatshirt",
            "turtleneck",
            "cardigan",
        ),
        Slot.BOTTOM: ("jeans", "chinos", "pants", "shorts", "skirt", "sweatpants"),
        Slot.FULL_BODY: ("dress", "jumpsuit"),
        Slot.SHOES: ("sneakers", "loafers", "boots", "ankle_boots", "dress_shoes", "sandals", "heels", "flats"),
        Slot.OUTER: (
            "blazer",
            "denim_jacket",
            "trench_coat",
            "coat",
            "bomber_jacket",
            "leather_jacket",
            "puffer_jacket",
        ),
    }
)
"""Of each slot the most useful kinds first, which decides between equals."""

KINDRED = frozenset({"blouse", "skirt", "dress", "jumpsuit", "heels", "flats", "ankle_boots", "leggings", "bodysuit"})
"""Proposed to those who have one of them."""

_C = Colour
_BASICS = (_C.WHITE, _C.NAVY, _C.BLACK, _C.BEIGE, _C.GRAY)
_COLOURS: Mapping[Slot, tuple[Colour, ...]] = {
    Slot.TOP: (*_BASICS, _C.LIGHT_BLUE, _C.CREAM, _C.OLIVE, _C.BURGUNDY, _C.PINK, _C.DARK_GREEN, _C.CAMEL),
    Slot.BOTTOM: (_C.NAVY, _C.BLACK, _C.BEIGE, _C.GRAY, _C.WHITE, _C.OLIVE, _C.BROWN, _C.CHARCOAL),
    Slot.FULL_BODY: (_C.BLACK, _C.NAVY, _C.WHITE, _C.RED, _C.DARK_GREEN, _C.BEIGE),
    Slot.SHOES: (_C.WHITE, _C.BLACK, _C.BROWN, _C.NAVY, _C.BEIGE, _C.BURGUNDY),
    Slot.OUTER: (_C.NAVY, _C.BLACK, _C.BEIGE, _C.CAMEL, _C.GRAY, _C.OLIVE),
}
_ONLY: Mapping[str, tuple[Colour, ...]] = {
    "jeans": (_C.NAVY, _C.BLUE, _C.BLACK, _C.LIGHT_BLUE, _C.GRAY, _C.WHITE),
    "denim_jacket": (_C.BLUE, _C.LIGHT_BLUE, _C.BLACK),
    "leather_jacket": (_C.BLACK, _C.BROWN, _C.BURGUNDY),
    "dress_shoes": (_C.BLACK, _C.BROWN, _C.BURGUNDY),
    "trench_coat": (_C.BEIGE, _C.NAVY, _C.BLACK),
}
_MOST_OWN_COLOURS = 4


def hypotheses(wardrobe: Closet, person: Person) -> tuple[Piece, ...]:
    """What this person might buy, except what they have in just that colour already."""
    owned = (*wardrobe.tops, *wardrobe.bottoms, *wardrobe.full_body, *wardrobe.shoes, *wardrobe.outer)
    there = {(each.subcategory, each.colour) for each in owned}
    liked = _liked(person)
    return tuple(
        hypothesis(kind, colour)
        for slot, kind in _kinds(wears_kindred(owned))
        for colour in _ONLY.get(kind) or dict.fromkeys((*_COLOURS[slot], *liked))
        if (kind, colour) not in there
    )


def hypothesis(kind: str, colour: Colour) -> Piece:
    """A piece of this kind and colour; the id is one that no item has."""
    return Piece(date.max, f"?{kind}/{colour}", CATEGORY_OF[kind], kind, colour)


def wears_kindred(owned: Iterable[Piece]) -> bool:
    """Whether the person has any of what is proposed only to those who wear such pieces."""
    return any(each.subcategory in KINDRED or each.category is Category.ONE_PIECE for each in owned)


def _kinds(kindred: bool) -> Iterator[tuple[Slot, str]]:
    for slot, kinds in KINDS.items():
        yield from ((slot, kind) for kind in kinds if kindred or kind not in KINDRED)


def _liked(person: Person) -> Collection[Colour]:
    """What was chosen at onboarding, then what the style DNA shows most of."""
    learned = sorted(person.dna_colours, key=lambda colour: (-person.dna_colours[colour], colour))
    return tuple(dict.fromkeys((*sorted(person.colours), *learned)))[:_MOST_OWN_COLOURS]
