"""Decides whether letters that spell a word are that word here: as one of the text's words, or spread over some.

The first is a question of where words begin and end. The second needs more: letters meet by chance wherever words
do ("as shown"), so only words worth blocking count, they must begin and end where words do, and what they are
spread over must not be everyday words.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from aura.market.matching import Hit, Key
from aura.market.reading import Line, base
from aura.market.words import dictionary, squeeze

GAP_IN_LETTERS = 3  # characters between letters that are written apart, one by one
GAP_IN_PIECES = frozenset(" .-_*/|~+·•")
MOST_PIECES = 9
LONGEST_STUMP = 3  # letters of a piece that is no word
SHORTEST_SPREAD = 4
LONGEST_ENDING = 24
LONGEST_APART = 6  # letters written apart that may follow a word written so
_PIECE = re.compile(r"[^ ]+")
_ARTICLES = frozenset("aio")  # words of one letter that may stand before letters written apart


def in_words(key: Key, hit: Hit) -> Hit | None:
    """The hit, widened to the end of its word where its mode says so; None if it is only a part of another word."""
    if hit.word.mode == "part":
        return hit
    if hit.first > 0 and key.chars[hit.first - 1] != " ":
        return None
    end = key.chars.find(" ", hit.last + 1)
    last = (len(key.chars) if end < 0 else end) - 1
    goes_on = _may_go_on(hit, key.line, key.ends[last])
    return replace(hit, end=key.ends[last], last=last) if goes_on else None


def _may_go_on(hit: Hit, line: Line, end: int) -> bool:
    """Whether a word of this kind may go on with the letters up to ``end``; "tt" may be its last and the next."""
    if hit.end >= end or hit.word.mode in ("start", "part"):
        return True
    if hit.word.endings is None or end - hit.end > LONGEST_ENDING:
        return False
    rest = "".join(map(base, line.chars[hit.end : end])).replace(" ", "")
    return any(hit.word.endings.fullmatch(ending) for ending in (rest, base(line.chars[hit.end - 1]) + rest))


@dataclass(frozen=True, slots=True)
class Pieces:
    """The words of a line: where each begins and ends, and which word a place belongs to (-1: none)."""

    bounds: tuple[tuple[int, int], ...]
    at: tuple[int, ...]


def pieces_of(line: Line) -> Pieces:
    """The words of a line."""
    bounds = [match.span() for match in _PIECE.finditer(line.chars)]
    at = [-1] * len(line.chars)
    for index, (start, end) in enumerate(bounds):
        at[start:end] = [index] * (end - start)
    return Pieces(tuple(bounds), tuple(at))


def spread(key: Key, pieces: Pieces, hit: Hit) -> Hit | None:
    """The hit, widened to the end of its last piece, if it is a word that was written in pieces."""
    if hit.word.severity is None:
        return None
    hit = hit if _are_lone(pieces, hit) else _trimmed(key, pieces, hit)
    first, last = pieces.at[hit.start], pieces.at[hit.end - 1]
    lone = _are_lone(pieces, hit)
    if first == last or pieces.bounds[first][0] != hit.start:
        return None
    end = pieces.bounds[last][1]
    if not _may_go_on(hit, key.line, end):
        return None
    fits = _in_letters(key.line, pieces, first, last, hit) if lone else _in_pieces(key.line, pieces, first, last, hit)
    end = _end_of_letters(key.line, pieces, last) if lone and hit.word.mode in ("start", "part") else end
    return replace(hit, end=end) if fits else None


def _are_lone(pieces: Pieces, hit: Hit) -> bool:
    return all(_is_lone(pieces, index) for index in range(pieces.at[hit.start], pieces.at[hit.end - 1] + 1))


def _trimmed(key: Key, pieces: Pieces, hit: Hit) -> Hit:
    """The hit without letters that only happen to be the same across a gap: the "a" of "a asshole"."""
    first_run = range(key.starts[hit.first], key.ends[hit.first])
    last_run = range(key.starts[hit.last], key.ends[hit.last])
    starts = [place for place in first_run if pieces.at[place] >= 0 and pieces.bounds[pieces.at[place]][0] == place]
    ends = [
        place + 1 for place in last_run if pieces.at[place] >= 0 and pieces.bounds[pieces.at[place]][1] == place + 1
    ]
    return replace(hit, start=starts[-1] if starts else hit.start, end=ends[0] if ends else hit.end)


def _end_of_letters(line: Line, pieces: Pieces, last: int) -> int:
    """Where letters written apart end that go on after a word as they do in it: "f u c k i n g"."""
    gap, most = _gaps(line, pieces, last - 1, last), min(len(pieces.bounds) - 1, last + LONGEST_APART)
    while last < most and _is_lone(pieces, last + 1) and _gaps(line, pieces, last, last + 1) == gap:
        last += 1
    return pieces.bounds[last][1]


def _in_letters(line: Line, pieces: Pieces, first: int, last: int, hit: Hit) -> bool:
    """Letters one by one: a short word must be all of them, but for an "a" before it."""
    gaps = _gaps(line, pieces, first, last)
    if any(len(gap) > GAP_IN_LETTERS for gap in gaps) or (hit.word.letters == 2 and not _is_pair(hit.word.text, gaps)):
        return False
    if hit.word.letters >= SHORTEST_SPREAD:
        return True
    after = last + 1 < len(pieces.bounds) and _is_lone(pieces, last + 1) and _is_near(line, pieces, last)
    before = first > 0 and _is_lone(pieces, first - 1) and _is_near(line, pieces, first - 1)
    return not after and (not before or line.chars[pieces.bounds[first - 1][0]] in _ARTICLES)


def _is_pair(text: str, gaps: list[str]) -> bool:
    """Whether two letters belong together: with a point between them, or where one has dots that are rarely alone."""
    return gaps == ["."] or (gaps == [" "] and not text.isascii())


def _is_lone(pieces: Pieces, index: int) -> bool:
    start, end = pieces.bounds[index]
    return end - start == 1


def _is_near(line: Line, pieces: Pieces, index: int) -> bool:
    return len(_gaps(line, pieces, index, index + 1)[0]) <= GAP_IN_LETTERS


def _in_pieces(line: Line, pieces: Pieces, first: int, last: int, hit: Hit) -> bool:
    """Some pieces of a word: next to each other, and not all of them words of their own."""
    lone = sum(end - start == 1 for start, end in pieces.bounds[first : last + 1])
    broken = first + 1 == last and hit.end == pieces.bounds[last][1] and _is_none(line, pieces, first, last)
    worth = hit.word.severity == "block" or lone > 1 or broken
    gaps = _gaps(line, pieces, first, last)
    pointed = set(gaps) == {"."}  # "am.k": no space, as between sentences there mostly is
    long = hit.word.letters >= SHORTEST_SPREAD or pointed
    if not worth or not long or last - first >= MOST_PIECES:
        return False
    if any(gap not in GAP_IN_PIECES for gap in gaps):
        return False
    return pointed or not all(_is_common(line, start, end) for start, end in pieces.bounds[first : last + 1])


def _is_none(line: Line, pieces: Pieces, first: int, last: int) -> bool:
    """Whether one of two pieces is no word at all: no common one, and too short for a rare one."""
    sizes = [(start, end) for start, end in pieces.bounds[first : last + 1] if not _is_common(line, start, end)]
    return any(end - start <= LONGEST_STUMP for start, end in sizes)


def _gaps(line: Line, pieces: Pieces, first: int, last: int) -> list[str]:
    """What is written between pieces; digits and letters make a gap too wide for anything."""
    around = zip(pieces.bounds[first:last], pieces.bounds[first + 1 : last + 1], strict=True)
    texts = [line.folded.text[left[1] : right[0]] for left, right in around]
    return ["#" * 9 if any(map(str.isalnum, text)) else text for text in texts]


def _is_common(line: Line, start: int, end: int) -> bool:
    word = squeeze("".join(map(base, line.chars[start:end])))
    return end - start == 1 or word in dictionary().common
