"""Which of several processes hears and reconciles for all: the rules of a lease, as a value. Time is handed in.

The database decides, by its own clock, whose the lease is. Its holder goes by a clock of its own: a lease counts from
before the call that took it was sent, and ends a margin before the database would let another have it. Whatever takes
long (a call, a frozen process, a database that is away) therefore makes the holder stop too early, never too late.
Who does not lead asks once a second, and exactly when the lease of another runs out.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Self

# Two renewals may hang, and a third still comes in time: a change of holders is not worth a few seconds of trouble.
RENEW_SHARE = 0.3
PATIENCE_SHARE = 0.15
MARGIN_SHARE = 0.25
LOOK_SECONDS = 1.0
AGAIN_SECONDS = 0.25


@dataclass(frozen=True, slots=True)
class Terms:
    """Seconds.

    Attributes:
        lease: for which the lease is taken.
        renew: after which it is renewed.
        margin: by which its holder stops sooner than it ends; the time that closing a socket may take.
        patience: for an answer of the database, after which it is asked anew.
    """

    lease: float
    renew: float
    margin: float
    patience: float

    @classmethod
    def of(cls, lease: float) -> Self:
        """The terms that follow from how long a lease is."""
        return cls(lease, lease * RENEW_SHARE, lease * MARGIN_SHARE, lease * PATIENCE_SHARE)


@dataclass(frozen=True, slots=True)
class Leadership:
    """What one process knows of the lease.

    Attributes:
        until: it leads before that moment; None while it does not.
        ask_at: when to ask the database next.
        held_by: who leads, as the database last said; None where it is nobody or this process.
    """

    terms: Terms
    ask_at: float
    until: float | None = None
    held_by: str | None = None

    def leads(self, now: float) -> bool:
        """Whether this process may hear and reconcile."""
        return self.until is not None and now < self.until

    def next_look(self, now: float) -> float:
        """When there is something to decide: a question is due, or the lease ends."""
        return min(self.ask_at, self.until) if self.until is not None and self.leads(now) else self.ask_at

    def patience(self, now: float) -> float:
        """Seconds for which an answer may be waited for; no longer than until the lease ends."""
        left = self.until - now if self.until is not None and self.leads(now) else self.terms.patience
        return min(self.terms.patience, left)

    def granted(self, sent_at: float) -> Leadership:
        """The database gave the lease to a question that was sent at ``sent_at``."""
        terms = self.terms
        return replace(self, until=sent_at + terms.lease - terms.margin, ask_at=sent_at + terms.renew, held_by=None)

    def refused(self, now: float, held_by: str | None, free_in: float) -> Leadership:
        """Another has it, for ``free_in`` seconds more as the database counts them."""
        pause = min(max(free_in, AGAIN_SECONDS), LOOK_SECONDS)
        return replace(self, until=None, ask_at=now + pause, held_by=held_by)

    def unanswered(self, now: float) -> Leadership:
        """Nobody knows. A lease that is held stays held until it ends; so ask again soon, before it does."""
        pause = AGAIN_SECONDS if self.leads(now) else LOOK_SECONDS
        return replace(self, until=self.until if self.leads(now) else None, ask_at=now + pause)
