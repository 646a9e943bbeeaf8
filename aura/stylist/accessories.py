"""Which accessories an outfit asks for: by the weather and the occasion, never more than ``MOST``.

Each has its place on the body, and of each place one is worn. It is judged beside the garment that one sees it with: a
bag and a belt with the shoes, a scarf and gloves with the outer layer, a tie with the shirt. What asks for which, and
what is worn with what, is our own judgement. Socks, tights and underwear are worn too, but outfits are not made of
them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from aura.stylist.features import traits_of
from aura.stylist.pieces import Piece
from aura.stylist.wishes import NO_LAYER_ABOVE, Occasion, Wish
from aura.vision.vocabulary import Category, Slot, Word

# Below these (°C) a scarf, a warm hat and gloves belong to an outfit; above the last, what shades.
SCARF_BELOW, HAT_BELOW, GLOVES_BELOW, SHADE_ABOVE = 10.0, 6.0, 3.0, NO_LAYER_ABOVE
# The warmth (0 to 4) that something against the cold has at least, and something against the sun at most.
WARM, LIGHT = 2.0, 2.0
# How many are worn at most: more is a costume.
MOST = 3


class Place(Word):
    """Where an accessory is worn, what matters most first."""

    NECK = "neck"
    TIE = "tie"
    BAG = "bag"
    HEAD = "head"
    JEWELRY = "jewelry"
    EYES = "eyes"
    WAIST = "waist"
    HANDS = "hands"
    WRIST = "wrist"


class Purpose(Word):
    """What an accessory is worn for."""

    COLD = "cold"
    SUN = "sun"
    LOOK = "look"


@dataclass(frozen=True, slots=True)
class Rule:
    """How the accessories of one place are worn.

    ``seen_with``: the first of these slots that an outfit has; ``needs``: a slot, and what must be worn there for it;
    ``matches``: leather beside leather, which is as dark.
    """

    seen_with: tuple[Slot, ...]
    occasions: frozenset[Occasion | None] = frozenset()
    needs: tuple[Slot, frozenset[str | None]] | None = None
    matches: bool = False


_EVERY = frozenset((*Occasion, None)) - {Occasion.HOME}
_BODY = (Slot.TOP, Slot.FULL_BODY)
_LAYER = (Slot.OUTER, *_BODY)
RULES: Mapping[Place, Rule] = MappingProxyType(
    {
        Place.NECK: Rule(_LAYER),
        Place.TIE: Rule((Slot.TOP,), frozenset({Occasion.WORK, Occasion.FORMAL}), (Slot.TOP, frozenset({"shirt"}))),
        Place.BAG: Rule((Slot.SHOES, Slot.BOTTOM, Slot.FULL_BODY), _EVERY, matches=True),
        Place.HEAD: Rule(_LAYER, frozenset({Occasion.SPORT, Occasion.OUTDOOR})),
        Place.JEWELRY: Rule(_BODY, frozenset({Occasion.PARTY, Occasion.FORMAL})),
        Place.EYES: Rule(_BODY),
        Place.WAIST: Rule(
            (Slot.SHOES, Slot.BOTTOM),
            frozenset({Occasion.CASUAL, Occasion.WORK, Occasion.FORMAL}),
            (Slot.BOTTOM, frozenset({None, "pants", "jeans", "chinos", "shorts"})),
            matches=True,
        ),
        Place.HANDS: Rule(_LAYER),
        Place.WRIST: Rule((Slot.SHOES, *_BODY), frozenset({Occasion.WORK, Occasion.FORMAL}), matches=True),
    }
)
_PLACES = MappingProxyType(
    {
        "scarf": Place.NECK,
        "tie": Place.TIE,
        "jewelry": Place.JEWELRY,
        "sunglasses": Place.EYES,
        "belt": Place.WAIST,
        "gloves": Place.HANDS,
        "watch": Place.WRIST,
    }
)
# Below what the weather asks for them; and the occasions for which one stays in, or sheds what warms.
_COLD = MappingProxyType({Place.NECK: SCARF_BELOW, Place.HEAD: HAT_BELOW, Place.HANDS: GLOVES_BELOW})
_SUN = frozenset({Place.HEAD, Place.EYES})
_INDOORS = frozenset({Occasion.HOME})
_NO_SHADES = frozenset({Occasion.HOME, Occasion.FORMAL, Occasion.WORK, Occasion.PARTY})
# Evening bags by day, and what is carried to school and on walks in the evening.
_NOT_FOR = MappingProxyType(
    {
        "clutch": frozenset(Occasion) - {Occasion.PARTY, Occasion.FORMAL},
        "backpack": frozenset({Occasion.PARTY, Occasion.FORMAL}),
        "tote": frozenset({Occasion.PARTY, Occasion.FORMAL, Occasion.SPORT}),
    }
)


def place_of(piece: Piece) -> Place | None:
    """Where it is worn; None for what outfits are not made of."""
    if piece.category is Category.BAGS:
        return Place.BAG
    if piece.category is Category.HEADWEAR:
        return Place.HEAD
    return _PLACES.get(piece.subcategory or "")


def is_worn(place: Place, slots: Collection[Slot]) -> bool:
    """Whether outfits of these slots have what is worn there."""
    rule = RULES[place]
    return any(slot in slots for slot in rule.seen_with) and (rule.needs is None or rule.needs[0] in slots)


def purpose_of(place: Place, wish: Wish) -> Purpose | None:
    """What something is worn there for; None where nothing is asked for."""
    celsius = wish.celsius
    if celsius is not None and wish.occasion not in _INDOORS and celsius < _COLD.get(place, -100.0):
        return Purpose.COLD
    if celsius is not None and place in _SUN and celsius > SHADE_ABOVE and wish.occasion not in _NO_SHADES:
        return Purpose.SUN
    return Purpose.LOOK if wish.occasion in RULES[place].occasions else None


def asked_for(pieces: Iterable[Piece], wish: Wish) -> dict[Place, tuple[Piece, ...]]:
    """What may be worn at each place that something is asked for, what matters most first; each by id.

    The piece that is to be built around is the only one of its place, whatever the weather.
    """
    filled: dict[Place, list[Piece]] = {place: [] for place in Place}
    for each in pieces:
        place = place_of(each)
        if place is not None:
            filled[place].append(each)
    found = {place: _suiting(place, filled[place], wish) for place in Place if filled[place]}
    wanted = sorted((place for place in found if found[place]), key=lambda place: not _anchored(found[place], wish))
    return {place: found[place] for place in Place if place in wanted[:MOST]}


def _suiting(place: Place, pieces: Iterable[Piece], wish: Wish) -> tuple[Piece, ...]:
    by_id = tuple(sorted(pieces, key=lambda each: each.id))
    anchor = tuple(each for each in by_id if each.id == wish.anchor)
    purpose = purpose_of(place, wish)
    return anchor or tuple(each for each in by_id if purpose is not None and _serves(each, place, purpose, wish))


def _serves(piece: Piece, place: Place, purpose: Purpose, wish: Wish) -> bool:
    if wish.occasion in _NOT_FOR.get(piece.subcategory or "", ()):
        return False
    warmth = traits_of(piece).warmth
    if purpose is Purpose.COLD:
        return warmth >= WARM
    return warmth <= LIGHT if place is Place.HEAD else True


def _anchored(pieces: tuple[Piece, ...], wish: Wish) -> bool:
    return pieces[0].id == wish.anchor
