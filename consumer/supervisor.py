"""Keeps one subscription alive for ever, by replacing it at the first doubt.

A subscription that ended is followed by another, built from nothing, after a growing and jittered pause. One that
is deaf, though its socket is open, is dropped only when its successor hears, so that a wrong suspicion costs
nothing; that hand-over (two subscriptions at most) happens at most once a minute, because an overloaded server must
not be rebuilt into a longer outage. Causes that only a person can mend are said once, stay visible in ``trouble``,
and are tried again all the same.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

import structlog

from aura.telemetry.metrics import Metrics
from consumer import liveness
from consumer.attempt import Attempt, Effects, Runnable
from consumer.backoff import Backoff
from consumer.doubts import Cause, Doubt
from consumer.liveness import Action, State, Timing
from consumer.ports import Monotonic
from consumer.subscription import Listener
from consumer.traces import told

log = structlog.get_logger(__name__)

TICK_SECONDS = 0.5


class Supervisor:
    """Runs for ever. ``subscribe`` makes a fresh subscription that reports to the listener it is given."""

    def __init__(
        self,
        subscribe: Callable[[Listener], Runnable],
        effects: Effects,
        *,
        timing: Timing,
        backoff: Backoff,
        clock: Monotonic,
        metrics: Metrics,
    ) -> None:
        self.trouble: Doubt | None = None
        self._subscribe = subscribe
        self._effects = effects
        self._timing = timing
        self._backoff = backoff
        self._clock = clock
        self._metrics = metrics
        self._attempts: list[Attempt] = []
        self._dropped: set[asyncio.Task[Doubt]] = set()
        self._news = asyncio.Event()
        self._start_at = clock()
        self._handed_over_at: float | None = None
        self._successor_wanted = False
        self._proved_at: float | None = None

    async def run(self) -> None:
        """Keep a subscription until cancelled; then close whatever is open."""
        try:
            while True:
                self._news.clear()
                self._turn(self._clock())
                await self._wait()
        finally:
            await self._drop_all()

    @property
    def live(self) -> bool:
        """Whether changes are provably heard."""
        return any(attempt.live for attempt in self._attempts)

    @property
    def unproved(self) -> bool:
        """Whether a subscription waits for a canary to prove it."""
        return any(attempt.liveness.state in (State.PROVING, State.DEAF) for attempt in self._attempts)

    @property
    def state(self) -> State:
        """The best state that a subscription is in."""
        states = {attempt.liveness.state for attempt in self._attempts}
        order = (State.LIVE, State.DEAF, State.PROVING, State.JOINED, State.CONNECTING)
        return next((state for state in order if state in states), State.ENDED)

    @property
    def canary_age(self) -> float | None:
        """Seconds since a canary last came round; None before the first."""
        return None if self._proved_at is None else self._clock() - self._proved_at

    def canary_written(self, beat: int, written_at: float) -> None:
        """See ``canary.Proving``."""
        for attempt in self._attempts:
            self.apply(attempt.liveness.canary_written(beat, written_at, self._clock()))

    def canary_unwritten(self) -> None:
        """See ``canary.Proving``."""
        for attempt in self._attempts:
            self.apply(attempt.liveness.canary_unwritten())

    def apply(self, actions: Sequence[Action]) -> None:
        """Carry out what the verdict on a subscription calls for."""
        for action in actions:
            self._carry_out(action)
        if actions:
            self._news.set()

    def _carry_out(self, action: Action) -> None:
        match action:
            case liveness.Reconcile(cause):
                self._effects.gap(cause)
            case liveness.BecameLive():
                self._on_live()
            case liveness.BecameDeaf(cause):
                log.warning("subscription_deaf", cause=cause.value)
            case liveness.Rebuild():
                self._successor_wanted = True
            case liveness.WriteCanary():
                self._effects.beat_now()
            case liveness.CanaryReturned(seconds):
                self._proved_at = self._clock()
                self._metrics.canary.observe(seconds)

    def _turn(self, now: float) -> None:
        for attempt in list(self._attempts):
            if attempt.task is not None and attempt.task.done():
                self._bury(attempt, attempt.task, now)
            else:
                self.apply(attempt.liveness.tick(now))
        self._settle_hand_over(now)
        if not self._attempts and now >= self._start_at:
            self._start()
        self._show()

    def _settle_hand_over(self, now: float) -> None:
        """The successor replaces the old one once it hears, or goes again if the old one does; deaf both, the
        younger stays."""
        if len(self._attempts) == 2:
            old, new = self._attempts
            if new.live or (not old.live and new.liveness.overdue(now) >= self._timing.dead):
                self._drop(old)
            elif old.live:
                self._drop(new)
        if self._may_hand_over(now):
            self._handed_over_at = now
            self._successor_wanted = False
            log.warning("subscription_replacing", cause=Cause.CANARY_DEAD.value)
            self._start()

    def _may_hand_over(self, now: float) -> bool:
        if self.live or len(self._attempts) != 1:
            self._successor_wanted = False
        rested = self._handed_over_at is None or now - self._handed_over_at >= self._timing.rebuild_every
        return self._successor_wanted and rested

    def _start(self) -> None:
        attempt = Attempt(self._timing, self._clock, act=self.apply, hear=self._effects.heard)
        attempt.task = asyncio.create_task(self._subscribe(attempt).run(), name="subscription")
        attempt.task.add_done_callback(lambda _task: self._news.set())
        self._attempts.append(attempt)

    def _bury(self, attempt: Attempt, task: asyncio.Task[Doubt], now: float) -> None:
        doubt = _verdict(task)
        healthy_for = attempt.liveness.live_for(now)
        self._attempts.remove(attempt)
        self._metrics.subscriptions.labels(doubt.cause.value).inc()
        self.apply(attempt.liveness.ended(doubt))
        delay = self._backoff.delay_after(healthy_for, rate_limited=doubt.rate_limited)
        self._start_at = now + delay
        self._tell(doubt, delay)

    def _tell(self, doubt: Doubt, delay: float) -> None:
        """A cause that only a person can mend is an error, said once; everything else passes."""
        if doubt.remedy is None:
            log.warning("subscription_ended", cause=doubt.cause.value, detail=doubt.detail, next_in=round(delay, 2))
        elif self.trouble is None or self.trouble.remedy != doubt.remedy:
            log.error("subscription_refused", cause=doubt.cause.value, detail=doubt.detail, remedy=doubt.remedy)
        self.trouble = doubt

    def _on_live(self) -> None:
        self.trouble = None
        log.info("subscription_live")
        self._effects.became_live()

    def _drop(self, attempt: Attempt) -> None:
        self._attempts.remove(attempt)
        self._metrics.subscriptions.labels("replaced").inc()
        if attempt.task is not None:
            attempt.task.cancel()
            self._dropped.add(attempt.task)
            attempt.task.add_done_callback(self._dropped.discard)

    async def _drop_all(self) -> None:
        for attempt in list(self._attempts):
            self._drop(attempt)
        await asyncio.gather(*self._dropped, return_exceptions=True)

    async def _wait(self) -> None:
        try:
            async with asyncio.timeout(TICK_SECONDS):
                await self._news.wait()
        except TimeoutError:
            pass

    def _show(self) -> None:
        present = self.state
        self._metrics.live.set(self.live)
        for state in State:
            self._metrics.state.labels(state.value).set(state is present)
        if (age := self.canary_age) is not None:
            self._metrics.canary_age.set(age)


def _verdict(task: asyncio.Task[Doubt]) -> Doubt:
    """How a subscription ended. It only ever returns; anything else is a defect that must not end all hearing."""
    error = asyncio.CancelledError() if task.cancelled() else task.exception()
    if error is None:
        return task.result()
    log.error("subscription_failed", **told(error))
    return Doubt(Cause.LISTENER_ENDED, f"subscription raised {type(error).__name__}")
