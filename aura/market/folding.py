# ruff: noqa: RUF002 - letters that look alike are what this is about
"""A text as it is read, with the way back to the text as it was written.

Rules look at the folded text; people are shown their own. So every folded character knows which characters of the
original it came from, and ``span`` turns a place in one into the place in the other.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from aura.market.characters import fold_character, fold_cluster, is_either_i, is_mark, is_unseen, sounds


@dataclass(frozen=True, slots=True)
class Folded:
    """A folded text.

    ``starts[i]`` and ``ends[i]`` bound the characters of the original that ``text[i]`` came from, end exclusive;
    ``either_i`` holds the places of capital I, which may be an i or an ı.
    """

    original: str
    text: str
    starts: tuple[int, ...]
    ends: tuple[int, ...]
    either_i: frozenset[int]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Where ``text[start:end]`` (not empty) stands in the original."""
        return self.starts[start], self.ends[end - 1]


def fold(original: str) -> Folded:
    """Fold a text; time and memory are linear in its length. Folding what has been folded changes nothing."""
    if original.isascii():
        return _fold_ascii(original)
    text: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    either_i: set[int] = set()
    for folded, start, end in _clusters(original):
        if is_either_i(original[start]) and end == start + 1:
            either_i.add(len(text))
        for char in folded:
            text.append(char)
            starts.append(start)
            ends.append(end)
    return Folded(original, "".join(text), tuple(starts), tuple(ends), frozenset(either_i))


def by_sound(folded: Folded) -> tuple[Folded, list[int]]:
    """The text with letters of other scripts as they sound instead of as they look, and where that differs."""
    known = sounds()
    if folded.original.isascii() or known.keys().isdisjoint(folded.original):
        return folded, []
    written = [folded.original[start] for start in folded.starts]
    places = [at for at, char in enumerate(written) if known.get(char, folded.text[at]) != folded.text[at]]
    chars = list(folded.text)
    for place in places:
        chars[place] = known[written[place]]
    return replace(folded, text="".join(chars)), places


def _fold_ascii(original: str) -> Folded:
    """The same for a text in which every character stands for itself."""
    length = len(original)
    either_i = frozenset(place for place, char in enumerate(original) if char == "I")
    return Folded(original, original.lower(), tuple(range(length)), tuple(range(1, length + 1)), either_i)


def _clusters(original: str) -> Iterator[tuple[str, int, int]]:
    """What each character with its marks folds to, and where it stands."""
    start, length = 0, len(original)
    while start < length:
        end = start + 1
        if original[start].isascii() and (end == length or original[end].isascii()):
            yield fold_character(original[start]), start, end
        elif not (is_unseen(original[start]) or is_mark(original[start])):
            end = _end_of_marks(original, end)
            yield fold_cluster(original[start], original[start + 1 : end]), start, end
        start = end


def _end_of_marks(original: str, end: int) -> int:
    while end < len(original) and is_mark(original[end]):
        end += 1
    return end
