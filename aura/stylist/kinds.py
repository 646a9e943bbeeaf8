"""Which kinds of outfit there are to look for, by what the wardrobe has and what is asked."""

from __future__ import annotations

from collections.abc import Iterator

from aura.stylist.accessories import Place, is_worn, place_of
from aura.stylist.slots import Closet, slot_of
from aura.stylist.wishes import Wish
from aura.vision.vocabulary import Slot

Kind = tuple[Slot, ...]
CORES: tuple[Kind, ...] = ((Slot.TOP, Slot.BOTTOM), (Slot.FULL_BODY,))


def kinds(wardrobe: Closet, wish: Wish, anchored: Slot | Place | None = None) -> tuple[Kind, ...]:
    """The slots of each kind of outfit, in the order of ``aura.stylist.board.SLOTS``.

    Shoes belong to every outfit if there are any; an outer layer if the weather asks for it and there is one.

    Args:
        anchored: the slot of a piece that must be in each, or the place of an accessory.
    """
    found = (core + shoes + layer for core in CORES for shoes in _shoes(wardrobe) for layer in _layers(wardrobe, wish))
    return tuple(kind for kind in found if _has(kind, anchored)) or _despite(wardrobe, anchored)


def narrowed(wardrobe: Closet, anchor: str) -> tuple[Closet, Slot | Place | None]:
    """The wardrobe with one piece alone in its slot, and that slot or place; None where outfits are not made of it.

    Of accessories none is taken away: ``aura.stylist.accessories`` knows which one is to be worn.
    """
    everything = (*wardrobe.tops, *wardrobe.bottoms, *wardrobe.full_body, *wardrobe.shoes, *wardrobe.outer)
    found = tuple(each for each in everything if each.id == anchor)
    if not found:
        worn = next((each for each in wardrobe.accessories if each.id == anchor), None)
        return wardrobe, None if worn is None else place_of(worn)
    slot = slot_of(found[0])
    return Closet(
        tops=found if slot is Slot.TOP else wardrobe.tops,
        bottoms=found if slot is Slot.BOTTOM else wardrobe.bottoms,
        full_body=found if slot is Slot.FULL_BODY else wardrobe.full_body,
        shoes=found if slot is Slot.SHOES else wardrobe.shoes,
        outer=found if slot is Slot.OUTER else wardrobe.outer,
        accessories=wardrobe.accessories,
        unknown=wardrobe.unknown,
    ), slot


def _has(kind: Kind, anchored: Slot | Place | None) -> bool:
    if isinstance(anchored, Place):
        return is_worn(anchored, kind)
    return anchored is None or anchored in kind


def _shoes(wardrobe: Closet) -> Iterator[Kind]:
    yield (Slot.SHOES,) if wardrobe.shoes else ()


def _layers(wardrobe: Closet, wish: Wish) -> Iterator[Kind]:
    if not wardrobe.outer or wish.layered is not True:
        yield ()
    if wardrobe.outer and wish.layered is not False:
        yield (Slot.OUTER,)


def _despite(wardrobe: Closet, anchored: Slot | Place | None) -> tuple[Kind, ...]:
    """A coat that is asked for is worn in summer too."""
    shoes = next(_shoes(wardrobe))
    return tuple((*core, *shoes, Slot.OUTER) for core in CORES) if anchored is Slot.OUTER else ()
