"""Hands out turns at a service: as many at a time as it bears, none while it is out, one to see if it is back.

The thin shell around two values, ``Breaker`` and ``Concurrency``. One guard per service and process, on one event
loop. Each process learns by itself; what must hold for all processes together (money, a quota that is spent) is in the
database, and a guard is told of it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeVar

import structlog

from aura.errors import Failure, Permanent, RetryAt, Transient
from aura.vision.guarding.breaker import Breaker, BreakerPolicy, State, Ticket, Trouble
from aura.vision.guarding.concurrency import Concurrency

log = structlog.get_logger(__name__)
T = TypeVar("T")

QUOTA = "analyzer_quota"
STARTS_WITH = 8


@dataclass(frozen=True, slots=True)
class GuardPolicy:
    """``most_at_once``: the ceiling of the adaptive limit, which begins at 8 or below."""

    breaker: BreakerPolicy = field(default_factory=BreakerPolicy)
    most_at_once: int = 16


@dataclass(frozen=True, slots=True)
class GuardState:
    """What to show of a guard. ``until``: not asked before that; None while it is asked."""

    name: str
    breaker: State
    until: datetime | None
    places: int
    under_way: int


class Turn:
    """The right to ask once."""

    def __init__(self, guard: AnalyzerGuard, ticket: Ticket, asked_in: int) -> None:
        self._guard = guard
        self.ticket = ticket
        self.asked_in = asked_in
        self.judged = False

    async def ask(self, question: Awaitable[T]) -> T:
        """The answer to ``question``; how it ends is what the guard learns from. Being cancelled teaches nothing."""
        try:
            answer = await question
        except Exception as error:
            self._guard.learn(self, error)
            raise
        self._guard.learn(self, None)
        return answer


class AnalyzerGuard:
    """Guards the analyzer called ``name``.

    Args:
        clock: the present moment (aware, UTC).
        chance: a random number from 0 to 1.
        watch: told of every change.
    """

    def __init__(
        self,
        name: str,
        policy: GuardPolicy,
        *,
        clock: Callable[[], datetime],
        chance: Callable[[], float],
        watch: Callable[[GuardState], None] = lambda _: None,
    ) -> None:
        self._name = name
        self._clock = clock
        self._chance = chance
        self._watch = watch
        self._breaker = Breaker(policy.breaker)
        self._concurrency = Concurrency(policy.most_at_once, float(min(STARTS_WITH, policy.most_at_once)))
        self._under_way = 0
        self._changed = asyncio.Event()
        watch(self.state)

    @property
    def state(self) -> GuardState:
        """The guard as it is now."""
        breaker = self._breaker
        return GuardState(self._name, breaker.state, breaker.until, self._concurrency.places, self._under_way)

    def refuses(self) -> bool:
        """Whether a question would be refused now, however long it waits in line."""
        return not self._breaker.admits(self._clock())

    @asynccontextmanager
    async def turn(self, patience: float, *, join_probe: bool) -> AsyncIterator[Turn]:
        """A turn, waited for up to ``patience`` seconds; given back at the end of the block.

        Args:
            join_probe: whether to wait for the verdict of a probe that is under way.

        Raises:
            RetryAt: it is not asked before a moment that it named, or too many are waiting.
            Transient: it is out of order; with the code of what it failed of.
        """
        turn = await self._entered(patience, join_probe=join_probe)
        try:
            yield turn
        finally:
            self._under_way -= 1
            if not turn.judged:
                self._breaker = self._breaker.given_up(turn.ticket)
            self._announce()

    def learn(self, turn: Turn, error: Exception | None) -> None:
        """How a question ended. A refusal of the photo itself is an answer."""
        turn.judged = True
        before = self._breaker
        if error is None or isinstance(error, Permanent):
            self._concurrency = self._concurrency.grown(self._under_way)
            self._breaker = before.succeeded(turn.ticket)
        else:
            trouble = _trouble(error)
            if trouble.code == QUOTA:
                self._concurrency = self._concurrency.cut(turn.asked_in)
            self._breaker = before.failed(turn.ticket, trouble, self._clock(), self._chance())
        self._tell(before)
        self._announce()

    def told(self, trouble: RetryAt) -> None:
        """Somebody else was told by the service not to ask before a moment: it is kept here too."""
        before = self._breaker
        self._breaker = before.told(Trouble(trouble.code, trouble.message, trouble.at), trouble.at, self._clock())
        self._tell(before)
        self._announce()

    async def _entered(self, patience: float, *, join_probe: bool) -> Turn:
        loop = asyncio.get_running_loop()
        give_up = loop.time() + patience
        while not self._free():
            left = give_up - loop.time()
            wait = self._worth_waiting(left, join_probe=join_probe)
            if wait is None:
                raise self._refusal(patience)
            with suppress(TimeoutError):
                async with asyncio.timeout(wait):
                    await self._changed.wait()
        self._breaker, ticket = self._breaker.enter()
        self._under_way += 1
        self._announce()
        return Turn(self, ticket, self._concurrency.round)

    def _free(self) -> bool:
        return self._breaker.admits(self._clock()) and self._under_way < self._concurrency.places

    def _worth_waiting(self, left: float, *, join_probe: bool) -> float | None:
        """Seconds until the next look, or None if there is nothing to wait for."""
        if left <= 0:
            return None
        now, until = self._clock(), self._breaker.until
        if self._breaker.admits(now):
            return left
        if self._breaker.probing or until is None:
            return left if join_probe else None
        pause = (until - now).total_seconds()
        return pause if pause <= left else None

    def _refusal(self, patience: float) -> Failure:
        now, trouble, until = self._clock(), self._breaker.trouble, self._breaker.until
        if trouble is None or until is None or self._breaker.admits(now):
            at = now + timedelta(seconds=max(patience, 1.0))
            return RetryAt(QUOTA, "More photos wait for the analyzer than it takes at a time.", at)
        if trouble.at is not None:
            return RetryAt(trouble.code, trouble.message, max(until, now))
        return Transient(trouble.code, f"It is not asked for a while. {trouble.message}")

    def _tell(self, before: Breaker) -> None:
        after = self._breaker
        if before.until is None and after.until is not None and after.trouble is not None:
            log.warning("analyzer_paused", analyzer=self._name, code=after.trouble.code, until=after.until.isoformat())
        elif before.until is not None and after.until is None:
            log.info("analyzer_answers_again", analyzer=self._name)

    def _announce(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()
        self._watch(self.state)


def _trouble(error: Exception) -> Trouble:
    match error:
        case RetryAt(code=code, message=message, at=at):
            return Trouble(code, message, at)
        case Failure(code=code, message=message):
            return Trouble(code, message)
    return Trouble("analyzer_unavailable", "Something unexpected happened; it is in the log.")
