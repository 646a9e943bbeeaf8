"""What is wrong with an outfit by what it is made of: two pairs of shoes, a skirt over jeans, no bottom at all.

Whoever brings an outfit of their own may bring anything; those that the stylist makes itself are right by their kind.
How bad each is, is our own judgement.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from aura.stylist.pieces import Piece
from aura.vision.vocabulary import SLOT_OF, Slot

# Of each slot, how much worse an outfit is for every piece after the first.
_AGAIN = {Slot.SHOES: 0.25, Slot.BOTTOM: 0.25, Slot.FULL_BODY: 0.25, Slot.HEAD: 0.1, Slot.BAG: 0.05}
# A bottom with a dress; two tops that cannot be worn in layers; a layer over a layer that is none for it.
BOTTOM_WITH_DRESS, SAME_LAYER, TWO_COATS, TWICE = 0.2, 0.12, 0.12, 0.04
NO_CORE, NO_SHOES = 0.06, 0.04
# Worn over another top, and under another outer layer.
_OVER = frozenset({"cardigan", "waistcoat", "shirt", "sweater", "sweatshirt", "hoodie"})
_UNDER_COATS = frozenset({"blazer", "vest", "denim_jacket", "leather_jacket"})
# Worn beneath skirts, shorts and dresses; worn over a top.
_BENEATH, _OVERALLS = frozenset({"leggings"}), frozenset({"overalls", "jumpsuit"})
_MANY = frozenset({"jewelry", "accessory", None})


def makeup_penalty(pieces: Sequence[Piece]) -> float:
    """How much worse these pieces are for what they are, 0 if they are what one wears."""
    worn: dict[Slot, list[Piece]] = {slot: [] for slot in Slot}
    for each in pieces:
        worn[SLOT_OF[each.category]].append(each)
    bottoms = _bottoms(worn)
    counts = {slot: len(worn[slot]) for slot in _AGAIN} | {Slot.BOTTOM: bottoms}
    again = sum(worse * max(0, counts[slot] - 1) for slot, worse in _AGAIN.items())
    both = BOTTOM_WITH_DRESS * min(bottoms, len(worn[Slot.FULL_BODY]))
    return again + both + _layers(worn) + _twice(worn[Slot.ACCESSORY]) + _lacking(worn)


def _bottoms(worn: dict[Slot, list[Piece]]) -> int:
    """How many there are; leggings beneath something else are none."""
    proper = [each for each in worn[Slot.BOTTOM] if each.subcategory not in _BENEATH]
    covered = bool(proper or worn[Slot.FULL_BODY])
    return len(proper) if covered else len(worn[Slot.BOTTOM])


def _layers(worn: dict[Slot, list[Piece]]) -> float:
    """Of tops, all but one must be such as are worn over another, and no two of one kind; of coats too."""
    tops = Counter(each.subcategory for each in worn[Slot.TOP])
    beneath = sum(count for kind, count in tops.items() if kind not in _OVER)
    beneath += any(each.subcategory not in _OVERALLS for each in worn[Slot.FULL_BODY])
    over = sum(count - 1 for kind, count in tops.items() if kind in _OVER)
    inner = sum(each.subcategory in _UNDER_COATS for each in worn[Slot.OUTER])
    coats = len(worn[Slot.OUTER]) - inner
    return SAME_LAYER * (max(0, beneath - 1) + over) + TWO_COATS * (max(0, coats - 1) + max(0, inner - 1))


def _twice(accessories: Sequence[Piece]) -> float:
    kinds = Counter(each.subcategory for each in accessories if each.subcategory not in _MANY)
    return TWICE * sum(count - 1 for count in kinds.values())


def _lacking(worn: dict[Slot, list[Piece]]) -> float:
    """Without both halves, or one piece for all, it is no outfit yet: what completes it helps most."""
    core = bool(worn[Slot.FULL_BODY] or worn[Slot.NONE] or (worn[Slot.TOP] and worn[Slot.BOTTOM]))
    return NO_CORE * (not core) + NO_SHOES * (not worn[Slot.SHOES])
