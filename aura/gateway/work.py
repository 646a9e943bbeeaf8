"""The database's own account of the work: what is outstanding, who is at it, what failed, what it cost.

Each method is one SQL function of ``supabase/migrations`` and does nothing else. All of them are called
with the service key, which alone may. Lists come in pages that continue after a key, so that a caller
never holds more than one page.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from aura.gateway.rest import Gateway, Row

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


@dataclass(frozen=True, slots=True)
class DirtyUser:
    """A person whose style may have changed, since ``oldest_at``."""

    user_id: str
    oldest_at: datetime


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


@dataclass(frozen=True, slots=True)
class AuditPage:
    """A page of the style audit; ``last_user`` is None when it was the last."""

    last_user: str | None
    checked: int
    marked: int


@dataclass(frozen=True, slots=True)
class Lease:
    """Who may analyse an item until when; ``taken``: it is the holder who asked."""

    taken: bool
    held_by: str | None
    expires_at: datetime


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


class WorkLedger:
    """Every method raises ``Transient("database_unavailable")`` when the database is away, and
    ``ConfigurationError`` when the key is refused or the project is not migrated."""

    def __init__(self, gateway: Gateway, *, renews: str | None = None) -> None:
        """``renews``: the analyzer that is to renew what its fallbacks tagged; then that is outstanding too."""
        self._service = gateway.as_service()
        self._renews = renews

    async def schema_version(self) -> str:
        """The version of the last migration applied."""
        return str(await self._service.call("aura_schema_version", {}, repeat=True))

    async def outstanding_items(
        self, page_size: int, *, due_before: datetime | None = None, after: tuple[datetime, str] | None = None
    ) -> list[OutstandingItem]:
        """A page of items to analyse, oldest first; an empty page is the end.

        Args:
            due_before: leave out what failed and may not be tried before this; now where not given.
            after: the ``cursor`` of the last item of the page before.
        """
        arguments: dict[str, Any] = {"page_size": page_size}
        if due_before is not None:
            arguments["due_before"] = due_before.isoformat()
        if after is not None:
            arguments |= {"after_created": after[0].isoformat(), "after_id": after[1]}
        if self._renews is not None:
            arguments["first_choice"] = self._renews
        rows = await self._service.call("aura_outstanding_items", arguments, repeat=True)
        return [_outstanding_item(row) for row in rows]

    async def outstanding_summary(self) -> OutstandingSummary:
        """How much is due and how old the oldest of it is."""
        row = _only(await self._service.call("aura_due_summary", {}, repeat=True))
        return OutstandingSummary(
            int(row["items"]),
            _moment(row["oldest_item_at"]),
            int(row["marks"]),
            _moment(row["oldest_mark_at"]),
            int(row["renewals"]),
            _moment(row["oldest_renewal_at"]),
        )

    async def dirty_users(self, page_size: int, *, after: str | None = None) -> list[DirtyUser]:
        """A page of people with style marks, by id; an empty page is the end."""
        arguments = {"page_size": page_size, "after_user": after}
        rows = await self._service.call("aura_dirty_users", arguments, repeat=True)
        return [DirtyUser(row["user_id"], datetime.fromisoformat(row["oldest_at"])) for row in rows]

    async def open_style(self, user: str) -> StyleOpening:
        """What is to be known before a person's inputs are read."""
        arguments = {"target_user": user, "page_size": STYLE_MARKS}
        row = _only(await self._service.call("aura_open_style", arguments, repeat=True))
        marks = tuple(int(mark) for mark in row["marks"])
        return StyleOpening(bool(row["known"]), marks, str(row["fingerprint"]), int(row["revision"]))

    async def clear_style_marks(self, marks: Sequence[int]) -> int:
        """Delete exactly these marks; returns how many were still there."""
        return int(await self._service.call("aura_clear_style_marks", {"mark_ids": list(marks)}, repeat=True))

    async def audit_style(self, page_size: int, *, after: str | None = None) -> AuditPage:
        """Mark the people of one page whose DNA does not match what it depends on."""
        row = _only(
            await self._service.call("aura_audit_style", {"page_size": page_size, "after_user": after}, repeat=True)
        )
        return AuditPage(row["last_user"], int(row["checked"]), int(row["marked"]))

    async def take_lease(self, item: str, photo: str, holder: str, seconds: float) -> Lease:
        """Take or extend the right to analyse ``photo`` of ``item``, or learn who has it."""
        arguments = {"item": item, "photo": photo, "holder": holder, "seconds": seconds}
        row = _only(await self._service.call("aura_take_lease", arguments, repeat=True))
        return Lease(bool(row["taken"]), row["held_by"], datetime.fromisoformat(row["expires_at"]))

    async def open_analysis(
        self, item: str, photo: str, holder: str, seconds: float, *, content_hash: str, versions: Collection[str]
    ) -> tuple[Lease, dict[str, Mapping[str, Any]]]:
        """Take or extend a lease as ``take_lease`` does and, if that is granted, the answers that analyzers gave for
        these bytes, by version, of those asked for."""
        arguments = {"item": item, "photo": photo, "holder": holder, "seconds": seconds}
        arguments |= {"content_hash": content_hash, "versions": list(versions)}
        row = _only(await self._service.call("aura_open_analysis", arguments, repeat=True))
        return Lease(bool(row["taken"]), row["held_by"], datetime.fromisoformat(row["expires_at"])), _answers(row)

    async def release_lease(self, item: str, holder: str) -> bool:
        """Give the lease back; False if it was not this holder's any more."""
        return bool(await self._service.call("aura_release_lease", {"item": item, "holder": holder}, repeat=True))

    async def record_failure(
        self,
        item: str,
        owner: str,
        photo: str,
        *,
        code: str,
        message: str,
        permanent: bool,
        next_attempt_at: datetime | None,
    ) -> int:
        """Book a failure; returns how often this photo has failed in a row."""
        arguments = {
            "item": item,
            "owner": owner,
            "photo": photo,
            "code": code,
            "message": message,
            "permanent": permanent,
            "next_attempt_at": next_attempt_at.isoformat() if next_attempt_at else None,
        }
        return int(await self._service.call("aura_record_failure", arguments))

    async def clear_failure(self, item: str) -> None:
        """Forget an item's failure."""
        await self._service.call("aura_clear_failure", {"item": item}, repeat=True)

    async def retry_failures(self, items: Sequence[str] | None = None) -> int:
        """Make failed items due now (all of them where none are named); returns how many."""
        arguments = {"items": None if items is None else list(items)}
        return int(await self._service.call("aura_retry_failures", arguments))

    async def reserve_call(
        self,
        user: str,
        project_limit: int,
        user_limit: int,
        *,
        hold_usd: float,
        project_usd: float,
        user_usd: float,
        analyzer: str | None = None,
        asked_at: datetime | None = None,
    ) -> Reservation:
        """Count one paid call for today (UTC) and set ``hold_usd`` aside for it, unless that would pass a limit, or a
        process was told that ``analyzer`` is not to be asked before a moment after ``asked_at`` (now, if not given)."""
        arguments: dict[str, Any] = {
            "target_user": user,
            "project_limit": project_limit,
            "user_limit": user_limit,
            "hold_usd": hold_usd,
            "project_usd": project_usd,
            "user_usd": user_usd,
        }
        if analyzer is not None:
            arguments["analyzer"] = analyzer
        if asked_at is not None:
            arguments["asked_at"] = asked_at.isoformat()
        return _reservation(_only(await self._service.call("aura_reserve_call", arguments)))

    async def settle_call(self, user: str, day: date, held_usd: float, spent_usd: float) -> None:
        """Book what a call that was reserved on ``day`` has cost, and give back what was set aside for it."""
        arguments = {
            "target_user": user,
            "reserved_on": day.isoformat(),
            "held_usd": held_usd,
            "spent_usd": spent_usd,
        }
        await self._service.call("aura_settle_call", arguments)

    async def note_renewal(self, item: str, version: str, waits_for: str) -> None:
        """Note that an item's tags, in ``version``, are a fallback's; the analyzer ``waits_for`` is to renew them."""
        arguments = {"item": item, "version": version, "waits_for": waits_for}
        await self._service.call("aura_note_renewal", arguments, repeat=True)

    async def pause_analyzer(self, analyzer: str, until: datetime, code: str) -> None:
        """Say that an analyzer is out until then: nothing is listed for it but one item that tries it afterwards."""
        arguments = {"analyzer": analyzer, "until": until.isoformat(), "code": code}
        await self._service.call("aura_pause_analyzer", arguments, repeat=True)

    async def resume_analyzer(self, analyzer: str) -> bool:
        """Say that an analyzer answers; returns whether that was news."""
        return bool(await self._service.call("aura_resume_analyzer", {"analyzer": analyzer}, repeat=True))

    async def backfill_count(self, current_version: str | None = None) -> int:
        """How many items a backfill could admit; with a version, also those analysed by another."""
        arguments = {"current_version": current_version}
        return int(await self._service.call("aura_backfill_count", arguments, repeat=True))

    async def admit_backfill(self, max_items: int, current_version: str | None = None) -> int:
        """Admit up to ``max_items`` of them, newest first; returns how many."""
        arguments = {"max_items": max_items, "current_version": current_version}
        return int(await self._service.call("aura_admit_backfill", arguments))

    async def admit_item(self, item: str) -> bool:
        """Note that a person asked for an item; False where it is analysed anyway."""
        return bool(await self._service.call("aura_admit_item", {"item": item}, repeat=True))

    async def admit_forced(self, item: str) -> list[int]:
        """Note that a person asked for an item's photo to be analysed once more; the ids of all such notes."""
        return [int(mark) for mark in await self._service.call("aura_admit_forced", {"item": item}, repeat=True)]

    async def forced(self, item: str) -> list[int]:
        """The notes that an item's present photo is to be analysed once more."""
        return [int(mark) for mark in await self._service.call("aura_forced", {"item": item}, repeat=True)]

    async def clear_forced(self, marks: Sequence[int]) -> int:
        """Delete exactly these notes; returns how many were still there."""
        return int(await self._service.call("aura_clear_forced", {"mark_ids": list(marks)}, repeat=True))

    async def beat(self, canary: str) -> int:
        """Write the canary's next beat; returns its number."""
        return int(await self._service.call("aura_beat", {"canary": canary}))

    async def wake(self) -> bool:
        """Tell the daemons that something changed; False when that was done within the last second by somebody."""
        return bool(await self._service.call("aura_wake", {}, repeat=True))

    async def woken(self) -> datetime | None:
        """When the daemons were last told so; None for an hour and more ago."""
        return _moment(await self._service.call("aura_woken", {}, repeat=True))

    async def prune(self) -> int:
        """Delete rows that have served; returns how many."""
        pruned = await self._service.call("aura_prune", {}, repeat=True)
        return int(pruned) + int(await self._service.call("aura_prune_renewals", {}, repeat=True))


def _outstanding_item(row: dict[str, Any]) -> OutstandingItem:
    return OutstandingItem(
        id=row["id"],
        user_id=row["user_id"],
        created_at=datetime.fromisoformat(row["created_at"]),
        due_at=_moment(row["due_at"]),
        again=row["again"],
        backfill=row["backfill"],
    )


def _reservation(row: dict[str, Any]) -> Reservation:
    return Reservation(
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


def _answers(row: Row) -> dict[str, Mapping[str, Any]]:
    return {version: answer for version, answer in (row["answers"] or {}).items() if isinstance(answer, dict)}


def _only(rows: list[dict[str, Any]]) -> dict[str, Any]:
    return rows[0]
