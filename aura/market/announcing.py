"""Says what the words before a number announce: a phone number, some other long number, or a size.

The nearest word decides: "size 16, tel 07700 900518" announces a phone number, "text me the style number 501-0114"
does not. What each language says is data, in the packs' ``numerals.yaml``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum
from functools import cache

from aura.market.data import load
from aura.market.languages import languages
from aura.market.numerals import forms

_TOKEN = re.compile(r"[0-9]+|[^\W\d_]+")  # of a few dozen characters, for which RE2 takes ten times as long
SHORTEST_WORD = 3  # letters of a word that ends what a number before it was announced as


class Announced(StrEnum):
    """What is announced; the values are the names of the lists in the packs."""

    PHONE = "calling"
    OTHER = "referring"
    SIZE = "sizing"


def announced(before: str) -> Announced | None:
    """What the words before a number announce it as; None when they say nothing, or said it of a number before."""
    tokens: list[str] = _TOKEN.findall(before)
    place = next((at for at in reversed(range(len(tokens))) if _kind(tokens[at])), None)
    if place is None:
        return None
    kind = _kind(tokens[place])
    if kind is Announced.PHONE:  # of "style number" the first word says what it is
        return (_kind(tokens[place - 1]) if place else None) or kind
    return None if _is_said(tokens[place + 1 :]) else kind


def calls(text: str) -> bool:
    """Whether a text has a word that announces a phone number."""
    return any(_kind(token) is Announced.PHONE for token in _TOKEN.findall(text))


def _is_said(tokens: list[str]) -> bool:
    """Whether figures come and then words: "size 16, worn twice, " has been said of the 16."""
    figures = next((at for at, token in enumerate(tokens) if token.isdigit()), len(tokens))
    return any(len(token) >= SHORTEST_WORD and not token.isdigit() for token in tokens[figures:])


def _kind(token: str) -> Announced | None:
    whole, stems = _words()
    known = whole.get(token)
    if known is None and token.startswith(tuple(stems)):
        return next(kind for stem, kind in stems.items() if token.startswith(stem))
    return known


@cache
def _words() -> tuple[Mapping[str, Announced], Mapping[str, Announced]]:
    """The words of all languages, whole ones and the beginnings of words, written with a ``*`` in the packs."""
    loaded = [load(language, "numerals") for language in languages()]
    words = {form: kind for each in loaded for kind in Announced for word in each[kind] for form in forms(word)}
    whole = {word: kind for word, kind in words.items() if not word.endswith("*")}
    return whole, {word[:-1]: kind for word, kind in words.items() if word.endswith("*")}
