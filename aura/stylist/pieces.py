"""A wardrobe's rows as pieces: what each garment is and how long it has not been worn.

Pure, and never raises, whatever a row holds: tags may be missing, written by other programs or in the person's own
words. Those words count before the machine's; what nothing tells is None, and a garment that nobody can tell what
it is becomes no piece. Of a photo's analysis only single values are taken, so that thousands of rows are read in
milliseconds.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import cache, lru_cache
from typing import Any, NamedTuple

from aura.stylist.details import NOTHING, Details, Telling, day_of, text_of
from aura.vision.lexicon import Lexicon, everyday
from aura.vision.vocabulary import CATEGORY_OF, Category, Colour

# Subcategories that say no more than their category.
GENERAL = frozenset({"top", "outerwear", "shoes", "hat", "bag", "accessory", "underwear"})
REMEMBERED = 4096
Kind = tuple[Category, str | None]


class Piece(NamedTuple):
    """One garment: what it is, and since when it has not been worn (bought, if it never was).

    ``order``: as pieces are listed, the longest unworn first, equal ones by id.
    """

    unworn_since: date
    id: str
    category: Category
    subcategory: str | None = None
    colour: Colour | None = None
    details: Details = NOTHING

    @property
    def order(self) -> tuple[date, str]:
        """What pieces are sorted by."""
        return (self.unworn_since, self.id)


class Reader:
    """Reads rows in the words of one language (all where none is given) and remembers them: they repeat."""

    def __init__(self, words: Lexicon | None = None) -> None:
        self._words = words or everyday()
        self._kind_said = lru_cache(REMEMBERED)(self._find_kind)
        self._kind_told = lru_cache(REMEMBERED)(self._find_told)
        self._colour_said = lru_cache(REMEMBERED)(self._words.colour)
        self._telling = Telling(self._words)

    def piece(self, row: Mapping[str, Any]) -> Piece | None:
        """The piece that a row shows; None where neither person nor machine say what it is.

        Args:
            row: ``id`` of the item; as far as they are there its ``name``, ``category``, ``color``,
                ``last_worn_date`` and ``created_at``, and of its ``ai_tags`` the values ``ai_category``,
                ``ai_subcategory`` and ``ai_color`` (the first);
                further what ``aura.stylist.details.Telling`` reads.
        """
        kind, seen = self._kind(row)
        if kind is None:
            return None
        details = self._telling.details(row)
        if seen is not None and taken_for_another(seen, kind):
            details = details._replace(formality=None, warmth=None)
        return Piece(
            unworn_since=details.last_worn or day_of(row.get("created_at")) or date.min,
            id=str(row["id"]),
            category=kind[0],
            subcategory=kind[1],
            colour=self._colour(row),
            details=details,
        )

    def _kind(self, row: Mapping[str, Any]) -> tuple[Kind | None, Kind | None]:
        """What it is by the most trusted (the person, the machine, the name), and what the machine took it for."""
        told = row.get
        said, seen, category = told("category"), told("ai_subcategory"), told("ai_category")
        kind, taken = self._kind_told(text_of(said), text_of(seen), text_of(category))
        if kind is None or kind[1] is None:
            kind = agreed(kind, self._kind_said(text_of(told("name"))))
        return kind, taken

    def _find_told(self, said: str, subcategory: str, category: str) -> tuple[Kind | None, Kind | None]:
        seen = _kind_seen(subcategory, category)
        return agreed(self._kind_said(said), seen), seen

    def _find_kind(self, text: str) -> Kind | None:
        category = self._words.category(text)
        return None if category is None else (category, self._words.subcategory(text))

    def _colour(self, row: Mapping[str, Any]) -> Colour | None:
        said = self._colour_said(text_of(row.get("color"))) or _COLOURS.get(text_of(row.get("ai_color")))
        return said or self._colour_said(text_of(row.get("name")))


@cache
def everyday_reader() -> Reader:
    """The reader of all languages that all wardrobes share, so that a word is looked up once."""
    return Reader()


_CATEGORIES = {str(each): each for each in Category}
_COLOURS = {str(each): each for each in Colour}


def agreed(*told: Kind | None) -> Kind | None:
    """The category that the first says, and the first subcategory of it that says more than it."""
    category: Category | None = None
    for kind in told:
        if kind is not None:
            category = category or kind[0]
            if kind[0] is category and kind[1] is not None and kind[1] not in GENERAL:
                return kind
    return None if category is None else (category, None)


def taken_for_another(seen: Kind, kind: Kind) -> bool:
    """Whether the machine saw another kind of garment than it is, and so how formal and warm that other one is."""
    return seen[0] is not kind[0] or kind[1] not in {None, seen[1]}


def _kind_seen(subcategory: str, category: str) -> Kind | None:
    if subcategory in CATEGORY_OF:
        return CATEGORY_OF[subcategory], subcategory
    found = _CATEGORIES.get(category)
    return None if found is None else (found, None)
