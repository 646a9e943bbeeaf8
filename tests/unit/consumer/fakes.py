"""A database's account and a Realtime service in memory, for tests in virtual time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from aura.errors import AuraError, Transient
from aura.gateway.work_rows import AuditPage, DirtyUser, OutstandingItem, OutstandingSummary
from consumer.changes import Change
from consumer.doubts import Cause, Doubt
from consumer.subscription import Listener

EPOCH = datetime(2026, 1, 1, tzinfo=UTC)


def utc_now() -> datetime:
    """The wall clock in step with the event loop's."""
    return EPOCH + timedelta(seconds=asyncio.get_running_loop().time())


def item(number: int, *, backfill: bool = False, due_in: float | None = None, again: bool = False) -> OutstandingItem:
    """An outstanding item; later numbers are younger."""
    due_at = None if due_in is None else utc_now() + timedelta(seconds=due_in)
    created = EPOCH + timedelta(milliseconds=number)
    return OutstandingItem(f"item-{number:06d}", f"user-{number % 7}", created, due_at, again, backfill)


@dataclass
class FakeLedger:
    """Lists what it is given; fails while ``away`` is set, or for calls named in ``fails``."""

    items: list[OutstandingItem] = field(default_factory=list)
    users: list[str] = field(default_factory=list)
    audit: list[AuditPage] = field(default_factory=list)
    renewals: list[datetime] = field(default_factory=list)
    woken_at: datetime | None = None
    away: AuraError | None = None
    fails: dict[str, AuraError] = field(default_factory=dict)
    beats: int = 0
    on_beat: Callable[[str, int], None] = lambda _canary, _beat: None
    calls: list[tuple[str, float]] = field(default_factory=list)
    seconds: float = 0.0
    _running: int = 0

    async def outstanding_items(
        self, page_size: int, *, due_before: datetime | None = None, after: tuple[datetime, str] | None = None
    ) -> list[OutstandingItem]:
        await self._called("items")
        due = due_before or utc_now()
        listed = sorted((each for each in self.items if each.due_at is None or each.due_at <= due), key=_cursor)
        return [each for each in listed if after is None or each.cursor > after][:page_size]

    async def outstanding_summary(self) -> OutstandingSummary:
        await self._called("summary")
        oldest = min((each.created_at for each in self.items), default=None)
        oldest_renewal = min(self.renewals, default=None)
        return OutstandingSummary(len(self.items), oldest, len(self.users), None, len(self.renewals), oldest_renewal)

    async def dirty_users(self, page_size: int, *, after: str | None = None) -> list[DirtyUser]:
        await self._called("marks")
        return [DirtyUser(user, EPOCH) for user in sorted(self.users) if after is None or user > after][:page_size]

    async def woken(self) -> datetime | None:
        await self._called("woken")
        return self.woken_at

    async def audit_style(self, page_size: int, *, after: str | None = None) -> AuditPage:
        await self._called("audit")
        return self.audit.pop(0) if self.audit else AuditPage(None, 0, 0)

    async def prune(self) -> int:
        await self._called("prune")
        return 0

    async def beat(self, canary: str) -> int:
        await self._called("beat")
        self.beats += 1
        self.on_beat(canary, self.beats)
        return self.beats

    def times(self, name: str) -> list[float]:
        """When ``name`` was called."""
        return [at for called, at in self.calls if called == name]

    async def _called(self, name: str) -> None:
        self.calls.append((name, asyncio.get_running_loop().time()))
        if name in ("items", "marks", "summary"):
            assert not self._running, "two reconcile runs at once"
            self._running += 1
            await asyncio.sleep(self.seconds)
            self._running -= 1
        trouble = self.away or self.fails.get(name)
        if trouble is not None:
            raise trouble


def _cursor(listed: OutstandingItem) -> tuple[datetime, str]:
    return listed.cursor


def database_away() -> Transient:
    return Transient("database_unavailable", "The database is away.")


class FakeSubscription:
    """A subscription that a ``FakeRealtime`` holds the strings of."""

    def __init__(self, realtime: FakeRealtime, listener: Listener) -> None:
        self.listener = listener
        self.open = False
        self.hears = True
        self._realtime = realtime
        self._ended: asyncio.Future[Doubt] = asyncio.get_running_loop().create_future()

    async def run(self) -> Doubt:
        realtime = self._realtime
        if realtime.refusal is not None:
            await asyncio.sleep(0.1)
            return realtime.refusal
        try:
            await asyncio.sleep(0.2)
            self.listener.joined()
            await asyncio.sleep(0.3)
            self.open = True
            realtime.most_open = max(realtime.most_open, len(realtime.open))
            self.hears = realtime.successors_hear
            self.listener.system_ok()
            return await self._ended
        finally:
            self.open = False

    def end(self, cause: Cause = Cause.SOCKET_LOST) -> None:
        if not self._ended.done():
            self._ended.set_result(Doubt(cause, "a test ended it"))


@dataclass
class FakeRealtime:
    """Delivers canaries (and whatever a test says) to every open subscription that hears."""

    delay: float = 0.1
    refusal: Doubt | None = None
    successors_hear: bool = True
    most_open: int = 0
    made: list[tuple[float, FakeSubscription]] = field(default_factory=list)

    def subscribe(self, listener: Listener) -> FakeSubscription:
        made = FakeSubscription(self, listener)
        self.made.append((asyncio.get_running_loop().time(), made))
        return made

    @property
    def open(self) -> list[FakeSubscription]:
        return [each for _, each in self.made if each.open]

    def canary(self, canary: str, beat: int) -> None:
        self.tell(Change("aura_canary", "UPDATE", {"id": canary, "beat": beat}))

    def tell(self, change: Change) -> None:
        for each in self.open:
            if each.hears:
                asyncio.get_running_loop().call_later(self.delay, each.listener.change, change)
