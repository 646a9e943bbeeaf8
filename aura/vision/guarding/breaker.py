"""Whether a service may be asked: a circuit breaker as a value. Time and chance are handed in.

Closed, everything passes. It opens after ``failures`` in a row, for a time that doubles with each opening that follows
another; and at once, until the moment that the service itself named (a quota, ``Retry-After``). When that time is over
exactly one question passes, the probe: its success closes the breaker, its failure opens it again. A probe that
ends without a verdict (cancelled, never sent) leaves the next one to try.

What was asked before the state last changed says nothing about the present and is ignored, but for a moment that the
service names: that is always honoured.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

State = Literal["closed", "open", "probing"]


@dataclass(frozen=True, slots=True)
class BreakerPolicy:
    """When it opens, and for how long.

    Attributes:
        failures: in a row, that open it.
        first_seconds, longest_seconds: of being open; doubles from one to the other.
        longest_pause_seconds: of what the service may ask for; a daily quota ends within 25 hours.
    """

    failures: int = 5
    first_seconds: float = 30.0
    longest_seconds: float = 300.0
    longest_pause_seconds: float = 25 * 3600.0


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why something failed; ``at`` is when it ends, where the service said so."""

    code: str
    message: str
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Ticket:
    """One question that may be asked."""

    epoch: int
    probe: bool = False


@dataclass(frozen=True, slots=True)
class Breaker:
    """The state of one service.

    Attributes:
        in_a_row: failures since the last success.
        openings: how often it opened since the last success.
        until: when it may be asked again; None while closed.
        trouble: what opened it.
        probing: a probe is under way.
        epoch: counts the changes of state.
    """

    policy: BreakerPolicy
    in_a_row: int = 0
    openings: int = 0
    until: datetime | None = None
    trouble: Trouble | None = None
    probing: bool = False
    epoch: int = 0

    @property
    def state(self) -> State:
        """``open`` also when it is time for a probe and none is under way."""
        if self.until is None:
            return "closed"
        return "probing" if self.probing else "open"

    def admits(self, now: datetime) -> bool:
        """Whether a question may be asked now."""
        return self.until is None or (now >= self.until and not self.probing)

    def enter(self) -> tuple[Breaker, Ticket]:
        """The ticket for a question; call it only when ``admits`` said so."""
        if self.until is None:
            return self, Ticket(self.epoch)
        probing = replace(self, probing=True, epoch=self.epoch + 1)
        return probing, Ticket(probing.epoch, probe=True)

    def succeeded(self, ticket: Ticket) -> Breaker:
        """The service answered."""
        if ticket.epoch != self.epoch:
            return self
        return Breaker(self.policy, epoch=self.epoch + 1) if ticket.probe else replace(self, in_a_row=0)

    def failed(self, ticket: Ticket, trouble: Trouble, now: datetime, chance: float) -> Breaker:
        """The service did not answer.

        Args:
            chance: 0 to 1; spreads probes of many processes over the last quarter of the time.
        """
        if trouble.at is not None:
            return self._paused(ticket, trouble, now, trouble.at)
        if ticket.epoch != self.epoch:
            return self
        if ticket.probe or self.in_a_row + 1 >= self.policy.failures:
            return self._opened(trouble, now, chance)
        return replace(self, in_a_row=self.in_a_row + 1)

    def told(self, trouble: Trouble, at: datetime, now: datetime) -> Breaker:
        """Somebody else asked, and the service named the moment ``at``."""
        return self._paused(Ticket(self.epoch), trouble, now, at)

    def given_up(self, ticket: Ticket) -> Breaker:
        """The question was not asked, or nobody waited for its answer."""
        if ticket.probe and ticket.epoch == self.epoch:
            return replace(self, probing=False, epoch=self.epoch + 1)
        return self

    def _opened(self, trouble: Trouble, now: datetime, chance: float) -> Breaker:
        doubled = self.policy.first_seconds * 2.0 ** min(self.openings, 30)
        seconds = min(doubled, self.policy.longest_seconds) * (1.0 - 0.25 * chance)
        until = now + timedelta(seconds=seconds)
        return Breaker(self.policy, 0, self.openings + 1, until, trouble, epoch=self.epoch + 1)

    def _paused(self, ticket: Ticket, trouble: Trouble, now: datetime, at: datetime) -> Breaker:
        """Two moments named at nearly the same time: the later one counts."""
        until = max(now, min(at, now + timedelta(seconds=self.policy.longest_pause_seconds)))
        if ticket.epoch == self.epoch or self.until is None:
            return Breaker(self.policy, 0, self.openings, until, trouble, epoch=self.epoch + 1)
        return replace(self, until=until, trouble=trouble) if until > self.until and not self.probing else self
