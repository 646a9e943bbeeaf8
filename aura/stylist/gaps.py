"""What a wardrobe lacks: what keeps it from making any outfit, or a whole one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from aura.stylist.slots import Closet
from aura.stylist.speech import Speech, speech
from aura.vision.vocabulary import Slot

What = Literal["top", "bottom", "shoes", "category", "anchor"]
_SAID: dict[Slot, What] = {Slot.TOP: "top", Slot.BOTTOM: "bottom", Slot.SHOES: "shoes"}


@dataclass(frozen=True, slots=True)
class Missing:
    """Something without which outfits are impossible or incomplete, and a sentence about it."""

    what: What
    text: str


def missing(wardrobe: Closet, said: Speech | None = None) -> tuple[Missing, ...]:
    """What is lacking, the most important first; empty for a wardrobe that makes whole outfits."""
    said = said or speech()
    found: list[What] = [_SAID[slot] for slot in lacking(wardrobe)]
    found += ["category"] if wardrobe.unknown else []
    return tuple(Missing(what, said.missing(what, wardrobe.unknown)) for what in found)


def lacking(wardrobe: Closet) -> Iterator[Slot]:
    """The slots that must be filled first: those of a core where there is none at all, and shoes."""
    if not wardrobe.cores:
        if not wardrobe.tops:
            yield Slot.TOP
        if not wardrobe.bottoms:
            yield Slot.BOTTOM
    if not wardrobe.shoes:
        yield Slot.SHOES
