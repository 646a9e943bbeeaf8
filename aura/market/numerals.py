# ruff: noqa: RUF001, RUF002 - letters that look alike are what this is about
"""Reads digits wherever a text writes any: as figures, as words ("beş yüz otuz iki", "oh double five"), as letters.

What comes out are streams: runs of numbers with nothing but separators between them. What a number is for (a phone,
a list of sizes) is for others to say.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import re2  # type: ignore[import-untyped]

from aura.market.characters import ASCII_BASE
from aura.market.data import load
from aura.market.languages import languages

_WORD = re2.compile(r"\pL+")
_TOKEN = re2.compile(r"[0-9]+|\pL+")
_AMOUNTS = frozenset('%$€£₺°×"″')
TIMES = frozenset({"x", "×"})  # between single digits, of which sizes have no seven
WIDEST_GAP, WIDEST_WORDS, MOST_FILLERS = 4, 40, 6
LONGEST_WORD = 60
ALIKE = {"o": "0", "l": "1", "i": "1"}  # letters that are written for digits
FEWEST_ALIKE = 2  # of them, where they touch no figure
Token = tuple[str, int, int]  # a word or figures, and where they stand


@dataclass(frozen=True, slots=True)
class Number:
    """Some digits and where they are written, end exclusive; ``spelled`` when in words."""

    digits: str
    start: int
    end: int
    spelled: bool = False


@dataclass(frozen=True, slots=True)
class Numerals:
    """What a language says about numbers.

    ``values`` are units and tens, ``hundreds`` multiply by a hundred, ``doubles`` repeat what follows, ``fillers``
    stand between digits, ``going_on`` also between figures ("0532 and then 111").
    """

    values: dict[str, int]
    hundreds: frozenset[str]
    doubles: dict[str, int]
    fillers: frozenset[str]
    going_on: frozenset[str]


@cache
def numerals() -> Numerals:
    """The number words of every language there is a pack for, with and without their dots."""
    merged = Numerals({}, frozenset(), {}, frozenset(), frozenset())
    for language in languages():
        loaded = load(language, "numerals")
        values = {form: value for word, value in loaded["values"].items() for form in forms(word)}
        merged = Numerals(
            merged.values | values,
            merged.hundreds | {form for word in loaded["hundreds"] for form in forms(word)},
            merged.doubles | {form: times for word, times in loaded["doubles"].items() for form in forms(word)},
            merged.fillers | {form for word in loaded["fillers"] for form in forms(word)},
            merged.going_on | {form for word in loaded["going_on"] for form in forms(word)},
        )
    return merged


def forms(word: str) -> set[str]:
    """A word as it is written, and without its dots."""
    return {word, "".join(ASCII_BASE.get(char, char) for char in word)}


def streams(text: str) -> Iterator[list[Number]]:
    """Runs of numbers in a folded text, each with more than one digit in all."""
    stream: list[Number] = []
    for number in _numbers(text):
        if stream and not _joins(text, stream[-1], number):
            yield stream
            stream = []
        touches = bool(stream) and stream[-1].end == number.start
        stream.append(_joined(stream.pop(), number) if touches else number)
    if stream:
        yield stream


def _joined(left: Number, right: Number) -> Number:
    return Number(left.digits + right.digits, left.start, right.end, left.spelled and right.spelled)


def _joins(text: str, left: Number, right: Number) -> bool:
    gap = text[left.end : right.start]
    lone = len(left.digits) == len(right.digits) == 1
    if any(map(str.isalpha, gap)) and not (lone and gap.strip() in TIMES):
        return len(gap) <= WIDEST_WORDS and _goes_on(gap, spelled=lone or left.spelled or right.spelled)
    return len(gap) <= WIDEST_GAP and all(_parts_digits(char, lone=lone) for char in gap)


def _goes_on(gap: str, *, spelled: bool) -> bool:
    """Whether the words between two numbers say that the second goes on with the first."""
    words, known = _WORD.findall(gap), numerals()
    between = known.fillers | known.going_on
    if len(words) > MOST_FILLERS or not all(word in between for word in words):
        return False
    return any(word in known.going_on for word in words) or (spelled and len(words) == 1)


def _parts_digits(char: str, *, lone: bool) -> bool:
    """Whether a sign may stand between parts of one number; what makes an amount of one may only part single digits."""
    return lone or not (char.isalnum() or char in _AMOUNTS)


def _numbers(text: str) -> Iterator[Number]:
    tokens = [(match.group(), match.start(), match.end()) for match in _TOKEN.finditer(text)]
    index = 0
    while index < len(tokens):
        number, used = _number_at(tokens, index)
        if number is not None:
            yield number
        index += used


def _number_at(tokens: list[Token], index: int) -> tuple[Number | None, int]:
    """The number that begins with a token, and how many tokens it takes."""
    word, start, end = tokens[index]
    if word.isdigit():
        return Number(word, start, end), 1
    known = numerals()
    following = tokens[index + 1] if index + 1 < len(tokens) else None
    if word in known.doubles and following and following[0] in known.values | dict.fromkeys("0123456789"):
        digits = _digits(following[0]) * known.doubles[word]
        return Number(digits, start, following[2], spelled=True), 2
    if word in known.values or word in known.hundreds:
        return _spelled(tokens, index)
    if set(word) <= ALIKE.keys() and (_beside_digit(tokens, index) or _between_figures(tokens, index)):
        return Number("".join(ALIKE[letter] for letter in word), start, end), 1
    glued = _glued(word, start)
    return (_in_words(glued) if glued else None), 1


def _digits(word: str) -> str:
    return word if word.isdigit() else str(numerals().values[word])


def _spelled(tokens: list[Token], index: int) -> tuple[Number, int]:
    """Hundreds, tens and units that make one number: "beş yüz otuz iki" is 532, "beş altı" is 5 and then 6."""
    hundreds, place = _hundreds(tokens, index)
    tens = _value(tokens, place)
    tens, place = (tens, place + 1) if tens >= 10 else (0, place)
    unit = _value(tokens, place) if tens == 0 or tens % 10 == 0 else -1
    unit, place = (unit, place + 1) if unit > 0 or (unit == 0 and place == index) else (0, place)
    place = max(place, index + 1)
    total = max(hundreds, 0) + tens + unit
    return Number(str(total), tokens[index][1], tokens[place - 1][2], spelled=True), place - index


def _hundreds(tokens: list[Token], index: int) -> tuple[int, int]:
    """The hundreds that a number begins with, and where it goes on."""
    words = [token[0] for token in tokens[index : index + 2]]
    if words[0] in numerals().hundreds:
        return 100, index + 1
    if len(words) == 2 and words[1] in numerals().hundreds and 1 <= _value(tokens, index) <= 9:
        return _value(tokens, index) * 100, index + 2
    return 0, index


def _value(tokens: list[Token], index: int) -> int:
    """What a word counts; -1 where there is no number word."""
    return numerals().values.get(tokens[index][0], -1) if index < len(tokens) else -1


def _beside_digit(tokens: list[Token], index: int) -> bool:
    """Whether a letter touches figures, as in "o532" or "5o5"."""
    start, end = tokens[index][1:]
    before = index > 0 and tokens[index - 1][0].isdigit() and tokens[index - 1][2] == start
    after = index + 1 < len(tokens) and tokens[index + 1][0].isdigit() and tokens[index + 1][1] == end
    return before or after


def _between_figures(tokens: list[Token], index: int) -> bool:
    """Whether letters stand alone where figures stand around them, as in "0532 lll 22"."""
    word, start, end = tokens[index]
    if len(word) < FEWEST_ALIKE or not 0 < index < len(tokens) - 1:
        return False
    (before, _, until), (after, since, _) = tokens[index - 1], tokens[index + 1]
    figures = all(token.isdigit() or set(token) <= ALIKE.keys() for token in (before, after))
    return figures and start - until == since - end == 1


def _in_words(tokens: list[Token]) -> Number:
    """Number words one after another as one number of their digits."""
    digits, index = "", 0
    while index < len(tokens):
        number, used = _spelled(tokens, index)
        digits, index = digits + number.digits, index + used
    return Number(digits, tokens[0][1], tokens[-1][2], spelled=True)


@cache
def _number_words() -> list[str]:
    """Every number word but single letters, the longest first."""
    known = (*numerals().values, *numerals().hundreds)
    return sorted((word for word in known if len(word) > 1), key=len, reverse=True)


@cache
def _beginnings() -> frozenset[str]:
    """How number words begin: most words of a text are none by their first two letters."""
    return frozenset(word[:2] for word in _number_words())


def _glued(word: str, start: int) -> list[Token]:
    """Number words written without spaces, "sifirbesuciki"; none where there is more than that."""
    tokens: list[Token] = []
    place = 0
    if word[:2] not in _beginnings():
        return []
    while place < len(word) <= LONGEST_WORD:
        found = next((each for each in _number_words() if word.startswith(each, place)), None)
        if found is None:
            return []
        tokens.append((found, start + place, start + place + len(found)))
        place += len(found)
    return tokens if len(tokens) > 1 else []
