"""The database's own account of the work: what is outstanding, who is at it, what failed, what it cost.

Each method is one SQL function of ``supabase/migrations`` and does nothing else. All of them are called
with the service key, which alone may. Lists come in pages that continue after a key, so that a caller
never holds more than one page.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from aura.gateway.rest import Gateway, Row
from aura.gateway.work_rows import (
    STYLE_MARKS,
    AuditPage,
    DirtyUser,
    Lease,
    OutstandingItem,
    OutstandingSummary,
    Reservation,
    StyleOpening,
)


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
        return [OutstandingItem.of(row) for row in rows]

    async def outstanding_summary(self) -> OutstandingSummary:
        """How much is due and how old the oldest of it is."""
        return OutstandingSummary.of(_only(await self._service.call("aura_due_summary", {}, repeat=True)))

    async def dirty_users(self, page_size: int, *, after: str | None = None) -> list[DirtyUser]:
        """A page of people with style marks, by id; an empty page is the end."""
        arguments = {"page_size": page_size, "after_user": after}
        rows = await self._service.call("aura_dirty_users", arguments, repeat=True)
        return [DirtyUser.of(row) for row in rows]

    async def open_style(self, user: str) -> StyleOpening:
        """What is to be known before a person's inputs are read."""
        arguments = {"target_user": user, "page_size": STYLE_MARKS}
        return StyleOpening.of(_only(await self._service.call("aura_open_style", arguments, repeat=True)))

    async def clear_style_marks(self, marks: Sequence[int]) -> int:
        """Delete exactly these marks; returns how many were still there."""
        return int(await self._service.call("aura_clear_style_marks", {"mark_ids": list(marks)}, repeat=True))

    async def audit_style(self, page_size: int, *, after: str | None = None) -> AuditPage:
        """Mark the people of one page whose DNA does not match what it depends on."""
        arguments = {"page_size": page_size, "after_user": after}
        return AuditPage.of(_only(await self._service.call("aura_audit_style", arguments, repeat=True)))

    async def take_lease(self, item: str, photo: str, holder: str, seconds: float) -> Lease:
        """Take or extend the right to analyse ``photo`` of ``item``, or learn who has it."""
        arguments = {"item": item, "photo": photo, "holder": holder, "seconds": seconds}
        return Lease.of(_only(await self._service.call("aura_take_lease", arguments, repeat=True)))

    async def open_analysis(
        self, item: str, photo: str, holder: str, seconds: float, *, content_hash: str, versions: Collection[str]
    ) -> tuple[Lease, dict[str, Mapping[str, Any]]]:
        """Take or extend a lease as ``take_lease`` does and, if that is granted, the answers that analyzers gave for
        these bytes, by version, of those asked for."""
        arguments = {"item": item, "photo": photo, "holder": holder, "seconds": seconds}
        arguments |= {"content_hash": content_hash, "versions": list(versions)}
        row = _only(await self._service.call("aura_open_analysis", arguments, repeat=True))
        return Lease.of(row), _answers(row)

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
        return Reservation.of(_only(await self._service.call("aura_reserve_call", arguments)))

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
        at = await self._service.call("aura_woken", {}, repeat=True)
        return None if at is None else datetime.fromisoformat(at)

    async def prune(self) -> int:
        """Delete rows that have served; returns how many."""
        pruned = await self._service.call("aura_prune", {}, repeat=True)
        return int(pruned) + int(await self._service.call("aura_prune_renewals", {}, repeat=True))


def _answers(row: Row) -> dict[str, Mapping[str, Any]]:
    return {version: answer for version, answer in (row["answers"] or {}).items() if isinstance(answer, dict)}


def _only(rows: list[dict[str, Any]]) -> dict[str, Any]:
    return rows[0]
