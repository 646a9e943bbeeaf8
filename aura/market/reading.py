# ruff: noqa: RUF001, RUF003 - letters that look alike are what this is about
"""The ways in which one text may be read, each a line of letters with the way back to the original.

A person reads "sh1t" and "s h i t" without a thought; a dictionary reads neither. So a text is given to it more
than once: as it stands, and, where it holds anything of that kind, with digits and signs as the letters they look
like. Each such line is looked at word by word, and once more with the gaps between its words closed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from aura.market.characters import ASCII_BASE
from aura.market.folding import Folded

# What signs look like. "1" and "|" may be two letters: a text with one of them is read more than once.
SIGNS = {"0": "o", "3": "e", "4": "a", "5": "s", "6": "g", "7": "t", "8": "b", "9": "g"}
SIGNS |= {
    "@": "a",
    "$": "s",
    "€": "e",
    "£": "l",
    "¢": "c",
    "!": "i",
    "¡": "i",
    "+": "t",
    "(": "c",
    "<": "c",
    "{": "c",
    "[": "c",
    "©": "c",
    "¥": "y",
    "®": "r",
    "§": "s",
    "∂": "d",
}
SIGNS |= dict(zip("₳฿₵₡₣₲₭₥₦₱₽₹₴₮₸₩", "abccfgkmnpprsttw", strict=True))
EITHER_I_OR_L = "1|"
_INNER = frozenset("!+(<{[|¡")  # letters between letters only: elsewhere they are what they are
_SIGNS = frozenset(SIGNS) | frozenset(EITHER_I_OR_L)
_CHUNK = re.compile(r"\S+")
# Who writes letters apart does not care for the dot: "s ı k t ı r".
_LONE_I = re.compile(r"(?<![^ ])[iı](?![^ ])")


@dataclass(frozen=True, slots=True)
class Line:
    """One way to read a text: ``chars`` are letters and spaces, as many as the folded text has characters.

    ``unsure`` holds the places where any letter with the same ASCII base may be meant.
    """

    folded: Folded
    chars: str
    unsure: frozenset[int]


def lines(folded: Folded) -> Iterator[Line]:
    """As it stands; then with signs read as letters, if there are any to be read so."""
    plain = "".join(char if char.isalpha() else " " for char in folded.text)
    either = folded.either_i | {match.start() for match in _LONE_I.finditer(plain)}
    yield Line(folded, plain, either)
    capitals = _inner_capitals(folded)
    places = signs(folded.text) | capitals
    if not places:
        return
    twofold = capitals | {place for place in places if folded.text[place] in EITHER_I_OR_L}
    for ells in choices(twofold):
        yield Line(folded, _with_signs(plain, folded.text, places, ells), either | places)


def choices(twofold: frozenset[int]) -> list[frozenset[int]]:
    """Which of the places that may be "i" or "l" are an "l", reading by reading: none, all, those side by side.

    The last is for "bu11sh1t".
    """
    beside = frozenset(place for place in twofold if {place - 1, place + 1} & twofold)
    return list(dict.fromkeys((frozenset(), twofold, beside)))


def _inner_capitals(folded: Folded) -> frozenset[int]:
    """Places of a capital I among small letters, where it is drawn as an "l"."""
    before = {place: folded.original[folded.starts[place] - 1] for place in folded.either_i if folded.starts[place]}
    return frozenset(place for place, char in before.items() if char.islower())


def _with_signs(plain: str, text: str, places: frozenset[int], ells: frozenset[int]) -> str:
    chars = list(plain)
    for place in places:
        chars[place] = SIGNS.get(text[place], "l" if place in ells else "i")
    return "".join(chars)


def signs(text: str) -> frozenset[int]:
    """Where signs stand for letters: in words with enough letters around them, or alone between single letters."""
    chunks = [match.span() for match in _CHUNK.finditer(text)]
    places: set[int] = set()
    for index, (start, end) in enumerate(chunks):
        if _SIGNS.isdisjoint(text[start:end]):
            continue
        if end - start == 1:
            alone = _between_letters(text, chunks, index)
            places.update({start} if alone and text[start] in _SIGNS else ())
        elif _is_mixed(text[start:end]):
            places.update(place for place in range(start, end) if _stands_for_letter(text, place, start, end))
    return frozenset(places)


def _is_mixed(chunk: str) -> bool:
    """Whether a chunk is a word with signs in it rather than a size, a model or a price."""
    letters = sum(char.isalpha() for char in chunk)
    digits = sum(char.isdigit() for char in chunk)
    written = letters >= digits or (letters >= 2 and letters + digits >= 6)
    return letters > 0 and written


def _stands_for_letter(text: str, place: int, start: int, end: int) -> bool:
    char = text[place]
    if char not in _SIGNS:
        return False
    if char not in _INNER:
        return True
    begins = place == start and char == "!"
    return place < end - 1 and _letter_like(text[place + 1]) and (begins or _follows_letter(text, place, start))


def _follows_letter(text: str, place: int, start: int) -> bool:
    return place > start and _letter_like(text[place - 1])


def _letter_like(char: str) -> bool:
    return char.isalpha() or char in SIGNS


def _between_letters(text: str, chunks: list[tuple[int, int]], index: int) -> bool:
    around = [chunks[other] for other in (index - 1, index + 1) if 0 <= other < len(chunks)]
    return len(around) == 2 and all(end - start == 1 and text[start].isalpha() for start, end in around)


def base(char: str) -> str:
    """The ASCII letter under a Turkish one; any other character itself."""
    return ASCII_BASE.get(char, char)
