"""Judges whether one subscription really hears: a protocol core without I/O, clock or task.

An open socket proves nothing (the server may answer heartbeats for hours and deliver no change), so *live* means:
the server said "Subscribed to PostgreSQL" **and** a canary written after that came round. What the core is told
and when it is told are its only inputs; it answers with actions for others to carry out:

- a canary ``late`` seconds overdue: not live (the outstanding lists are polled until it is again);
- ``dead`` seconds overdue: ask for a new subscription, at most once in ``rebuild_every`` seconds;
- anything that may have swallowed changes: ``Reconcile``, with its cause.

When no canary can be written because the database is unreachable, the subscription is not live either (nothing
proves it) but no new one is asked for: that would not help.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from consumer.doubts import Cause, Doubt

# More unanswered canaries than this are not told apart: the oldest one decides.
_REMEMBERED = 32


class State(StrEnum):
    """A subscription's state; only LIVE means that changes are heard."""

    CONNECTING = "connecting"
    JOINED = "joined"
    PROVING = "proving"
    LIVE = "live"
    DEAF = "deaf"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Timing:
    """When a canary counts as late or dead, and how often a new subscription may be asked for. Seconds."""

    interval: float = 15.0
    late: float = 10.0
    dead: float = 45.0
    rebuild_every: float = 60.0


@dataclass(frozen=True, slots=True)
class Reconcile:
    """Changes may have been missed: read the outstanding lists."""

    cause: Cause


@dataclass(frozen=True, slots=True)
class Rebuild:
    """Bring up a new subscription, then drop this one."""

    cause: Cause


@dataclass(frozen=True, slots=True)
class BecameLive:
    """From now on changes are heard: list what is outstanding once more, then rely on them."""


@dataclass(frozen=True, slots=True)
class BecameDeaf:
    """Changes are no longer known to be heard."""

    cause: Cause


@dataclass(frozen=True, slots=True)
class WriteCanary:
    """Write a canary now instead of waiting for the next beat."""


@dataclass(frozen=True, slots=True)
class CanaryReturned:
    """A canary came round after ``seconds``."""

    seconds: float


Action: TypeAlias = Reconcile | Rebuild | BecameLive | BecameDeaf | WriteCanary | CanaryReturned


@dataclass(frozen=True, slots=True)
class _Beat:
    number: int
    written_at: float


class Liveness:
    """One subscription's life. Times are seconds on the caller's monotonic clock and never go back."""

    def __init__(self, timing: Timing, now: float) -> None:
        self.state = State.CONNECTING
        self.reason: Cause | None = None
        self._timing = timing
        self._subscribed_at: float | None = None
        self._proved_at = now
        self._live_since: float | None = None
        self._unanswered: deque[_Beat] = deque(maxlen=_REMEMBERED)
        self._overdue_since: float | None = None
        self._early: deque[tuple[int, float]] = deque(maxlen=_REMEMBERED)
        self._rebuilt_at: float | None = None
        self._unwritten = False

    def joined(self) -> Sequence[Action]:
        """The server accepted the join. It proves nothing yet."""
        if self.state is State.CONNECTING:
            self.state = State.JOINED
        return ()

    def system_ok(self, now: float) -> Sequence[Action]:
        """The server said "Subscribed to PostgreSQL". A second time means that it resubscribed by itself."""
        if self.state is State.ENDED:
            return ()
        if self._subscribed_at is None:
            self._subscribed_at = self._proved_at = now
            self.state = State.PROVING
            return (WriteCanary(),)
        return (Reconcile(Cause.RESUBSCRIBED), WriteCanary())

    def payload_errors(self) -> Sequence[Action]:
        """A change arrived damaged: some row's content was not told."""
        return (Reconcile(Cause.PAYLOAD_ERRORS),)

    def ended(self, doubt: Doubt) -> Sequence[Action]:
        """The subscription is over. It left a gap if it had ever heard anything."""
        if self.state is State.ENDED:
            return ()
        heard = self._subscribed_at is not None
        self.state, self.reason = State.ENDED, doubt.cause
        self._live_since = None
        return (BecameDeaf(doubt.cause), Reconcile(doubt.cause)) if heard else ()

    def canary_written(self, beat: int, written_at: float, now: float) -> Sequence[Action]:
        """A canary is in the database; its write began at ``written_at``."""
        database_is_back, self._unwritten = self._unwritten, False
        if self._subscribed_at is None or written_at < self._subscribed_at or self.state is State.ENDED:
            return ()  # written before anybody listened: its return would prove nothing
        self._unanswered.append(_Beat(beat, written_at))
        if self._overdue_since is None or database_is_back:
            self._overdue_since = written_at  # canaries from before an outage may be lost for good
        seen_at = next((at for number, at in self._early if number == beat and at >= written_at), None)
        return () if seen_at is None else self._answered(beat, seen_at, now)

    def canary_unwritten(self) -> Sequence[Action]:
        """A canary could not be written: the database is out of reach, which is not this subscription's fault."""
        self._unwritten = True
        return ()

    def canary_seen(self, beat: int, now: float) -> Sequence[Action]:
        """A canary was heard; perhaps before its writer knew that it was written."""
        if self.state is State.ENDED:
            return ()
        if not any(beat == sent.number for sent in self._unanswered):
            self._early.append((beat, now))
            return ()
        return self._answered(beat, now, now)

    def tick(self, now: float) -> Sequence[Action]:
        """Time has passed; call it every second or so."""
        actions: list[Action] = []
        if self.state in (State.LIVE, State.PROVING) and (cause := self._why_deaf(now)) is not None:
            actions += self._fall_deaf(cause)
        if self._wants_rebuild(now):
            self._rebuilt_at = now
            actions.append(Rebuild(Cause.CANARY_DEAD))
        return actions

    def overdue(self, now: float) -> float:
        """For how many seconds the oldest unanswered canary has been under way; 0 when none is."""
        return 0.0 if self._overdue_since is None else now - self._overdue_since

    def live_for(self, now: float) -> float:
        """For how many seconds it has been live without a break; 0 when it is not."""
        return 0.0 if self._live_since is None else now - self._live_since

    def _answered(self, beat: int, seen_at: float, now: float) -> list[Action]:
        """Changes come in commit order, so an answer settles every older canary: those were swallowed."""
        swallowed = 0
        while (sent := self._unanswered.popleft()).number != beat:
            swallowed += 1
        self._overdue_since = self._unanswered[0].written_at if self._unanswered else None
        self._early.clear()
        self._proved_at = now
        actions: list[Action] = [CanaryReturned(seen_at - sent.written_at)]
        if swallowed:
            actions.append(Reconcile(Cause.CANARY_SKIPPED))
        if self.state is not State.LIVE and self.overdue(now) < self._timing.late:
            actions += self._come_alive(now)
        return actions

    def _come_alive(self, now: float) -> tuple[Action, ...]:
        self.state, self.reason, self._live_since = State.LIVE, None, now
        return (BecameLive(),)

    def _fall_deaf(self, cause: Cause) -> tuple[Action, ...]:
        was_live = self.state is State.LIVE
        self.state, self.reason, self._live_since = State.DEAF, cause, None
        return (BecameDeaf(cause), Reconcile(cause)) if was_live else (BecameDeaf(cause),)

    def _why_deaf(self, now: float) -> Cause | None:
        if self.overdue(now) >= self._timing.late:
            return Cause.CANARY_LATE
        if now - self._proved_at >= self._timing.interval + self._timing.late:
            return Cause.CANARY_UNWRITTEN
        return None

    def _wants_rebuild(self, now: float) -> bool:
        if self.state is not State.DEAF or self._unwritten or self.overdue(now) < self._timing.dead:
            return False
        return self._rebuilt_at is None or now - self._rebuilt_at >= self._timing.rebuild_every
