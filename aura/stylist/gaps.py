"""What a wardrobe lacks: what keeps it from making any outfit, and which single piece would open the most new ones.

Pure and exact: with T tops, B bottoms, F pieces for the whole body, S pairs of shoes and L outer layers there are
``(T·B + F) · max(S, 1) · (1 + L)`` outfits, and a purchase opens the difference that it makes. The first shoes add
none by that count, but complete every outfit there is, and count as that.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from aura.stylist.names import piece_name
from aura.stylist.slots import Closet, Pieces
from aura.stylist.speech import Speech, speech
from aura.vision.vocabulary import Colour, Slot

What = Literal["top", "bottom", "shoes", "category", "anchor"]
# Colours that go with any other ("neutrals"), in the order in which they are proposed when all are equally rare.
NEUTRALS = (Colour.WHITE, Colour.NAVY, Colour.BLACK, Colour.BEIGE, Colour.GRAY)
EXAMPLES = 2
_NAMES = {
    Slot.TOP: "Top",
    Slot.BOTTOM: "Bottoms",
    Slot.SHOES: "Shoes",
    Slot.OUTER: "Outer Layer",
    Slot.FULL_BODY: "One-Piece",
}


@dataclass(frozen=True, slots=True)
class Missing:
    """Something without which outfits are impossible or incomplete, and a sentence about it."""

    what: What
    text: str


@dataclass(frozen=True, slots=True)
class Gap:
    """A piece that is not there: its name, a sentence about it, and how many new outfits it ``unlocks``."""

    slot: Slot
    colour: Colour
    name: str
    description: str
    unlocks: int


def missing(wardrobe: Closet, said: Speech | None = None) -> tuple[Missing, ...]:
    """What is lacking, the most important first; empty for a wardrobe that makes whole outfits."""
    said = said or speech()
    return tuple(Missing(what, said.missing(what, wardrobe.unknown)) for what in _missing(wardrobe))


def gaps(wardrobe: Closet) -> tuple[Gap, ...]:
    """The pieces worth getting, those that open the most outfits first; one for each slot at most."""
    opened = {slot: _unlocks(slot, wardrobe) for slot in _NAMES}
    worth = [slot for slot in _NAMES if opened[slot] > 0 or _needed(slot, wardrobe)]
    if not wardrobe.full_body and Slot.FULL_BODY in worth:
        worth.remove(Slot.FULL_BODY)  # opens an outfit in any wardrobe; proposed to those who wear such pieces
    worth.sort(key=lambda slot: -opened[slot])
    return tuple(_gap(slot, opened[slot], wardrobe) for slot in worth)


def _missing(wardrobe: Closet) -> Iterator[What]:
    if not wardrobe.cores:
        if not wardrobe.tops:
            yield "top"
        if not wardrobe.bottoms:
            yield "bottom"
    if not wardrobe.shoes:
        yield "shoes"
    if wardrobe.unknown:
        yield "category"


def _unlocks(slot: Slot, wardrobe: Closet) -> int:
    shoes, layers = max(1, len(wardrobe.shoes)), 1 + len(wardrobe.outer)
    match slot:
        case Slot.TOP:
            return len(wardrobe.bottoms) * shoes * layers
        case Slot.BOTTOM:
            return len(wardrobe.tops) * shoes * layers
        case Slot.SHOES:
            return wardrobe.cores * layers
        case Slot.OUTER:
            return wardrobe.cores * shoes
        case _:
            return shoes * layers


def _needed(slot: Slot, wardrobe: Closet) -> bool:
    """Whether an outfit needs it that cannot be made, even if this one piece alone opens none."""
    lacking = {Slot.TOP: wardrobe.tops, Slot.BOTTOM: wardrobe.bottoms, Slot.SHOES: wardrobe.shoes}
    return slot in lacking and not lacking[slot] and (slot is Slot.SHOES or not wardrobe.cores)


def _gap(slot: Slot, unlocks: int, wardrobe: Closet) -> Gap:
    colour = _rarest_neutral(_filling(slot, wardrobe))
    name = f"{colour.value.title()} {_NAMES[slot]}"
    return Gap(slot, colour, name, _description(slot, unlocks, wardrobe), unlocks)


def _rarest_neutral(pieces: Pieces) -> Colour:
    there = Counter(each.colour for each in pieces)
    return min(NEUTRALS, key=lambda colour: there[colour])


def _description(slot: Slot, unlocks: int, wardrobe: Closet) -> str:
    partners = _partners(slot, wardrobe)
    if not partners and unlocks:
        return "An outfit by itself."
    if not partners:
        return "Needed before anything else: outfits begin with a top and a bottom, and shoes complete them."
    examples = " or ".join(f"your {piece_name(each)}" for each in partners[:EXAMPLES])
    count = "1 new outfit" if unlocks == 1 else f"{unlocks:,} new outfits"
    opens = f"completes {count}" if slot is Slot.SHOES and not wardrobe.shoes else f"opens {count}"
    return f"Goes with {len(partners):,} of your pieces, such as {examples}, and {opens}."


def _partners(slot: Slot, wardrobe: Closet) -> Pieces:
    """The pieces that it would be worn with."""
    match slot:
        case Slot.TOP:
            return wardrobe.bottoms
        case Slot.BOTTOM:
            return wardrobe.tops
        case Slot.FULL_BODY:
            return (*wardrobe.shoes, *wardrobe.outer)
        case _:
            dressed = wardrobe.tops + wardrobe.bottoms if wardrobe.tops and wardrobe.bottoms else ()
            return (*dressed, *wardrobe.full_body)


def _filling(slot: Slot, wardrobe: Closet) -> Pieces:
    return {
        Slot.TOP: wardrobe.tops,
        Slot.BOTTOM: wardrobe.bottoms,
        Slot.SHOES: wardrobe.shoes,
        Slot.OUTER: wardrobe.outer,
        Slot.FULL_BODY: wardrobe.full_body,
    }[slot]
