"""What is known of the person who asks, beside their pieces: choices at onboarding, style DNA, own outfits."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, TypeVar

from aura.stylist.details import text_of
from aura.vision.lexicon import everyday
from aura.vision.vocabulary import Colour, Style

Value = TypeVar("Value", bound=StrEnum)
MOST_CHOICES = 20


@dataclass(frozen=True, slots=True)
class Person:
    """``styles`` and ``colours`` were chosen at onboarding; ``liked_*`` are the shares of the style DNA.

    ``confidence``: how much of the DNA is evidence, 0 to 1. ``outfits``: ids of what is in each of their own
    combinations.
    """

    styles: frozenset[Style] = frozenset()
    colours: frozenset[Colour] = frozenset()
    dna_styles: Mapping[Style, float] = field(default_factory=dict)
    dna_colours: Mapping[Colour, float] = field(default_factory=dict)
    confidence: float = 0.0
    outfits: tuple[frozenset[str], ...] = ()


NOBODY = Person()
"""Somebody of whom nothing is known."""


def person_of(chosen: object, dna: object, outfits: Iterable[frozenset[str]] = ()) -> Person:
    """The person as ``profiles.preferred_style`` and ``ai_profiles.dna`` show them; odd contents say nothing."""
    choices, learned = _mapping(chosen), _mapping(dna)
    words, confidence = everyday(), _mapping(learned.get("confidence"))
    sure = [value for value in confidence.values() if isinstance(value, int | float) and 0 <= value <= 1]
    return Person(
        styles=frozenset(_said(words.style, choices.get("styles"))),
        colours=frozenset(_said(words.colour, choices.get("colors"))),
        dna_styles=_shares(Style, learned.get("styles")),
        dna_colours=_shares(Colour, learned.get("colors")),
        confidence=max(sure, default=0.0),
        outfits=tuple(outfits),
    )


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _entries(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _said(find: Callable[[str], Value | None], texts: object) -> Iterator[Value]:
    for text in _entries(texts)[:MOST_CHOICES]:
        value = find(text_of(text))
        if value is not None:
            yield value


def _shares(kind: type[Value], entries: object) -> dict[Value, float]:
    """Shares by value, of ``[{"name": …, "share": …}, …]``."""
    names = {str(each): each for each in kind}
    found = [(_mapping(each).get("name"), _mapping(each).get("share")) for each in _entries(entries)]
    return {names[name]: share for name, share in found if name in names and isinstance(share, float) and share > 0}
