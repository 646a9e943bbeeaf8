"""What the database answers about the work: typed rows of what is outstanding, who is at it and what it cost."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Self

from aura.gateway.rest import Row

STYLE_MARKS = 1000


@dataclass(frozen=True, slots=True)
class OutstandingItem:
    """An item whose photo is not analysed yet.

    ``due_at``: when its last failure lets it be tried again; None for now. ``again``: it is analysed, by
    an older version. ``backfill``: it is older than the installation and was admitted.
    """

    id: str
    user_id: str
    created_at: datetime
    due_at: datetime | None
    again: bool
    backfill: bool

    @property
    def cursor(self) -> tuple[datetime, str]:
        """Continue a listing after this item with it."""
        return (self.created_at, self.id)

    @classmethod
    def of(cls, row: Row) -> Self:
        """From a row of the database's answer."""
        return cls(
            id=row["id"],
            user_id=row["user_id"],
            created_at=datetime.fromisoformat(row["created_at"]),
            due_at=_moment(row["due_at"]),
            again=row["again"],
            backfill=row["backfill"],
        )


@dataclass(frozen=True, slots=True)
class OutstandingSummary:
    """How much is due, each counted up to 10,000, and since when.

    ``renewals``: photos with a fallback's tags that wait for the first choice; they are due when it has time for them.
    """

    items: int
    oldest_item_at: datetime | None
    marks: int
    oldest_mark_at: datetime | None
    renewals: int = 0
    oldest_renewal_at: datetime | None = None

    @classmethod
    def of(cls, row: Row) -> Self:
        """From a row of the database's answer."""
        return cls(
            int(row["items"]),
            _moment(row["oldest_item_at"]),
            int(row["marks"]),
            _moment(row["oldest_mark_at"]),
            int(row["renewals"]),
            _moment(row["oldest_renewal_at"]),
        )


@dataclass(frozen=True, slots=True)
class DirtyUser:
    """A person whose style may have changed, since ``oldest_at``."""

    user_id: str
    oldest_at: datetime

    @classmethod
    def of(cls, row: Row) -> Self:
        """From a row of the database's answer."""
        return cls(row["user_id"], datetime.fromisoformat(row["oldest_at"]))


@dataclass(frozen=True, slots=True)
class StyleOpening:
    """As a computation of somebody's style begins: whether there is such a person (``known``), the ids of their style
    marks (up to ``STYLE_MARKS``), a digest of everything the style depends on, and the revision of the DNA that is
    kept; 0 for none."""

    known: bool
    marks: tuple[int, ...]
    fingerprint: str
    revision: int

    @property
    def more(self) -> bool:
        """Whether there may be more marks."""
        return len(self.marks) >= STYLE_MARKS

    @classmethod
    def of(cls, row: Row) -> Self:
        """From a row of the database's answer."""
        marks = tuple(int(mark) for mark in row["marks"])
        return cls(bool(row["known"]), marks, str(row["fingerprint"]), int(row["revision"]))


@dataclass(frozen=True, slots=True)
class AuditPage:
    """A page of the style audit; ``last_user`` is None when it was the last."""

    last_user: str | None
    checked: int
    marked: int

    @classmethod
    def of(cls, row: Row) -> Self:
        """From a row of the database's answer."""
        return cls(row["last_user"], int(row["checked"]), int(row["marked"]))


@dataclass(frozen=True, slots=True)
class Lease:
    """Who may analyse an item until when; ``taken``: it is the holder who asked."""

    taken: bool
    held_by: str | None
    expires_at: datetime

    @classmethod
    def of(cls, row: Row) -> Self:
        """From a row of the database's answer."""
        return cls(bool(row["taken"]), row["held_by"], datetime.fromisoformat(row["expires_at"]))


@dataclass(frozen=True, slots=True)
class Reservation:
    """Whether one more paid call fits today; if not, whose limit (``scope``: project or user) of what (``unit``: calls
    or usd) is spent until ``resets_at``. The scope ``analyzer`` says that its own quota is spent until then.

    ``day``: on which it is counted. ``project_calls``, ``project_spent_usd``: of the whole project on that day so far.
    """

    granted: bool
    scope: str | None
    resets_at: datetime
    unit: str | None
    day: date
    project_calls: int
    project_spent_usd: float

    @classmethod
    def of(cls, row: Row) -> Self:
        """From a row of the database's answer."""
        return cls(
            granted=bool(row["granted"]),
            scope=row["scope"],
            resets_at=datetime.fromisoformat(row["resets_at"]),
            unit=row["unit"],
            day=date.fromisoformat(row["day"]),
            project_calls=int(row["project_calls"]),
            project_spent_usd=float(row["project_spent_usd"]),
        )


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
