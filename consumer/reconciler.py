"""Lists what the database says is outstanding and puts it into the queue: the half of the promise that cannot miss.

Level-triggered: a listing needs no memory of what was heard or lost before it. It holds one page at a time, stops
when the queue is full and comes again, and never runs twice at once; its cost follows the outstanding work.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence, Set
from contextlib import suppress
from datetime import datetime, timedelta
from random import Random

import structlog

from aura.errors import AuraError
from aura.gateway.work_rows import OutstandingItem, OutstandingSummary
from aura.settings.model import ReconcileSettings
from aura.telemetry.metrics import Metrics
from consumer.announced import Announced
from consumer.doubts import Cause
from consumer.keyed_queue import Key
from consumer.ports import Monotonic, OutstandingLedger
from consumer.queue import Priority, WorkQueue
from consumer.timetable import AUDIT, MARKS, PRUNE, Round, Timetable
from handlers.work import Work

log = structlog.get_logger(__name__)

LIVE, BACKFILL, WAKE, UNACCOUNTED = "live", "backfill", "wake", "unaccounted"  # causes, beside those of gaps


class Reconciler:
    """Runs for ever. ``is_live`` says whether changes are heard; while they are not, it lists every few seconds.
    ``trouble`` is what the last round failed of, if it did; ``summary`` the last account of what is due, as of
    ``summary_at`` (UTC)."""

    def __init__(
        self,
        ledger: OutstandingLedger,
        queue: WorkQueue,
        announced: Announced,
        settings: ReconcileSettings,
        *,
        is_live: Callable[[], bool],
        clock: Monotonic,
        utc_now: Callable[[], datetime],
        random: Random,
        metrics: Metrics,
    ) -> None:
        self._ledger = ledger
        self._queue = queue
        self._announced = announced
        self._settings = settings
        self._is_live = is_live
        self._clock = clock
        self._utc_now = utc_now
        self._metrics = metrics
        self._timetable = Timetable(settings, clock(), random)
        self._news = asyncio.Event()
        self._heard_since_start = False
        self._past_backfill: tuple[datetime, str] | None = None
        self._audited: str | None = None
        self._listed_at = float("-inf")
        self._out_of_reach = 0
        self._woken_at: datetime | None = None
        self.trouble: AuraError | None = None
        self.summary: OutstandingSummary | None = None
        self.summary_at: datetime | None = None

    def became_live(self) -> None:
        """Changes are heard again: list what came before, at once."""
        self._ask(LIVE, 0.0)

    def gap(self, cause: Cause) -> None:
        """Changes may have been missed: list soon; what else goes wrong meanwhile shares the listing."""
        self._ask(cause.value, self._settings.debounce_seconds)

    def marks_changed(self) -> None:
        """Somebody's style may have changed, nobody said whose."""
        self._ask(MARKS, self._settings.debounce_seconds)

    def woken(self) -> None:
        """Another process was told of a change: list soon, but no more often than while nothing is heard."""
        rest = self._settings.while_deaf_seconds - (self._clock() - self._listed_at)
        self._ask(WAKE, max(self._settings.debounce_seconds, rest))

    def heard(self) -> None:
        """A change came: take account soon, for where changes are many Realtime drops some without a word."""
        if not self._timetable.is_asked(MARKS):
            self._ask(MARKS, self._settings.while_deaf_seconds)

    def no_room(self) -> None:
        """The queue had to refuse work: list again when it had time to empty."""
        self._ask(Cause.QUEUE_FULL.value, self._settings.while_deaf_seconds)

    async def run(self) -> None:
        """Reconcile until cancelled."""
        while True:
            self._count_missed()
            self._resume_backfill()
            due = self._timetable.due(self._clock(), live=self._is_live())
            if due is None:
                await self._rest()
            else:
                await self._reconcile(due)

    async def _reconcile(self, due: Round) -> None:
        began = self._clock()
        try:
            await self._carry_out(due)
        except AuraError as error:
            self._metrics.reconcile_failures.inc()
            self._note(error)
            self._timetable.failed(due, self._clock())
        else:
            self._note(None)
        finally:
            self._metrics.reconcile_seconds.observe(self._clock() - began)

    async def _carry_out(self, planned: Round) -> None:
        woken_at = await self._ledger.woken() if planned.marks else self._woken_at
        woken = not planned.items and woken_at not in (None, self._woken_at)
        due = Round(planned.causes | {WAKE}) if woken else planned
        for cause in due.causes:
            self._metrics.reconcile_runs.labels(cause).inc()
        if due.items:
            await self._list_items(due)
            self._woken_at = woken_at
        if due.marks:
            await self._list_marks()
            await self._account(listed=due.items)
        if not self._queue.room:
            self.no_room()
        if PRUNE in due.causes:
            await self._ledger.prune()
        audit_continues = AUDIT in due.causes and await self._audit_page()
        self._timetable.done(due, self._clock())
        if audit_continues:
            self._timetable.continue_audit(self._clock())

    async def _list_items(self, due: Round) -> None:
        async for page in self._item_pages(due):
            known = await self._queue.known(map(_analysis, page))
            self._look_again(UNACCOUNTED, [self._take_up_item(item, known) for item in page])
        self._heard_since_start = self._heard_since_start or self._is_live()
        self._listed_at = self._clock()

    async def _item_pages(self, due: Round) -> AsyncIterator[list[OutstandingItem]]:
        """The pages, while the queue has room. Only a full round reads through a backfill that has none there."""
        size = self._settings.page_size
        due_before = self._utc_now() + timedelta(seconds=self._settings.full_seconds) if due.full else None
        after = None if due.full else self._past_backfill
        if due.full:
            self._past_backfill = None
        more = True
        while more and self._queue.room:
            page = await self._ledger.outstanding_items(size, due_before=due_before, after=after)
            yield page
            more = len(page) == size
            after = page[-1].cursor if more else None

    def _look_again(self, cause: str, news: Sequence[bool]) -> None:
        """Where something was found that nothing had announced there may be more to find."""
        if any(news) and self._heard_since_start:
            self._ask(cause, self._settings.while_deaf_seconds)

    def _take_up_item(self, item: OutstandingItem, known: Set[Key]) -> bool:
        """Whether nothing had announced it."""
        work = _analysis(item)
        self._metrics.reconcile_found.labels(work.kind).inc()
        if work.identity in known:
            return False
        priority = Priority.BACKFILL if item.backfill else Priority.LIVE
        taken = self._queue.add(work, priority=priority, delay=self._delay_until(item.due_at))
        if item.backfill and not taken:
            self._past_backfill = item.cursor
        return self._announce(item)

    def _announce(self, item: OutstandingItem) -> bool:
        """Only what happened while changes were heard, and is not a retry, could have been announced."""
        key = ("analyze_item", item.id)
        if not self._heard_since_start or item.backfill or item.again or item.due_at is not None:
            self._announced.heard(key, self._clock())
            return False
        return self._announced.found(key, self._clock())

    async def _list_marks(self) -> None:
        size, after, more = self._settings.page_size, None, True
        while more and self._queue.room:
            page = await self._ledger.dirty_users(size, after=after)
            works = [Work("style_dna", dirty.user_id, owner=dirty.user_id) for dirty in page]
            known = await self._queue.known(works)
            self._look_again(MARKS, [self._take_up_user(work, known) for work in works])
            more = len(page) == size
            after = page[-1].user_id if more else None

    def _take_up_user(self, work: Work, known: Set[Key]) -> bool:
        self._metrics.reconcile_found.labels(work.kind).inc()
        return work.identity not in known and self._queue.add(work, priority=Priority.BACKFILL)

    async def _account(self, *, listed: bool) -> None:
        """Count what is due. More of it outside the queue than a listing left there was missed by Realtime, and that
        shows here before a canary is late."""
        self.summary = summary = await self._ledger.outstanding_summary()
        self.summary_at = self._utc_now()
        unaccounted = max(0, summary.items - await self._queue.held("analyze_item"))
        if unaccounted > self._out_of_reach and not listed:
            self._ask(UNACCOUNTED, 0.0)
        else:
            self._out_of_reach = unaccounted
        self._show(summary)

    def _show(self, summary: OutstandingSummary) -> None:
        metrics = self._metrics
        metrics.outstanding.labels("analyze_item").set(summary.items)
        metrics.outstanding.labels("style_dna").set(summary.marks)
        metrics.oldest_outstanding.labels("analyze_item").set(self._age(summary.oldest_item_at))
        metrics.oldest_outstanding.labels("style_dna").set(self._age(summary.oldest_mark_at))
        metrics.renewals.set(summary.renewals)
        metrics.oldest_renewal.set(self._age(summary.oldest_renewal_at))

    async def _audit_page(self) -> bool:
        """Check one page of people; whether there is another."""
        page = await self._ledger.audit_style(self._settings.page_size, after=self._audited)
        self._audited = page.last_user
        if page.marked:
            log.warning("style_audit_found", marked=page.marked, checked=page.checked)
            self.marks_changed()
        return page.last_user is not None

    def _resume_backfill(self) -> None:
        """Go back for the backfill that there was no room for, once little of it is left in the queue."""
        if self._past_backfill is not None and self._queue.depth().backfill < self._settings.page_size:
            self._past_backfill = None
            self._ask(BACKFILL, 0.0)

    def _count_missed(self) -> None:
        missed = self._announced.missed(self._clock())
        if missed:
            self._metrics.events_missed.labels("analyze_item").inc(missed)
            self._metrics.gaps.labels(Cause.MISSED_FOUND.value).inc()
            log.warning("events_missed", items=missed)

    def _note(self, trouble: AuraError | None) -> None:
        if trouble is not None and str(trouble) != str(self.trouble):
            log.warning("reconcile_failed", reason=str(trouble))
        elif trouble is None and self.trouble is not None:
            log.info("reconcile_works_again")
        self.trouble = trouble

    def _delay_until(self, moment: datetime | None) -> float:
        return 0.0 if moment is None else max(0.0, (moment - self._utc_now()).total_seconds())

    def _age(self, moment: datetime | None) -> float:
        return 0.0 if moment is None else max(0.0, (self._utc_now() - moment).total_seconds())

    def _ask(self, cause: str, after: float) -> None:
        self._timetable.ask(cause, self._clock(), after=after)
        self._news.set()

    async def _rest(self) -> None:
        self._news.clear()
        pause = self._timetable.next_due(live=self._is_live()) - self._clock()
        # At most a second: whether changes are heard, and so what is due, changes without notice.
        with suppress(TimeoutError):
            async with asyncio.timeout(min(1.0, max(0.0, pause))):
                await self._news.wait()


def _analysis(item: OutstandingItem) -> Work:
    return Work("analyze_item", item.id, owner=item.user_id, again=item.again)
