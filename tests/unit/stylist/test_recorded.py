"""What was once proposed for a fixed wardrobe stays proposed: making it faster changes nothing.

Recorded when every row was still read and every outfit scored by itself. A change that is meant to propose something
else records anew what it proposes.
"""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from aura.stylist.advice import advise
from aura.stylist.person import Person
from aura.stylist.wishes import Occasion, Wish
from aura.vision.vocabulary import Colour, Formality, Material, Pattern, Style

KINDS = ("shirt", "jeans", "sneakers", "t_shirt", "chinos", "loafers", "blazer", "sweater", "skirt", "dress", "coat")
SIZE = 90
PERSON = Person(
    styles=frozenset({Style.CLASSIC}),
    colours=frozenset({Colour.NAVY, Colour.OLIVE}),
    dna_colours={Colour.BLUE: 0.6, Colour.WHITE: 0.4},
    confidence=0.4,
    outfits=(frozenset({str(UUID(int=1)), str(UUID(int=2)), str(UUID(int=3))}),),
)
WISHES = (Wish(date(2026, 5, 1)), Wish(date(2026, 11, 2), occasion=Occasion.WORK, temperature_c=8.0))


def rows() -> list[dict[str, Any]]:
    """A wardrobe in which all kinds of tags are there and are missing."""
    return [_row(number) for number in range(SIZE)]


def _row(number: int) -> dict[str, Any]:
    colours, patterns = list(Colour), list(Pattern)
    first, second = colours[number * 7 % len(colours)], colours[number * 11 % len(colours)]
    return {
        "id": str(UUID(int=number)),
        "category": KINDS[number % len(KINDS)].replace("_", " ") if number % 3 else None,
        "ai_subcategory": KINDS[number % len(KINDS)],
        "ai_colors": [{"name": first, "share": 0.7}, {"name": second, "share": 0.25, "hex": f"#{number:02x}80c0"}],
        "ai_color": first,
        "ai_pattern": patterns[number % len(patterns)] if number % 4 == 0 else None,
        "ai_material": list(Material)[number % len(Material)] if number % 2 else None,
        "ai_formality": list(Formality)[number % len(Formality)] if number % 5 == 0 else None,
        "ai_styles": [{"value": list(Style)[number % len(Style)]}] if number % 6 == 0 else [],
        "tags": ["summer"] if number % 9 == 0 else None,
        "is_favorite": number % 8 == 0,
        "last_worn_date": f"2026-04-{number % 28 + 1:02}" if number % 7 else None,
        "created_at": "2025-03-01T10:00:00+00:00",
    }


def proposed(wish: Wish) -> list[tuple[tuple[int, ...], float]]:
    """The outfits by their items' numbers, and their scores."""
    advice = advise(rows(), wish=wish, person=PERSON, most=12)
    return [(tuple(UUID(item).int for item in outfit.items), outfit.score) for outfit in advice.outfits]


RECORDED: tuple[list[tuple[tuple[int, ...], float]], ...] = (
    [
        ((0, 70, 5), 0.8053),
        ((40, 45, 35), 0.7933),
        ((14, 56, 2), 0.7891),
        ((31, 49, 28), 0.7901),
        ((9, 16), 0.7728),
        ((84, 89, 57), 0.7672),
        ((62, 59, 27), 0.7559),
        ((0, 85, 60), 0.7922),
        ((0, 15, 35), 0.7844),
        ((40, 15, 5), 0.7807),
        ((14, 1, 68), 0.7738),
        ((22, 59, 38, 28), 0.7541),
    ],
    [
        ((62, 67, 27, 32), 0.8178),
        ((22, 26, 82, 28), 0.7945),
        ((29, 37, 38, 76), 0.7916),
        ((9, 16, 43), 0.7927),
        ((7, 59, 27, 76), 0.8044),
        ((29, 81, 27, 28), 0.7935),
        ((33, 26, 27, 72), 0.795),
        ((51, 37, 82, 32), 0.7909),
        ((7, 41, 38, 32), 0.7952),
        ((73, 67, 82, 76), 0.791),
        ((51, 67, 82, 43), 0.7924),
        ((62, 59, 38, 76), 0.7893),
    ],
)


def test_the_same_wardrobe_gets_the_outfits_that_it_always_got() -> None:
    assert tuple(proposed(wish) for wish in WISHES) == RECORDED
