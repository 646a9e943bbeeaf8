"""Names a piece of work and says how it ended.

Work carries a key and nothing else that could be out of date: what is to be done is read from the
database when it is done, so hints may come twice, late or in any order without harm.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Kind = Literal["analyze_item", "style_dna"]
Status = Literal["written", "unchanged", "no_garment", "failed", "gone", "no_photo", "pending"]


@dataclass(frozen=True, slots=True)
class Work:
    """One piece of work. Two are the same work when ``kind`` and ``key`` are equal.

    ``key``: the item's id (analyze_item) or the person's id (style_dna).
    ``owner``: the person it is for, where known; used for fairness, never trusted for access.
    ``again``: repeat an analysis that an older analyzer version made.
    ``photo``: the address of the item's photo, where known: it may be fetched while the row is read, and counts only
    if the row says the same.
    """

    kind: Kind
    key: str
    owner: str | None = field(default=None, compare=False)
    again: bool = field(default=False, compare=False)
    photo: str | None = field(default=None, compare=False, repr=False)

    @property
    def identity(self) -> tuple[Kind, str]:
        """What the queue tells work apart by."""
        return (self.kind, self.key)


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a piece of work ended.

    ``status``: ``written`` (``fields`` names the columns), ``unchanged`` (it was settled, nothing was
    written), ``no_garment`` (``ai_tags`` says so), ``failed`` (for good: ``code`` and ``message``),
    ``gone`` (no such row for this person), ``no_photo`` (nothing to look at yet), ``pending`` (the row
    changed under the work more than once: take it up again, the new state is not worked on yet).
    """

    status: Status
    fields: tuple[str, ...] = ()
    code: str | None = None
    message: str | None = None
