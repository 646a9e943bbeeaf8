"""The labelled lines, and what each judge says of a line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from safetype import ModerationEngine, create_moderation_engine

from aura.market.texts import find_in_text

SETS = ("tuned", "held_out", "fresh_1", "fresh_2", "fresh_3", "fresh_4", "fresh_5", "fresh_6")
LANGUAGES = ("en", "tr")
CLEAN = ("clean", "lookalike")
OFFENSIVE = ("profanity", "obfuscated")
# Which kinds of finding are right for a label.
WANTED: Mapping[str, frozenset[str]] = {
    "profanity": frozenset({"offensive"}),
    "obfuscated": frozenset({"offensive"}),
    "contact": frozenset({"contact", "payment"}),
    "goods": frozenset({"counterfeit", "prohibited", "marketplace", "money", "payment", "solicitation"}),
}


@dataclass(frozen=True, slots=True)
class Line:
    """A text, its language, and what it is."""

    label: str
    language: str
    text: str

    @property
    def offensive(self) -> bool:
        """Whether it has offensive language, hidden or not."""
        return self.label in OFFENSIVE


@cache
def lines(name: str) -> tuple[Line, ...]:
    """The lines of one set."""
    text = (files("benchmarks.moderation") / f"{name}.tsv").read_text(encoding="utf-8")
    rows = [row.split("\t") for row in text.splitlines() if row and not row.startswith("#")]
    return tuple(Line(label, language, said) for label, language, said in rows)


def kinds(text: str) -> frozenset[str]:
    """What kinds of thing Aura finds in a text."""
    return frozenset(finding.kind for finding in find_in_text(text, "description"))


def flagged_by_library(text: str) -> bool:
    """Whether bare safetype, as its documentation sets it up, finds anything."""
    return bool(_library().moderate(text).matches)


@cache
def _library() -> ModerationEngine:
    return create_moderation_engine()
