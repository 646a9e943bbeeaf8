"""What the checks find, and the verdict that follows from it.

A finding names a place and a code; a ``Violation`` is a finding put into words of the reader's language.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """What a finding asks for. Ordered: the worst one decides the verdict."""

    FIX = "fix"  # the person can mend it
    REVIEW = "review"  # somebody has to look at it
    BLOCK = "block"  # not on this market

    @property
    def rank(self) -> int:
        """0 for the mildest."""
        return list(Severity).index(self)


class Verdict(StrEnum):
    """What becomes of the listing."""

    ALLOW = "allow"
    FIX = "fix"
    REVIEW = "review"
    BLOCK = "block"


# Kinds that are looked for by different means and may find the same thing.
KINDS = {"payment": "contact"}


@dataclass(frozen=True, slots=True)
class Finding:
    """Something wrong at a place.

    Args:
        code: what is wrong, such as ``offensive.strong``; messages are looked up by it, then by its first part.
        field: the field it is in.
        start, end: code points of the field's original text, end exclusive; None when the whole field is meant.
        values: what the message's placeholders stand for; never what the person wrote.
    """

    code: str
    field: str
    severity: Severity
    start: int | None = None
    end: int | None = None
    values: dict[str, str] = dataclasses.field(default_factory=dict)

    @property
    def kind(self) -> str:
        """The first part of the code."""
        return self.code.partition(".")[0]


@dataclass(frozen=True, slots=True)
class Violation:
    """A finding in the reader's words."""

    code: str
    field: str
    start: int | None
    end: int | None
    severity: Severity
    message: str
    how_to_fix: str


def verdict_of(findings: Iterable[Finding]) -> Verdict:
    """The worst severity among the findings; ``allow`` when there are none."""
    worst = max((finding.severity for finding in findings), key=lambda severity: severity.rank, default=None)
    return Verdict.ALLOW if worst is None else Verdict(worst.value)


def without_nested(findings: Iterable[Finding]) -> list[Finding]:
    """The findings but those that lie within another of their kind: a phone number in an IBAN is no phone number."""
    kept: list[Finding] = []
    furthest: dict[tuple[str, str], int] = {}
    for finding in sorted(findings, key=lambda each: (each.start or 0, -(each.end or 0))):
        kind = (finding.field, KINDS.get(finding.kind, finding.kind))
        if (finding.end or 0) > furthest.get(kind, 0):
            furthest[kind] = finding.end or 0
            kept.append(finding)
    return kept
