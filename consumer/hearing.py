"""The consumer role put together: hears changes, finds the missed ones, and keeps the queue filled with both.

Start: subscribe, wait until that is provably live, list what is outstanding, then follow the changes. From then on
whatever goes wrong with hearing costs seconds, because the outstanding lists are read instead.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from random import Random
from typing import Any
from uuid import uuid4

from aura.settings import Settings
from aura.telemetry.metrics import Metrics
from consumer.announced import Announced
from consumer.attempt import Attempt
from consumer.backoff import Backoff
from consumer.canary import Canary
from consumer.changes import Change, parse_change
from consumer.doubts import Cause
from consumer.health import ConsumerHealth, judge
from consumer.inbox import Inbox
from consumer.liveness import Timing
from consumer.ports import Ledger, Monotonic
from consumer.queue import Priority, WorkQueue
from consumer.reconciler import Reconciler
from consumer.router import (
    STYLE_TABLES,
    canary_beat,
    is_wake,
    needs_marks_listed,
    route,
)
from consumer.subscription import Address, Subscription
from consumer.supervisor import Supervisor
from handlers.services import Services
from handlers.work import Work

# So many changes are routed before the event loop gets a turn: about a millisecond's worth.
BATCH = 100
# Changes of one person's style come in bursts (an insert, then its tags): let them share one computation.
STYLE_DELAY_SECONDS = 5.0


@dataclass(slots=True)
class Hearing:
    """Where changes and verdicts go: the ``Effects`` of the supervisor, and the pump behind the inbox."""

    queue: WorkQueue
    metrics: Metrics
    clock: Monotonic
    inbox: Inbox[tuple[Attempt | None, Change]]
    announced: Announced
    reconciler: Reconciler = field(init=False)
    canary: Canary = field(init=False)

    def heard(self, attempt: Attempt, change: Change) -> None:
        """Called by the socket's reader: put it aside, or count it as lost."""
        if not self.inbox.put((attempt, change), always=canary_beat(change) is not None):
            self.gap(Cause.INBOX_FULL)

    def told(self, change: Change) -> None:
        """A webhook tells of a change. It says nothing about how well we hear, and is trusted with a hint alone."""
        if change.table in STYLE_TABLES and not self.inbox.put((None, change)):
            self.gap(Cause.INBOX_FULL)

    def gap(self, cause: Cause) -> None:
        """Count what may have been lost, and have the lists read."""
        self.metrics.gaps.labels(cause.value).inc()
        self.reconciler.gap(cause)

    def became_live(self) -> None:
        """Have everything listed that came before."""
        self.reconciler.became_live()

    def beat_now(self) -> None:
        """Have a canary written."""
        self.canary.beat_now()

    async def pump(self) -> None:
        """Route what the inbox holds, for ever."""
        while True:
            for attempt, change in await self.inbox.take(BATCH):
                if attempt is None:
                    self._follow(change)
                else:
                    self._route(attempt, change)
            self.metrics.inbox_depth.set(len(self.inbox))
            await asyncio.sleep(0)

    def _route(self, attempt: Attempt, change: Change) -> None:
        beat = canary_beat(change)
        if beat is not None:
            attempt.canary_seen(beat)
            return
        self.metrics.changes.labels(change.table, change.type).inc()
        self.reconciler.heard()
        if is_wake(change):
            self.reconciler.woken()
        if change.errors:
            attempt.damaged()
        for work in self._follow(change):
            self.announced.heard(work.identity, self.clock())

    def _follow(self, change: Change) -> Sequence[Work]:
        """Wish for the work that a change calls for; returns it."""
        if needs_marks_listed(change):
            self.reconciler.marks_changed()
        called_for = route(change)
        for work in called_for:
            self._hint(work)
        return called_for

    def _hint(self, work: Work) -> None:
        if not self._wish(work):
            self.metrics.queue_dropped.inc()
            self.metrics.gaps.labels(Cause.QUEUE_FULL.value).inc()
            self.reconciler.no_room()

    def _wish(self, work: Work) -> bool:
        if work.kind == "style_dna":
            return self.queue.add(work, priority=Priority.BACKFILL, delay=STYLE_DELAY_SECONDS)
        return self.queue.add(work)


class Consumer:
    """The role. Its parts are essential: the first that ends ends ``run``.

    Raises:
        ConfigurationError: the project's URL or service key is not set.
    """

    def __init__(
        self,
        settings: Settings,
        ledger: Ledger,
        queue: WorkQueue,
        metrics: Metrics,
        *,
        clock: Monotonic,
        utc_now: Callable[[], datetime],
        random: Random,
    ) -> None:
        canary_id = str(uuid4())
        self._settings = settings
        self._address = Address.of(settings, "aura", canary_id)
        self._hearing = hearing = Hearing(queue, metrics, clock, Inbox(settings.realtime.inbox_size), Announced())
        self._supervisor = Supervisor(
            lambda listener: Subscription(self._address, listener),
            hearing,
            timing=_timing(settings),
            backoff=_backoff(settings, random),
            clock=clock,
            metrics=metrics,
        )
        self._canary = hearing.canary = _canary(settings, ledger, canary_id, clock, random)
        self._reconciler = hearing.reconciler = Reconciler(
            ledger,
            queue,
            hearing.announced,
            settings.reconcile,
            is_live=lambda: self._supervisor.live,
            clock=clock,
            utc_now=utc_now,
            random=random,
            metrics=metrics,
        )

    @classmethod
    def of(cls, services: Services, queue: WorkQueue) -> Consumer:
        """The consumer of a process; call it on the running event loop."""
        return cls(
            services.settings,
            services.ledger,
            queue,
            services.metrics,
            clock=asyncio.get_running_loop().time,
            utc_now=services.clock,
            random=services.random,
        )

    async def run(self) -> None:
        """Hear and reconcile until cancelled."""
        async with asyncio.TaskGroup() as parts:
            parts.create_task(self._hearing.pump(), name="pump")
            parts.create_task(self._reconciler.run(), name="reconciler")
            parts.create_task(self._canary.run(self._supervisor), name="canary")
            parts.create_task(self._supervisor.run(), name="supervisor")

    async def offer(self, change: Mapping[str, Any]) -> None:
        """Take a change that a webhook tells of (``handlers.roles.Hints``)."""
        parsed = parse_change({"data": change})
        if parsed is not None and change.get("schema") == "public":
            self._hearing.told(parsed)

    def health(self) -> ConsumerHealth:
        """Computed from progress: canaries that came round, work that is not left lying."""
        return judge(self._supervisor, self._canary, self._reconciler, self._settings.ops.oldest_outstanding_seconds)


def _canary(settings: Settings, ledger: Ledger, canary_id: str, clock: Monotonic, random: Random) -> Canary:
    return Canary(
        ledger,
        canary_id,
        interval=settings.realtime.canary_interval_seconds,
        hurry=settings.reconcile.while_deaf_seconds,
        clock=clock,
        random=random,
    )


def _timing(settings: Settings) -> Timing:
    realtime = settings.realtime
    return Timing(
        interval=realtime.canary_interval_seconds,
        late=realtime.canary_late_seconds,
        dead=realtime.canary_dead_seconds,
        rebuild_every=realtime.rebuild_min_interval_seconds,
    )


def _backoff(settings: Settings, random: Random) -> Backoff:
    realtime = settings.realtime
    return Backoff(
        base=realtime.backoff_initial_seconds,
        cap=realtime.backoff_max_seconds,
        healthy_after=realtime.healthy_after_seconds,
        random=random,
    )
