# ruff: noqa: RUF002 - letters that look alike are what this is about
"""Further ways to read a text before the rules look at it: letters apart or by their sound, signs for letters, names.

"s a t ı l ı k" and "wh@tsapp" say what the rules forbid and match none of their patterns. Each further reading is a
folded text of its own, with the way back to the original, and the places that it reads otherwise: only what touches
one of these is news.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

from aura.market.folding import Folded, by_sound
from aura.market.names import misspelled, spelled_out
from aura.market.reading import EITHER_I_OR_L, SIGNS, choices, signs

FEWEST_LETTERS = 4
# Single letters and digits with one to three signs between them; each part is looked at once.
_APART = re.compile(r"(?<![^\W_])[^\W_](?:[ .\-_*·|/~]{1,3}[^\W_](?![^\W_])){3,}")


@dataclass(frozen=True, slots=True)
class Reading:
    """A text as it may also be read; ``spans`` are the places of the original that are read otherwise."""

    folded: Folded
    spans: tuple[tuple[int, int], ...]

    def is_news(self, start: int, end: int) -> bool:
        """Whether something found at a place of the original has to do with this way of reading."""
        return any(since < end and start < until for since, until in self.spans)


def readings(folded: Folded) -> list[Reading]:
    """The further readings that a text has; most have none.

    What one way of reading brings to light is read in the others too: "1nst@gram j a n e" takes all three.
    """
    closed = _closed(folded)
    found = [closed] if closed is not None else []
    heard = [again for text in [Reading(folded, ()), *found] for again in _heard(text)]
    found += [again for text in [Reading(folded, ()), *found] for again in _unsigned(text)]
    found += heard  # not with signs as letters too: readings of readings are what costs time
    return [*found, *(again for text in [Reading(folded, ()), *found] for again in _named(text))]


def _heard(reading: Reading) -> Iterator[Reading]:
    """Letters of other scripts as they sound."""
    heard, places = by_sound(reading.folded)
    if places:
        yield Reading(heard, (*reading.spans, *(heard.span(place, place + 1) for place in places)))


def _named(reading: Reading) -> Iterator[Reading]:
    """Other apps' names as they are meant."""
    places = misspelled(reading.folded)
    if places:
        spans = tuple(reading.folded.span(start, end) for start, end, _ in places)
        yield Reading(spelled_out(reading.folded, places), (*reading.spans, *spans))


def _closed(folded: Folded) -> Reading | None:
    """Letters written apart put together; where some gaps are wider than others, those are between words."""
    regions = [match.span() for match in _APART.finditer(folded.text)]
    regions = [
        (start, end) for start, end in regions if sum(map(str.isalpha, folded.text[start:end])) >= FEWEST_LETTERS
    ]
    if not regions:
        return None
    dropped = {place for region in regions for place in _dropped(folded.text, *region)}
    kept = [place for place in range(len(folded.text)) if place not in dropped]
    moved = {place: index for index, place in enumerate(kept)}
    closed = Folded(
        original=folded.original,
        text="".join(folded.text[place] for place in kept),
        starts=tuple(folded.starts[place] for place in kept),
        ends=tuple(folded.ends[place] for place in kept),
        either_i=frozenset(moved[place] for place in folded.either_i if place in moved),
    )
    return Reading(closed, tuple(folded.span(start, end) for start, end in regions))


def _dropped(text: str, start: int, end: int) -> Iterator[int]:
    """What stands between the letters of one word, in a region of letters written apart."""
    letters = [place for place in range(start, end) if text[place].isalnum()]
    narrowest = min(right - left for left, right in pairwise(letters))
    for left, right in pairwise(letters):
        yield from range(left + 1 if right - left == narrowest else left + 2, right)


def _unsigned(reading: Reading) -> Iterator[Reading]:
    """Digits and signs inside words as the letters that they look like; "1" may be two of them."""
    folded = reading.folded
    places = signs(folded.text)
    if not places:
        return
    spans = (*reading.spans, *(folded.span(place, place + 1) for place in places))
    for ells in choices(frozenset(place for place in places if folded.text[place] in EITHER_I_OR_L)):
        chars = list(folded.text)
        for place in places:
            chars[place] = SIGNS.get(chars[place], "l" if place in ells else "i")
        yield Reading(replace(folded, text="".join(chars)), spans)
