"""Shows what could not be analysed, and why, in a form for people or for programs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from rich.table import Table

from aura.gateway.analyses import FailureRecord
from aura.gateway.work import WorkLedger
from handlers.terminal import as_written

# aura_retry_failures takes at most this many at a time.
AT_ONCE = 2000


def as_json(failure: FailureRecord) -> dict[str, Any]:
    """One failure for programs: times in ISO 8601, no photo (its address may be a private one)."""
    fields = {name: value for name, value in asdict(failure).items() if name != "photo"}
    return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in fields.items()}


def as_table(failures: Iterable[FailureRecord], now: datetime) -> Table:
    """Failures for people, one a line."""
    table = Table("item", "code", "what happened", "tries", "since", "next try")
    for failure in failures:
        following = "never" if failure.permanent else _until(failure.next_attempt_at, now)
        since = f"{failure.first_failed_at:%Y-%m-%d %H:%M}"
        message = as_written(failure.message)
        table.add_row(failure.item_id, failure.code, message, str(failure.attempts), since, following)
    return table


def _until(moment: datetime, now: datetime) -> str:
    seconds = (moment - now).total_seconds()
    if seconds <= 0:
        return "now"
    return f"in {seconds / 60:.0f} min" if seconds >= 60 else f"in {seconds:.0f} s"


async def retry_all(ledger: WorkLedger, items: Sequence[str] | None) -> int:
    """Make failures due now, the named ones or all; returns how many. The database takes some at a time."""
    total = 0
    while True:
        retried = await ledger.retry_failures(items)
        total += retried
        if retried < AT_ONCE:
            return total
