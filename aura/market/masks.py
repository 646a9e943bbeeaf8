"""Finds words whose letters were replaced by signs that look like nothing: "f**k", "s*ktir", "sh-t".

A sign stands for exactly one letter. Enough letters must be left to know the word by, and only words worth hiding
are looked for.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from aura.market.findings import Severity
from aura.market.folding import Folded
from aura.market.reading import base
from aura.market.words import Word, dictionary

MASKS = frozenset("*#_%?@$!&^~+=<>|")
VOWEL_MASKS = frozenset("-.")
# A mask of any kind in a text (also emojis and other symbols that are no letters), and any sign within a word.
_MASK = re.compile(rf"[{re.escape(''.join(sorted(MASKS)))}]|[^\x00-\x7f\w]")
_SIGN = re.compile(rf"[{re.escape(''.join(sorted(MASKS | VOWEL_MASKS)))}]|[^\x00-\x7f\w]")
_VOWELS = frozenset("aeiou")
_CHUNK = re.compile(r"[^\W\d_][^\s\d,;:()\"]*")
LONGEST_CHUNK = 24
SHORTEST_PART = 4
SHORTEST_PHRASE, MOST_IN_PHRASE = 6, 2  # characters of a phrase, masked letters in it


@dataclass(frozen=True, slots=True)
class Masked:
    """A word found behind its mask, at ``start`` to ``end`` (exclusive) of the folded text."""

    severity: Severity
    start: int
    end: int


def masked_words(folded: Folded) -> Iterator[Masked]:
    """Every masked word; at most one for each run of characters without a space."""
    whole = dictionary().masked
    yield from _masked_phrases(folded.text)
    for match in _CHUNK.finditer(folded.text):
        chunk = match.group()
        masked = _SIGN.search(chunk.rstrip("!?.-_'")) is not None or chunk.rstrip("!?.,") in whole
        if not masked or len(chunk) > LONGEST_CHUNK:
            continue
        word, place = _word_behind(chunk)
        if word is not None and word.severity is not None:
            start = match.start() + place
            yield Masked(word.severity, start, start + _length(word, chunk[place:]))
        elif chunk.rstrip("!?.,") in whole:
            yield Masked(Severity.BLOCK, match.start(), match.end())


def _masked_phrases(text: str) -> Iterator[Masked]:
    """Phrases with some of their letters masked, "pi* kurusu": the words beside it say what a short one is."""
    if _MASK.search(text) is None:
        return
    for match in _CHUNK.finditer(text):
        for word in _phrases().get(base(match.group()[0]), ()):
            end = match.start() + len(word.text)
            if _is_phrase(word.text, text[match.start() : end]) and not text[end : end + 1].isalnum():
                yield Masked(Severity.BLOCK, match.start(), end)
                break


@cache
def _phrases() -> dict[str, tuple[Word, ...]]:
    """Phrases worth blocking, by their first letter."""
    phrases = [word for word in dictionary().words if word.severity is Severity.BLOCK and " " in word.text]
    letters = {base(word.text[0]) for word in phrases}
    return {letter: tuple(word for word in phrases if base(word.text[0]) == letter) for letter in letters}


def _is_phrase(phrase: str, written: str) -> bool:
    """Whether a text is the phrase, letter for letter, but for one or two that are masked."""
    if len(written) < len(phrase) or len(phrase) < SHORTEST_PHRASE:
        return False
    masked = [place for place, char in enumerate(written) if _is_mask(char)]
    rest = all(place in masked or _same(char, phrase[place]) for place, char in enumerate(written))
    return rest and 0 < len(masked) <= MOST_IN_PHRASE and all(phrase[place] != " " for place in masked)


def _word_behind(chunk: str) -> tuple[Word | None, int]:
    """The word and where in the chunk it begins: at its start, but for words that are looked for anywhere."""
    for place, char in enumerate(chunk):
        for word in _by_first_letter().get(base(char), ()):
            anywhere = word.mode == "part" and word.letters >= SHORTEST_PART
            if (place == 0 or anywhere) and _fits(word, chunk[place:]):
                return word, place
    return None, 0


def _is_mask(char: str) -> bool:
    """Whether a character may stand for a letter: a usual sign, an emoji, any other symbol that is no letter."""
    return char in MASKS or not (char.isascii() or char.isalnum())


def _is_doubled(head: str, index: int) -> bool:
    """Whether points or dashes stand side by side, as in "s..tir"."""
    return head[index] in VOWEL_MASKS and head[index] in (head[index - 1 : index], head[index + 1 : index + 2])


@cache
def _by_first_letter() -> dict[str, tuple[Word, ...]]:
    """Words that may be masked, the longest first; innocent ones and phrases are not hidden."""
    words = [word for word in dictionary().words if word.severity and " " not in word.text and word.letters >= 3]
    letters = {base(word.text[0]) for word in words}
    longest = sorted(words, key=lambda word: -word.letters)
    return {letter: tuple(word for word in longest if base(word.text[0]) == letter) for letter in letters}


def _fits(word: Word, chunk: str) -> bool:
    """Whether the chunk is the word, perhaps with an ending, with some of its letters masked."""
    head, rest = chunk[: word.letters], chunk[word.letters :].strip("!?.*'-_")
    if len(head) < word.letters or (rest and not rest.isalpha()) or not _may_go_on(word, rest):
        return False
    masked = [index for index, char in enumerate(head) if _is_mask(char) or _is_doubled(head, index)]
    vowels = [index for index, char in enumerate(head) if char in VOWEL_MASKS and index not in masked]
    known = [index for index, char in enumerate(head) if char.isalpha()]
    if len(masked) + len(vowels) + len(known) < word.letters or not all(_same(head[i], word.text[i]) for i in known):
        return False
    return _is_mask_of(word, masked, vowels, known, len(rest))


def _may_go_on(word: Word, rest: str) -> bool:
    if not rest or word.mode in ("start", "part"):
        return True
    return word.endings is not None and word.endings.fullmatch("".join(map(base, rest))) is not None


def _same(char: str, letter: str) -> bool:
    return char == letter or char == base(letter)


def _is_mask_of(word: Word, masked: list[int], vowels: list[int], known: list[int], more: int) -> bool:
    """Whether enough is left: half the letters, its ending's counted, or the first and the last.

    Signs that stand between words anyway may hide a vowel, and only one.
    """
    if vowels:
        usual = word.letters >= 4 and word.severity == "block" and base(word.text[vowels[0]]) in _VOWELS
        return len(vowels) == 1 and not masked and usual and 0 < vowels[0] < word.letters - 1
    if not masked or (word.letters == 3 and masked == [2]):
        return False
    both_ends = known[-1] == word.letters - 1
    return len(known) + more >= 2 and (2 * (len(known) + more) >= word.letters or both_ends)


def _length(word: Word, chunk: str) -> int:
    rest = chunk[word.letters :]
    kept = len(rest) - len(rest.lstrip("*")) if rest.strip("*") == "" else len(rest.rstrip("!?.,'-_"))
    return word.letters + kept
