"""What is told about a garment beyond what it is: its colours, cloth, warmth, styles and how it is worn.

Read from a row as PostgREST shows it. Whatever is not of the expected form says nothing; nothing is raised.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cache, lru_cache
from typing import Any, NamedTuple, TypeVar

from aura.vision.colours import REFERENCES
from aura.vision.lexicon import Lexicon
from aura.vision.vocabulary import Colour, Formality, Material, Pattern, Season, Style, Warmth

Value = TypeVar("Value", bound=StrEnum)
# Longer texts are no names of garments; looking a whole novel up would only take time.
LONGEST_TEXT = 200
MOST_TAGS, MOST_COLOURS = 20, 6
REMEMBERED = 4096
_HEX = re.compile(r"#[0-9a-f]{6}")


class Shade(NamedTuple):
    """One colour of a palette: ``#rrggbb``, its share (0 to 1) and its name."""

    code: str
    share: float
    name: Colour


@dataclass(frozen=True, slots=True)
class Details:
    """What is known; None and empty where nothing is."""

    palette: tuple[Shade, ...] = ()
    pattern: Pattern | None = None
    material: Material | None = None
    formality: Formality | None = None
    warmth: Warmth | None = None
    seasons: tuple[Season, ...] = ()
    styles: tuple[Style, ...] = ()
    favourite: bool = False
    last_worn: date | None = None


NOTHING = Details()


class Telling:
    """Reads rows in the words of a lexicon; the person's own words count before the machine's."""

    def __init__(self, words: Lexicon) -> None:
        self._pattern = lru_cache(REMEMBERED)(words.pattern)
        self._season = lru_cache(REMEMBERED)(words.season)
        self._style = lru_cache(REMEMBERED)(words.style)

    def details(self, row: Mapping[str, Any]) -> Details:
        """What a row tells.

        Args:
            row: as far as they are there ``pattern``, ``tags``, ``is_favorite``, ``last_worn_date``, and of its
                ``ai_tags`` the lists ``ai_colors``, ``ai_seasons`` and ``ai_styles`` and the values ``ai_pattern``,
                ``ai_material``, ``ai_formality`` and ``ai_warmth``.
        """
        tags = [text_of(each) for each in _entries(row.get("tags"))[:MOST_TAGS]]
        return Details(
            palette=tuple(_palette(row.get("ai_colors"))),
            pattern=self._pattern(text_of(row.get("pattern"))) or _value(Pattern, row.get("ai_pattern")),
            material=_value(Material, row.get("ai_material")),
            formality=_value(Formality, row.get("ai_formality")),
            warmth=_value(Warmth, row.get("ai_warmth")),
            seasons=_said(self._season, tags) or _judged(Season, row.get("ai_seasons")),
            styles=_said(self._style, tags) or _judged(Style, row.get("ai_styles")),
            favourite=row.get("is_favorite") is True,
            last_worn=day_of(row.get("last_worn_date")),
        )


def text_of(value: object) -> str:
    """A text of bearable length; empty for anything else."""
    return value[:LONGEST_TEXT] if isinstance(value, str) else ""


def day_of(value: object) -> date | None:
    """The day of a date or moment as PostgREST writes it; PostgreSQL also knows ``infinity`` and years BC."""
    try:
        return date.fromisoformat(value[:10]) if isinstance(value, str) else None
    except ValueError:
        return None


def _said(find: Callable[[str], Value | None], tags: Iterable[str]) -> tuple[Value, ...]:
    found = (find(tag) for tag in tags)
    return tuple(sorted({value for value in found if value is not None}))


def _judged(kind: type[Value], entries: object) -> tuple[Value, ...]:
    found = (_value(kind, each.get("value")) for each in _entries(entries) if isinstance(each, Mapping))
    return tuple(dict.fromkeys(value for value in found if value is not None))


def _palette(entries: object) -> Iterator[Shade]:
    for each in _entries(entries)[:MOST_COLOURS]:
        if isinstance(each, Mapping):
            name, share = _value(Colour, each.get("name")), each.get("share")
            if name is not None and isinstance(share, int | float) and 0 < share <= 1:
                code = text_of(each.get("hex"))
                yield Shade(code if _HEX.fullmatch(code) else REFERENCES[name][0], float(share), name)


def _value(kind: type[Value], value: object) -> Value | None:
    return _known(kind).get(value) if isinstance(value, str) else None  # type: ignore[return-value]


@cache
def _known(kind: type[StrEnum]) -> Mapping[str, StrEnum]:
    return {str(each): each for each in kind}


def _entries(value: object) -> list[Any]:
    return value if isinstance(value, list) else []
