"""What the daemon's parts need of the rest, as protocols: so that each can be tried without a database.

``aura.gateway.work.WorkLedger`` is the ledger in production; its methods raise
``aura.errors.Transient("database_unavailable")`` when the database is away and ``ConfigurationError`` when the
key is refused or the project is not migrated.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Protocol

from aura.gateway.work_rows import AuditPage, DirtyUser, OutstandingItem, OutstandingSummary
from handlers.work import Outcome, Work

Monotonic = Callable[[], float]
"""Seconds on a clock that never goes back; the event loop's, in production."""

Perform = Callable[[Work], Awaitable[Outcome]]
"""Does one piece of work; raises ``aura.errors.Failure`` when it could not."""


class CanaryLedger(Protocol):
    """Writes canaries."""

    async def beat(self, canary: str) -> int:
        """Write the canary's next beat; returns its number."""
        ...


class OutstandingLedger(Protocol):
    """The database's own account of what is outstanding."""

    async def outstanding_items(
        self, page_size: int, *, due_before: datetime | None = None, after: tuple[datetime, str] | None = None
    ) -> list[OutstandingItem]:
        """A page of items to analyse, oldest first; an empty page is the end."""
        ...

    async def outstanding_summary(self) -> OutstandingSummary:
        """How much is due and how old the oldest of it is."""
        ...

    async def dirty_users(self, page_size: int, *, after: str | None = None) -> list[DirtyUser]:
        """A page of people with style marks, by id; an empty page is the end."""
        ...

    async def woken(self) -> datetime | None:
        """When another process last told the daemons that something changed."""
        ...

    async def audit_style(self, page_size: int, *, after: str | None = None) -> AuditPage:
        """Mark the people of one page whose DNA does not match what it depends on."""
        ...

    async def prune(self) -> int:
        """Delete rows that have served; returns how many."""
        ...


class WakeLedger(Protocol):
    """Tells the daemons that something changed."""

    async def wake(self) -> bool:
        """Tell them; False when somebody did within the last second."""
        ...


class Ledger(CanaryLedger, OutstandingLedger, Protocol):
    """All that hearing needs of the database."""
