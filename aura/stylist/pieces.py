"""A wardrobe's rows as pieces: what each garment is and how long it has not been worn.

Pure, and never raises, whatever a row holds: tags may be missing, written by other programs or in the person's own
words. Those words count before the machine's; what nothing tells is None, and a garment that nobody can tell what
it is becomes no piece.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from aura.vision.garment import GarmentTags
from aura.vision.lexicon import Lexicon
from aura.vision.vocabulary import CATEGORY_OF, Category, Colour

# Longer texts are no names of garments; looking a whole novel up would only take time.
LONGEST_TEXT = 200
SEEN = ("category", "subcategory", "colors")
# Subcategories that say no more than their category.
GENERAL = frozenset({"top", "outerwear", "shoes", "hat", "bag", "accessory", "underwear"})


@dataclass(frozen=True, slots=True)
class Piece:
    """One garment: what it is, and since when it has not been worn (bought, if it never was).

    ``order``: as pieces are proposed, the longest unworn first, equal ones by id.
    """

    unworn_since: date
    id: str
    category: Category
    subcategory: str | None = None
    colour: Colour | None = None

    @property
    def order(self) -> tuple[date, str]:
        """What pieces are sorted by."""
        return (self.unworn_since, self.id)


def piece(row: Mapping[str, Any], words: Lexicon) -> Piece | None:
    """The piece that a row shows; None where neither person nor machine say what it is.

    Args:
        row: ``id`` of the item; as far as they are there its ``name``, ``category``, ``color``, ``last_worn_date`` and
            ``created_at``, and of its ``ai_tags`` the parts ``ai_category``, ``ai_subcategory`` and ``ai_colors``.
    """
    seen = _seen(row)
    kinds = list(_kinds(row, seen, words))
    if not kinds:
        return None
    category = kinds[0][0]
    return Piece(
        unworn_since=_day(row.get("last_worn_date")) or _day(row.get("created_at")) or date.min,
        id=str(row["id"]),
        category=category,
        subcategory=_most_exact(kind for of, kind in kinds if of is category),
        colour=_colour(row, seen, words),
    )


def _seen(row: Mapping[str, Any]) -> GarmentTags:
    return GarmentTags.from_ai_tags({name: row[f"ai_{name}"] for name in SEEN if row.get(f"ai_{name}") is not None})


def _kinds(row: Mapping[str, Any], seen: GarmentTags, words: Lexicon) -> Iterator[tuple[Category, str | None]]:
    """What is said about the kind of garment, the most trusted first: the person, the machine, the name."""
    yield from _said(_text(row.get("category")), words)
    if seen.subcategory is not None:
        yield CATEGORY_OF[seen.subcategory.value], seen.subcategory.value
    elif seen.category is not None:
        yield seen.category.value, None
    yield from _said(_text(row.get("name")), words)


def _said(text: str, words: Lexicon) -> Iterator[tuple[Category, str | None]]:
    category = words.category(text)
    if category is not None:
        yield category, words.subcategory(text)


def _most_exact(kinds: Iterator[str | None]) -> str | None:
    """The first that says more than the category."""
    return next((kind for kind in kinds if kind is not None and kind not in GENERAL), None)


def _colour(row: Mapping[str, Any], seen: GarmentTags, words: Lexicon) -> Colour | None:
    said = words.colour(_text(row.get("color")))
    if said is None and seen.colors:
        return seen.colors[0].name
    return said or words.colour(_text(row.get("name")))


def _text(value: object) -> str:
    return value[:LONGEST_TEXT] if isinstance(value, str) else ""


def _day(value: object) -> date | None:
    """The day of a date or moment as PostgREST writes it; PostgreSQL also knows ``infinity`` and years BC."""
    try:
        return date.fromisoformat(value[:10]) if isinstance(value, str) else None
    except ValueError:
        return None
