"""Which kinds of outfit there are to look for, by what the wardrobe has and what is asked."""

from __future__ import annotations

from collections.abc import Iterator

from aura.stylist.slots import Closet, slot_of
from aura.stylist.wishes import Wish
from aura.vision.vocabulary import Slot

Kind = tuple[Slot, ...]
CORES: tuple[Kind, ...] = ((Slot.TOP, Slot.BOTTOM), (Slot.FULL_BODY,))


def kinds(wardrobe: Closet, wish: Wish, anchored: Slot | None = None) -> tuple[Kind, ...]:
    """The slots of each kind of outfit, in the order of ``aura.stylist.board.SLOTS``.

    Shoes belong to every outfit if there are any; an outer layer if the weather asks for it and there is one.

    Args:
        anchored: the slot of a piece that must be in each.
    """
    found = (core + shoes + layer for core in CORES for shoes in _shoes(wardrobe) for layer in _layers(wardrobe, wish))
    return tuple(kind for kind in found if anchored is None or anchored in kind) or _despite(wardrobe, anchored)


def narrowed(wardrobe: Closet, anchor: str) -> tuple[Closet, Slot | None]:
    """The wardrobe with one piece alone in its slot, and that slot; None where the piece fills none of them."""
    everything = (*wardrobe.tops, *wardrobe.bottoms, *wardrobe.full_body, *wardrobe.shoes, *wardrobe.outer)
    found = tuple(each for each in everything if each.id == anchor)
    slot = slot_of(found[0]) if found else None
    return Closet(
        tops=found if slot is Slot.TOP else wardrobe.tops,
        bottoms=found if slot is Slot.BOTTOM else wardrobe.bottoms,
        full_body=found if slot is Slot.FULL_BODY else wardrobe.full_body,
        shoes=found if slot is Slot.SHOES else wardrobe.shoes,
        outer=found if slot is Slot.OUTER else wardrobe.outer,
        unknown=wardrobe.unknown,
    ), slot


def _shoes(wardrobe: Closet) -> Iterator[Kind]:
    yield (Slot.SHOES,) if wardrobe.shoes else ()


def _layers(wardrobe: Closet, wish: Wish) -> Iterator[Kind]:
    if not wardrobe.outer or wish.layered is not True:
        yield ()
    if wardrobe.outer and wish.layered is not False:
        yield (Slot.OUTER,)


def _despite(wardrobe: Closet, anchored: Slot | None) -> tuple[Kind, ...]:
    """A coat that is asked for is worn in summer too."""
    shoes = next(_shoes(wardrobe))
    return tuple((*core, *shoes, Slot.OUTER) for core in CORES) if anchored is Slot.OUTER else ()
