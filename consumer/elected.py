"""The consumer of many processes that share one queue: whoever has the lease hears, the others stand by.

A standby is a healthy process that asks for the lease, and passes on through the database what it is told of changes.
One that takes over builds a consumer from nothing, and so lists everything that happened in between; one that loses the
lease has closed its socket before another may open one.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, Protocol, Self

import structlog

from aura.errors import AuraError, Transient
from aura.gateway.leadership import Grant, LeadershipLease
from aura.telemetry.metrics import Metrics
from consumer.health import ConsumerHealth
from consumer.leadership import Leadership, Terms
from consumer.ports import Monotonic
from consumer.wake import WakeHints
from handlers.services import Services

log = structlog.get_logger(__name__)

TASK = "consumer"
RELEASE_SECONDS = 2.0


class LeadershipLedger(Protocol):
    """The lease in the database."""

    async def take_leadership(self, task: str, holder: str, seconds: float) -> Grant:
        """Take or renew the lease, or learn who has it."""
        ...

    async def release_leadership(self, task: str, holder: str) -> bool:
        """Give it up; False if another has it by now."""
        ...


class Hearing(Protocol):
    """What leads (``hearing.Consumer``)."""

    async def run(self) -> None:
        """Hear and reconcile until cancelled."""
        ...

    async def offer(self, change: Mapping[str, Any]) -> None:
        """Take a change that a webhook tells of."""
        ...

    def health(self) -> ConsumerHealth:
        """How it is."""
        ...


class ElectedConsumer:
    """The role. ``hearing`` makes what runs while this process, called ``holder``, has the lease.

    Args:
        clock: one that also goes on while the machine sleeps, where there is one (``steady_clock``).
    """

    def __init__(
        self,
        ledger: LeadershipLedger,
        hearing: Callable[[], Hearing],
        elsewhere: WakeHints,
        metrics: Metrics,
        *,
        holder: str,
        terms: Terms,
        clock: Monotonic,
    ) -> None:
        self._ledger = ledger
        self._make = hearing
        self._elsewhere = elsewhere
        self._metrics = metrics
        self._holder = holder
        self._clock = clock
        self._lease = Leadership(terms, ask_at=clock())
        self._hearing: Hearing | None = None
        self._task: asyncio.Task[None] | None = None
        self._asked = False
        self._may_lead = False
        self.trouble: AuraError | None = None

    @classmethod
    def of(cls, services: Services, hearing: Callable[[], Hearing]) -> Self:
        """The role of a process."""
        return cls(
            LeadershipLease(services.gateway),
            hearing,
            WakeHints(services.ledger, services.random),
            services.metrics,
            holder=services.holder,
            terms=Terms.of(services.settings.realtime.lease_seconds),
            clock=steady_clock,
        )

    async def run(self) -> None:
        """Stand by and lead, in turns, until cancelled; then let the next one lead at once.

        Raises:
            Exception: what the hearing ended of, which it never should.
        """
        async with self._elsewhere:
            try:
                while True:
                    await self._turn()
            finally:
                await self._stop()
                await self._release()

    async def offer(self, change: Mapping[str, Any]) -> None:
        """Take a change that a webhook tells of (``handlers.roles.Hints``): to whoever hears."""
        await (self._hearing or self._elsewhere).offer(change)

    def health(self) -> ConsumerHealth:
        """A standby is ready, as long as it can ask for the lease."""
        if self._hearing is not None:
            health = self._hearing.health()
            return ConsumerHealth(health.ready, health.reasons, {**health.details, "leader": True})
        details = {"state": "standby", "leader": False, "led_by": self._lease.held_by}
        if self.trouble is not None:
            return ConsumerHealth(False, (f"Cannot ask for the consumer's lease: {self.trouble}",), details)
        reasons = () if self._asked else ("The consumer's lease is being asked for.",)
        return ConsumerHealth(self._asked, reasons, details)

    async def _turn(self) -> None:
        if self._clock() >= self._lease.ask_at:
            await self._ask()
        if self._lease.leads(self._clock()):
            self._start()
        else:
            await self._stop()
        await self._rest()

    async def _ask(self) -> None:
        """One question; its answer counts from before it was sent."""
        sent_at = self._clock()
        self._may_lead = True
        try:
            async with asyncio.timeout(self._lease.patience(sent_at)):
                grant = await self._ledger.take_leadership(TASK, self._holder, self._lease.terms.lease)
        except TimeoutError:
            self._unanswered(Transient("database_unavailable", "The database did not answer in time."))
        except AuraError as error:
            self._unanswered(error)
        else:
            self._answered(grant, sent_at)

    def _answered(self, grant: Grant, sent_at: float) -> None:
        lease = self._lease
        self.trouble, self._asked = None, True
        if grant.leads:
            self._lease = lease.granted(sent_at)
            return
        self._may_lead = False
        self._lease = lease.refused(self._clock(), grant.held_by, grant.free_in)
        if lease.held_by != grant.held_by and grant.held_by is not None:
            log.info("standing_by", led_by=grant.held_by)

    def _unanswered(self, error: AuraError) -> None:
        if self.trouble is None:
            log.warning("lease_not_answered", reason=str(error))
        self.trouble = error
        self._lease = self._lease.unanswered(self._clock())

    def _start(self) -> None:
        if self._task is None:
            log.info("leading")
            self._hearing = self._make()
            self._task = asyncio.create_task(self._hearing.run(), name="hearing")
            self._metrics.leader.set(1)

    async def _stop(self) -> None:
        """End hearing; returns when its socket is closed. Where this is cancelled meanwhile, the next call waits on."""
        task = self._task
        if task is None:
            return
        if self._hearing is not None:
            self._hearing = None
            log.info("leading_no_more")
            task.cancel()
        await asyncio.wait([task])
        self._task = None
        _show_nothing_heard(self._metrics)
        if not task.cancelled() and (error := task.exception()) is not None:
            raise error

    async def _rest(self) -> None:
        """Until there is something to decide, or the hearing has ended, which ends the role."""
        now = self._clock()
        pause = max(0.0, self._lease.next_look(now) - now)
        if self._task is None:
            await asyncio.sleep(pause)
            return
        done, _ = await asyncio.wait([self._task], timeout=pause)
        if done:
            await self._stop()
            raise AssertionError("unreachable: hearing only ends by raising")

    async def _release(self) -> None:
        """Also what a question may have got that was cut off; unanswered, the lease runs out by itself."""
        if self._may_lead:
            with suppress(AuraError, TimeoutError):
                async with asyncio.timeout(RELEASE_SECONDS):
                    await self._ledger.release_leadership(TASK, self._holder)


def _show_nothing_heard(metrics: Metrics) -> None:
    """What the last tenure showed would look like the present."""
    for gauge in (
        metrics.leader,
        metrics.live,
        metrics.canary_age,
        metrics.inbox_depth,
        metrics.renewals,
        metrics.oldest_renewal,
    ):
        gauge.set(0)
    for labelled in (metrics.state, metrics.outstanding, metrics.oldest_outstanding):
        labelled.clear()


def steady_clock() -> float:
    """Seconds that never go back; on Linux they also count while the machine sleeps."""
    boot: int = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
    return time.clock_gettime(boot)
