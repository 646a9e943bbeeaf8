"""Finds offensive language: our dictionaries in every way a text may be read, and the maintained library safetype.

safetype knows English, its insults and its threats; the dictionaries know Turkish, and what people do to a word to
get it past a filter. Innocent words of the dictionaries excuse what either finds inside them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache
from itertools import accumulate, islice

from safetype import ModerationEngine, create_moderation_engine

from aura.market.findings import Finding, Severity
from aura.market.folding import Folded, by_sound
from aura.market.masks import masked_words
from aura.market.matching import Hit, hits, key_of
from aura.market.placing import in_words, pieces_of, spread
from aura.market.reading import Line, lines

Place = tuple[int, int, Severity]  # of the folded text, end exclusive
MOST_HEARD = 2  # ways to read a text by sound: with its signs as they stand, and as letters
LONGEST_MODEL = 3  # "A55" is a model, "5h17" is not
SEVERITIES = {"low": Severity.FIX, "medium": Severity.FIX, "high": Severity.BLOCK, "critical": Severity.BLOCK}


def find_offensive(folded: Folded, field: str) -> list[Finding]:
    """Offensive words, none overlapping another, in the order of the text."""
    heard, places = by_sound(folded)
    read = [*lines(folded), *(islice(lines(heard), MOST_HEARD) if places else ())]
    whole = [hit for line in read for hit in _whole(line)]
    innocent = _reach(len(folded.text), [(hit.start, hit.end) for hit in whole if hit.word.severity is None])
    found = [(hit.start, hit.end, hit.word.severity) for hit in whole if hit.word.severity]
    found += [place for line in read for place in _spread(line)]
    found += [(each.start, each.end, each.severity) for each in masked_words(folded)]
    found += _by_library(folded.text)
    guilty = [place for place in found if innocent[place[0]] < place[1]]
    return [_finding(folded, field, place) for place in _apart(guilty, len(folded.text))]


def _whole(line: Line) -> Iterator[Hit]:
    key = key_of(line, gaps=True)
    for hit in hits(key):
        placed = in_words(key, hit)
        if placed is not None:
            yield placed


def _spread(line: Line) -> Iterator[Place]:
    key, pieces = key_of(line, gaps=False), pieces_of(line)
    for hit in hits(key):
        placed = spread(key, pieces, hit)
        if placed is not None and placed.word.severity is not None:
            yield placed.start, placed.end, placed.word.severity


def _by_library(text: str) -> Iterator[Place]:
    for match in _engine().moderate(text).matches:
        said = text[match.start : match.end]
        if len(said) > LONGEST_MODEL or not any(map(str.isdigit, said)):
            yield match.start, match.end, SEVERITIES[match.severity]


@cache
def _engine() -> ModerationEngine:
    return create_moderation_engine(mode="mask", languages=["en"])


def _reach(length: int, spans: Iterable[tuple[int, int]]) -> list[int]:
    """For each place of a text, how far the spans go that begin there or before."""
    reach = [0] * (length + 1)
    for start, end in spans:
        reach[start] = max(reach[start], end)
    return list(accumulate(reach, max))


def _apart(places: Iterable[Place], length: int) -> list[Place]:
    """Of places that overlap, the worst; of equally bad ones, the longest."""
    taken = bytearray(length)
    kept: list[Place] = []
    for place in sorted(places, key=lambda place: (-place[2].rank, place[0] - place[1], place[0])):
        if not any(taken[place[0] : place[1]]):
            taken[place[0] : place[1]] = b"\x01" * (place[1] - place[0])
            kept.append(place)
    return sorted(kept)


def _finding(folded: Folded, field: str, place: Place) -> Finding:
    start, end = folded.span(place[0], place[1])
    code = "offensive.strong" if place[2] is Severity.BLOCK else "offensive.mild"
    return Finding(code, field, place[2], start, end)
