"""Works on what the queue hands out, and survives whatever happens to one piece of it.

Each failure is put where it will be tried again: ``RetryAt`` at its time, ``Transient`` after a growing pause,
and what nobody foresaw likewise, logged once with its trace. While the database is away the whole pool slows down
instead of burning through the queue. What cannot wait here is forgotten: the database lists it again when it is due.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime
from random import Random

import structlog

from aura.errors import AuraError, ConfigurationError, Failure, Permanent, RetryAt
from aura.roles import RoleHealth
from aura.settings import Settings
from aura.telemetry.metrics import Metrics
from consumer.backoff import full_jitter
from consumer.brake import Brake
from consumer.ports import Monotonic, Perform
from consumer.queue import Claim, QueueClosed, WorkQueue
from consumer.traces import told
from handlers.services import Services
from handlers.table import HANDLERS
from handlers.work import Outcome, Work

log = structlog.get_logger(__name__)

DATABASE_UNAVAILABLE = "database_unavailable"
UNEXPECTED = "unexpected"
TIMED_OUT = "timed_out"
PENDING_SECONDS = 1.0
# Whoever changes all the time, and has much, does not get their style computed all the time: at most a tenth of a
# worker's time is theirs. On a busy machine that time is mostly waiting, and nobody's style may lag behind for long.
STYLE_REST, STYLE_REST_MAX_SECONDS = 10.0, 10.0


class WorkerPool:
    """Runs ``concurrency`` workers until the queue drains."""

    def __init__(
        self,
        queue: WorkQueue,
        perform: Perform,
        settings: Settings,
        metrics: Metrics,
        *,
        clock: Monotonic,
        utc_now: Callable[[], datetime],
        random: Random,
    ) -> None:
        self._queue = queue
        self._perform = perform
        self._settings = settings.worker
        self._horizon = settings.reconcile.full_seconds
        self._timeout = _work_timeout(settings)
        self._metrics = metrics
        self._clock = clock
        self._utc_now = utc_now
        self._random = random
        self._brake = Brake(self._settings.retry_initial_seconds, self._settings.retry_max_seconds / 2, clock, random)

    @classmethod
    def of(cls, services: Services, queue: WorkQueue) -> WorkerPool:
        """The workers of a process; call it on the running event loop."""
        return cls(
            queue,
            lambda work: HANDLERS[work.kind](work, services),
            services.settings,
            services.metrics,
            clock=asyncio.get_running_loop().time,
            utc_now=services.clock,
            random=services.random,
        )

    async def run(self) -> None:
        """Work until the queue drains; cancelling gives up what is in hand (the database still lists it)."""
        async with asyncio.TaskGroup() as workers:
            for number in range(self._settings.concurrency):
                workers.create_task(self._work(), name=f"worker-{number}")

    def health(self) -> RoleHealth:
        """Ready unless the database is out of reach, or the queue's."""
        depth = self._queue.depth()
        details = {"waiting": depth.live + depth.backfill, "delayed": depth.delayed, "processing": depth.processing}
        reasons = tuple(trouble for trouble in (self._brake.trouble, self._queue.trouble) if trouble is not None)
        return RoleHealth(not reasons, reasons, details)

    async def _work(self) -> None:
        while True:
            await self._brake.wait()
            try:
                claim = await self._queue.take()
            except QueueClosed:
                return
            retry_in: float | None = 0.0
            began = self._clock()
            try:
                retry_in = await self._attend(claim)
            finally:
                self._queue.done(claim, retry_in=retry_in, rest=self._rest_after(claim.work, began))
                self._show()

    async def _attend(self, claim: Claim) -> float | None:
        """Work on one claim; returns after how many seconds to come back to it, if at all."""
        work, began = claim.work, self._clock()
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(work_id=f"{work.kind}:{work.key}")
        try:
            async with asyncio.timeout(self._timeout):
                outcome = await self._perform(work)
        except Exception as error:  # noqa: BLE001 - one piece of work never ends a worker
            retry_in = self._failed(claim, error)
        else:
            retry_in = self._succeeded(claim, outcome)
        self._metrics.work_seconds.labels(work.kind).observe(self._clock() - began)
        if retry_in is not None:
            self._metrics.retries.labels(work.kind).inc()
        return retry_in

    def _succeeded(self, claim: Claim, outcome: Outcome) -> float | None:
        self._brake.release()
        self._metrics.work.labels(claim.work.kind, outcome.status).inc()
        log.debug("work_done", kind=claim.work.kind, outcome=outcome.status, waited=round(claim.waited_seconds, 3))
        return PENDING_SECONDS if outcome.status == "pending" else None

    def _failed(self, claim: Claim, error: Exception) -> float | None:
        kind, code = claim.work.kind, _code(error)
        self._metrics.work.labels(kind, "error").inc()
        self._metrics.failures.labels(kind, code).inc()
        if isinstance(error, AuraError):
            log.info("work_put_off", kind=kind, code=code, reason=str(error), failures=claim.failures + 1)
        elif claim.failures == 0:
            log.error("work_failed", kind=kind, code=code, **told(error))
        else:
            log.warning(
                "work_failed_again", kind=kind, code=code, error=type(error).__name__, failures=claim.failures + 1
            )
        return self._come_back(claim, error)

    def _come_back(self, claim: Claim, error: Exception) -> float | None:
        """After how many seconds to try again; None where the database will say when."""
        if _stops_everything(error):
            self._brake.trip(str(error))
        match error:
            case RetryAt(at=at):
                delay = max(0.0, (at - self._utc_now()).total_seconds())
                return delay if delay <= self._horizon else None
            case Permanent():
                return None
        initial, cap = self._settings.retry_initial_seconds, self._settings.retry_max_seconds
        return full_jitter(claim.failures, base=initial, cap=cap, random=self._random)

    def _rest_after(self, work: Work, began: float) -> float:
        """How long a key rests that was worked on since ``began`` and was wished for again meanwhile. The seconds of
        an outage were no work."""
        if work.kind != "style_dna" or self._brake.tripped_at >= began:
            return 0.0
        return min(STYLE_REST * (self._clock() - began), STYLE_REST_MAX_SECONDS)

    def _show(self) -> None:
        depth = self._queue.depth()
        for state in ("live", "backfill", "delayed", "processing"):
            self._metrics.queue_depth.labels(state).set(getattr(depth, state))


def _stops_everything(error: Exception) -> bool:
    """Whether the next piece of work would fail of the same: the database is away, or refuses this process."""
    return isinstance(error, ConfigurationError) or _code(error) == DATABASE_UNAVAILABLE


def _code(error: Exception) -> str:
    match error:
        case Failure(code=code):
            return code
        case ConfigurationError():
            return "configuration"
        case TimeoutError():
            return TIMED_OUT
    return UNEXPECTED


def _work_timeout(settings: Settings) -> float:
    """The longest that one piece of work may take: the photo, each analyzer in its turn, and calls to the database."""
    analysis = settings.analysis
    asked = max(1, len(analysis.analyzer)) * (analysis.wait_seconds + analysis.timeout_seconds)
    database = analysis.lease_margin_seconds + 4 * settings.supabase.timeout_seconds
    return settings.photos.timeout_seconds + asked + database
