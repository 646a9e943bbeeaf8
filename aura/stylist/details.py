"""What is told about a garment beyond what it is: its colours, cloth, warmth, styles and how it is worn.

Read from a row as PostgREST shows it. Whatever is not of the expected form says nothing; nothing is raised.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from enum import StrEnum
from functools import lru_cache
from typing import Any, NamedTuple, TypeVar

from aura.vision.colours import REFERENCES
from aura.vision.lexicon import Lexicon
from aura.vision.vocabulary import Colour, Formality, Material, Pattern, Season, Style, Warmth

Value = TypeVar("Value", bound=StrEnum)
# Longer texts are no names of garments; looking a whole novel up would only take time.
LONGEST_TEXT = 200
MOST_TAGS, MOST_COLOURS = 20, 6
REMEMBERED = 4096
_HEX = re.compile(r"#[0-9a-f]{6}").fullmatch
_NUMBER = (int, float)


class Shade(NamedTuple):
    """One colour of a palette: ``#rrggbb``, its share (0 to 1) and its name."""

    code: str
    share: float
    name: Colour


class Details(NamedTuple):
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
        told = row.get
        pattern, tags, seasons, styles = told("pattern"), told("tags"), told("ai_seasons"), told("ai_styles")
        return Details(
            palette=_palette(told("ai_colors")),
            pattern=(pattern and self._pattern(text_of(pattern))) or _value(_PATTERNS, told("ai_pattern")),
            material=_value(_MATERIALS, told("ai_material")),
            formality=_value(_FORMALITIES, told("ai_formality")),
            warmth=_value(_WARMTHS, told("ai_warmth")),
            seasons=(tags and _said(self._season, tags)) or (seasons and _judged(_SEASONS, seasons)) or (),
            styles=(tags and _said(self._style, tags)) or (styles and _judged(_STYLES, styles)) or (),
            favourite=told("is_favorite") is True,
            last_worn=day_of(told("last_worn_date")),
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


def _said(find: Callable[[str], Value | None], tags: object) -> tuple[Value, ...]:
    found = (find(text_of(tag)) for tag in _entries(tags)[:MOST_TAGS])
    return tuple(sorted({value for value in found if value is not None}))


def _judged(known: Mapping[str, Value], entries: object) -> tuple[Value, ...]:
    found = [_value(known, each.get("value")) for each in _entries(entries) if isinstance(each, dict)]
    return tuple(dict.fromkeys([value for value in found if value is not None]))


def _palette(entries: object) -> tuple[Shade, ...]:
    return tuple([shade for each in _entries(entries)[:MOST_COLOURS] if (shade := _shade(each)) is not None])


def _shade(entry: object) -> Shade | None:
    if not isinstance(entry, dict):
        return None
    told = entry.get
    name, share, code = _value(_COLOURS, told("name")), told("share"), told("hex")
    if name is None or not isinstance(share, _NUMBER) or not 0 < share <= 1:
        return None
    if not isinstance(code, str) or _HEX(code) is None:
        code = REFERENCES[name][0]
    return Shade(code, float(share), name)


def _value(known: Mapping[str, Value], value: object) -> Value | None:
    return known.get(value) if isinstance(value, str) else None


def _by_name(kind: type[Value]) -> dict[str, Value]:
    return {str(each): each for each in kind}


_COLOURS, _PATTERNS, _MATERIALS = _by_name(Colour), _by_name(Pattern), _by_name(Material)
_FORMALITIES, _WARMTHS = _by_name(Formality), _by_name(Warmth)
_SEASONS, _STYLES = _by_name(Season), _by_name(Style)


def _entries(value: object) -> list[Any]:
    return value if isinstance(value, list) else []
