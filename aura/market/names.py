"""Names of other apps however they are spelled: "tele gram", "instgrm", "whatsaap" are read as what they mean.

The rules know each app by one name. Here a text gets a further reading in which every misspelled name stands as it
should, so that one rule serves all spellings. Names and spellings are data, ``packs/any/names.yaml``; matching is
RE2's, so time is linear in the text.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from typing import Any

from aura.market.characters import ASCII_BASE
from aura.market.data import load
from aura.market.folding import Folded
from aura.market.narrow import LETTERS, narrow, narrow_char
from aura.market.rules import compiled

LONGEST_SLIP = 8  # letters from which on one slip still leaves a name that nothing else resembles
_VOWELS = frozenset("aeiou")
_GAP = rf"[^{LETTERS}0-9\n]{{0,2}}"
_EITHER_I = f"[i{narrow_char(chr(0x131))}]"
_ANY = rf"[{LETTERS}0-9]"
# What Turkish hangs to names, "-dan", "-la", and the English "-s".
_ENDING = "(?:[dt][ae]n?|[iu]m(?:[dt][ae]n)?|y?[ae]|y?l[ae]|s)?"
Place = tuple[int, int, str]  # of the folded text, end exclusive, and the name that is meant


def misspelled(folded: Folded) -> list[Place]:
    """Where names stand that are written otherwise, from the left, none overlapping another."""
    found = sorted(_places(narrow(folded.text)), key=lambda place: (place[0], -place[1]))
    kept: list[Place] = []
    for start, end, name in found:
        written = folded.text[start:end]
        if written != name and written not in _innocent() and (not kept or start >= kept[-1][1]):
            kept.append((start, end, name))
    return kept


def spelled_out(folded: Folded, places: list[Place]) -> Folded:
    """The text with the names as they are meant; each of their letters stands for all that was written."""
    text, starts, ends = "", list[int](), list[int]()
    either_i: set[int] = set()
    last = 0
    for start, end, name in [*places, (len(folded.text), len(folded.text), "")]:
        either_i |= {len(text) + place - last for place in range(last, start) if place in folded.either_i}
        text += folded.text[last:start] + name
        starts += [*folded.starts[last:start], *([folded.starts[start]] * len(name) if name else ())]
        ends += [*folded.ends[last:start], *([folded.ends[end - 1]] * len(name) if name else ())]
        last = end
    return Folded(folded.original, text, tuple(starts), tuple(ends), frozenset(either_i))


def _places(text: bytes) -> Iterator[Place]:
    for name, pattern in _patterns().items():
        for match in pattern.finditer(text):
            yield match.start(1), match.end(1), name


@cache
def _patterns() -> dict[str, Any]:
    names = load("any", "names")["names"]
    return {name: compiled(_pattern(name, spellings)) for name, spellings in names.items()}


@cache
def _innocent() -> frozenset[str]:
    return frozenset(load("any", "names")["innocent"])


def _pattern(name: str, spellings: list[str]) -> str:
    slips = _slips(name) if len(name) >= LONGEST_SLIP else []
    written = [_GAP.join(name), _without_vowels(name), *slips, *map(_narrowed, spellings)]
    either = "|".join(written).replace("i", _EITHER_I)  # Turkish keyboards have two of them
    return rf"(?:^|[^{LETTERS}0-9])({either}){_ENDING}(?:[^{LETTERS}0-9]|$)"


def _without_vowels(name: str) -> str:
    """The name with any of its vowels but a first one left out, and double letters single."""
    inner = [f"{char}{'?' if char in _VOWELS or char == before else ''}" for before, char in pairwise(name)]
    return name[0] + "".join(inner)


def _slips(name: str) -> list[str]:
    """The name with one letter after the first left out, doubled, another, one too many or changed with the next."""
    places = range(1, len(name))
    other = [f"{name[:place]}{_ANY}{name[place + 1 :]}" for place in places]
    more = [f"{name[:place]}{_ANY}{name[place:]}" for place in places]
    less = [f"{name[:place]}{name[place + 1 :]}" for place in places]
    turned = [f"{name[:at]}{name[at + 1]}{name[at]}{name[at + 2 :]}" for at in places[:-1]]
    return [*other, *more, *less, *turned]


def _narrowed(spelling: str) -> str:
    return _GAP.join("i" if ASCII_BASE.get(char) == "i" else narrow_char(char) for char in spelling.replace(" ", ""))
