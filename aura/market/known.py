"""What the row of an item says, as far as it may be repeated in a suggestion.

The row is its owner's to write: what stands there as an analysis may be anything, and a brand a telephone number. Only
values of the vocabulary, numbers that can be confidences and brands that break no rule are taken from it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aura.market.listing import LinkedItem
from aura.market.texts import find_in_text
from aura.vision.vocabulary import CATEGORY_OF, Category, Colour, Material, Pattern, Season, Style

LONGEST_BRAND = 40  # characters
VOCABULARY: Mapping[str, frozenset[str]] = {
    "subcategory": frozenset(CATEGORY_OF),
    "category": frozenset(map(str, Category)),
    "color": frozenset(map(str, Colour)),
    "pattern": frozenset(map(str, Pattern)),
    "material": frozenset(map(str, Material)),
    "season": frozenset(map(str, Season)),
    "style": frozenset(map(str, Style)),
}


def value_of(kind: str, statement: Any) -> str | None:
    """The value of one statement of an analysis; None where it is none of its kind."""
    value = statement.get("name" if kind == "color" else "value") if isinstance(statement, Mapping) else None
    return value if isinstance(value, str) and value in VOCABULARY[kind] else None


def portion(number: Any) -> float:
    """A confidence or a share, 0 to 1; 0 for whatever can be neither."""
    return float(number) if isinstance(number, int | float) and 0 <= number <= 1 else 0.0


def brand_of(item: LinkedItem | None) -> str:
    """The brand as the owner wrote it, in single spaces; empty where it is none that may be repeated."""
    brand = " ".join((item.brand or "").split()) if item is not None else ""
    return brand if len(brand) <= LONGEST_BRAND and not find_in_text(brand, "brand") else ""
