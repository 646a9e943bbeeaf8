"""Reads garments that are no rows of the app's: plain dicts from anywhere, in anybody's words.

Never raises, whatever an item holds: what is not of a known form says nothing. A text alone is a garment's name.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from enum import StrEnum
from typing import Any, TypeVar

from aura.stylist.details import Details, Shade, text_of
from aura.stylist.pieces import Piece, everyday_reader
from aura.vision.colours import REFERENCES, hex_to_lab, name_colour
from aura.vision.lexicon import everyday
from aura.vision.vocabulary import Category, Colour, Formality, Ladder, Warmth

Item = Mapping[str, Any] | str
Rung = TypeVar("Rung", bound=Ladder)
Value = TypeVar("Value", bound=StrEnum)
MOST_COLOURS = 6
_CODE = re.compile(r"#?([0-9a-f]{6})|#([0-9a-f]{3})")
_KEYS = ("name", "title", "description", "category", "pattern", "fabric", "material")


def outside_piece(item: object) -> Piece:
    """An item as a piece. Text colours are the person's own words, hex colours those of a photo."""
    told = {"name": item} if isinstance(item, str) else item if isinstance(item, Mapping) else {}
    texts = {key: _text(told.get(key)) for key in _KEYS}
    names = " ".join(filter(None, (texts["name"], texts["title"])))
    read = everyday_reader().piece({"id": "", "name": names or texts["description"], "category": texts["category"]})
    piece = read or Piece(date.min, "", Category.ACCESSORIES)
    shades = _shades(told) or _named(names)
    return Piece(
        date.min,
        "",
        piece.category,
        piece.subcategory,
        shades[0].name if shades else None,
        _details(told, texts, shades),
    )


def _details(told: Mapping[Any, Any], texts: Mapping[str, str], shades: tuple[Shade, ...]) -> Details:
    """What else is said, in its own key before the name."""
    words = everyday()
    cloth = texts["fabric"] or texts["material"]
    named = " ".join(filter(None, (texts["name"], texts["title"], texts["category"])))
    return Details(
        palette=shades,
        pattern=words.pattern(texts["pattern"]) or words.pattern(named),
        material=words.material(cloth) or words.material(named),
        formality=_rung(Formality, told.get("formality")) or words.formality(named),
        warmth=_rung(Warmth, told.get("warmth")),
        seasons=_values(words.season, told, "season", "seasons") or _one(words.season(named)),
        styles=_values(words.style, told, "style", "styles") or _one(words.style(named)),
    )


def _shades(told: Mapping[Any, Any]) -> tuple[Shade, ...]:
    """The colours of all keys that may hold some, the main one first, in equal parts."""
    keys = ("color", "colour", "colors", "colours")
    found = [_shade(each) for key in keys for each in _entries(told.get(key))]
    return _equal_parts([each for each in found if each is not None])


def _named(text: str) -> tuple[Shade, ...]:
    colour = everyday().colour(text)
    return () if colour is None else _equal_parts([_of_name(colour)])


def _equal_parts(shades: list[Shade]) -> tuple[Shade, ...]:
    known = list({each.code: each for each in shades}.values())[:MOST_COLOURS]
    return tuple(each._replace(share=1.0 / len(known)) for each in known)


def _shade(value: object) -> Shade | None:
    """Of a name, of ``#rrggbb``, ``#rgb`` or either without its ``#``, or of a dict that has one of these."""
    if isinstance(value, Mapping):
        return next((found for key in ("hex", "code", "name") if (found := _shade(value.get(key)))), None)
    text = _text(value).strip().lower()
    code = _CODE.fullmatch(text)
    if code is None:
        colour = everyday().colour(text)
        return None if colour is None else _of_name(colour)
    digits = code[1] or "".join(2 * digit for digit in code[2])
    return Shade(f"#{digits}", 1.0, name_colour(hex_to_lab(f"#{digits}")).name)


def _of_name(colour: Colour) -> Shade:
    return Shade(REFERENCES[colour][0], 1.0, colour)


def _values(find: Callable[[str], Value | None], told: Mapping[Any, Any], *keys: str) -> tuple[Value, ...]:
    found = [find(_text(each)) for key in keys for each in _entries(told.get(key))]
    return tuple(dict.fromkeys(each for each in found if each is not None))


def _one(value: Value | None) -> tuple[Value, ...]:
    return () if value is None else (value,)


def _rung(ladder: type[Rung], value: object) -> Rung | None:
    """By name, or by its number from 0."""
    rungs = list(ladder)
    if isinstance(value, int) and not isinstance(value, bool):
        return rungs[value] if 0 <= value < len(rungs) else None
    said = _text(value).strip().lower().replace(" ", "_").replace("-", "_")
    return next((each for each in rungs if each == said), None)


def _entries(value: object) -> list[Any]:
    """A list as it is, in bounds; a text with commas, slashes or "and" as several; anything else as one."""
    if isinstance(value, str):
        return re.split(r"[,/;&+]|\band\b|\bve\b", text_of(value))[:MOST_COLOURS]
    if isinstance(value, set | frozenset):
        value = sorted(value, key=repr)
    return list(value[:MOST_COLOURS]) if isinstance(value, list | tuple) else [value]


def _text(value: object) -> str:
    """A text of bearable length; several as one."""
    if isinstance(value, list | tuple):
        return text_of(" ".join(text_of(each) for each in value[:MOST_COLOURS]))
    return text_of(value)
