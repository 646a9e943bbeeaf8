"""Finds the dictionary's words in a line, all in one pass of an automaton (Aho-Corasick).

The automaton runs over a key: the line in ASCII, every run of a letter as one. So "fuuuck" costs nothing extra, and
what the key has lost (dots, doubled letters, where words end) is checked on the line itself for each hit. Time is
linear in the length of the text and does not depend on the number of words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from ahocorasick_rs import AhoCorasick

from aura.market.characters import ASCII_BASE
from aura.market.findings import Severity
from aura.market.reading import Line, base
from aura.market.words import Word, dictionary

UNMISTAKABLE = 7  # letters of a word that is the same word when dotted and dotless i are mixed up
_ASCII = str.maketrans(ASCII_BASE)
_RUNS = re.compile(r"(.)\1*", re.DOTALL)
_RUNS_OVER_GAPS = re.compile(r"([^ ])(?: *\1)*")  # each gap is looked at once: linear


@dataclass(frozen=True, slots=True)
class Key:
    """A line as the automaton takes it.

    ``chars[i]`` stands for ``line.chars[starts[i]:ends[i]]``: a run of one letter, or a gap.
    """

    line: Line
    chars: str
    starts: tuple[int, ...]
    ends: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Hit:
    """A word found, at ``start`` to ``end`` (exclusive) of the folded text, and where in the key."""

    word: Word
    start: int
    end: int
    first: int
    last: int


def key_of(line: Line, *, gaps: bool) -> Key:
    """The key of a line; ``gaps=False`` closes every gap."""
    runs = list((_RUNS if gaps else _RUNS_OVER_GAPS).finditer(line.chars.translate(_ASCII)))
    chars = "".join([run[1] for run in runs])
    return Key(line, chars, tuple([run.start() for run in runs]), tuple([run.end() for run in runs]))


def hits(key: Key) -> Iterator[Hit]:
    """Every word of the dictionary whose letters the key has, wherever words begin and end."""
    automaton, entries = _automaton()
    for index, start, end in automaton.find_matches_as_indexes(key.chars, overlapping=True):
        for word in entries[index]:
            if _is_spelled(word, key, start):
                yield Hit(word, key.starts[start], key.ends[end - 1], start, end - 1)


@cache
def _automaton() -> tuple[AhoCorasick, list[list[Word]]]:
    entries: dict[str, list[Word]] = {}
    for word in dictionary().words:
        entries.setdefault(word.key, []).append(word)
    return AhoCorasick(list(entries)), list(entries.values())


def _is_spelled(word: Word, key: Key, start: int) -> bool:
    """Whether the letters behind the key are the word's, as far as dots and doubling tell words apart."""
    spelled = all(
        _is_run(word, index, key.line, key.starts[start + index], key.ends[start + index])
        for index in range(len(word.runs))
    )
    return spelled and (word.severity is not None or _is_consistent(word, key, start))


def _is_consistent(word: Word, key: Key, start: int) -> bool:
    """Whether an innocent word has all of its dots or none: who writes "çok" means the "sik" that follows it."""
    end = start + len(word.runs)
    written = key.line.chars[key.starts[start] : key.ends[end - 1]]
    if written.isascii():
        return True
    sure = (place for place in range(key.starts[start], key.ends[end - 1]) if place not in key.line.unsure)
    have = {char for place in sure if (char := key.line.chars[place]) != " "}
    return have <= set(word.text)


def _is_run(word: Word, index: int, line: Line, start: int, end: int) -> bool:
    run = word.runs[index]
    written = [place for place in range(start, end) if line.chars[place] != " "] or [start]
    if len(written) < run.least or (len(written) == run.least + 1 and _is_strict(word, index)):
        return False
    return all(_is_letter(word, run.letters, line, place) for place in written)


def _is_strict(word: Word, index: int) -> bool:
    """Whether one letter more makes another word: "book" is no "bok". Two more, or one at the end, do not."""
    return word.severity is Severity.FIX and index < len(word.runs) - 1


def _is_letter(word: Word, letters: frozenset[str], line: Line, place: int) -> bool:
    char = line.chars[place]
    unsure = place in line.unsure
    if unsure and word.severity is None and place not in line.folded.either_i:
        return False  # signs may spell an offence, never excuse one
    if char in letters or unsure:
        return True
    if word.severity is not None and word.letters >= UNMISTAKABLE and base(char) == "i":
        return "i" in map(base, letters)
    return word.dotted if base(char) != char else word.dotless
