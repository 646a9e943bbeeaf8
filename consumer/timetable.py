"""When to ask the database what is outstanding: a pure timetable of everything that calls for a listing.

Causes that come together share a round. A gap is answered after a short while (one outage has many symptoms),
becoming live at once. After a round that failed nothing is tried before a growing, jittered pause, and what had
called for it still does.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from aura.settings.model import ReconcileSettings
from consumer.backoff import full_jitter

DEAF = "deaf"
MARKS = "marks"
PERIODIC = "periodic"
AUDIT = "audit"
PRUNE = "prune"
UPKEEP = frozenset({AUDIT, PRUNE})

# The first audit and clean-up come early enough that a process which is replaced every day still makes them.
_FIRST_AUDIT = (300.0, 3600.0)
_FIRST_PRUNE = (60.0, 600.0)
_AUDIT_PAGE_PAUSE = 1.0
_RETRY_BASE, _RETRY_CAP = 1.0, 15.0


@dataclass(frozen=True, slots=True)
class Round:
    """What to do now, and for which ``causes`` (they label a metric)."""

    causes: frozenset[str]

    @property
    def full(self) -> bool:
        """Whether this is the round that takes nothing for granted."""
        return PERIODIC in self.causes

    @property
    def items(self) -> bool:
        """Whether items are listed."""
        return bool(self.causes - UPKEEP - {MARKS})

    @property
    def marks(self) -> bool:
        """Whether style marks are listed."""
        return bool(self.causes - UPKEEP)


class Timetable:
    """Times are seconds on the caller's monotonic clock."""

    def __init__(self, settings: ReconcileSettings, now: float, random: Random) -> None:
        self._settings = settings
        self._random = random
        self._asked: dict[str, float] = {}
        self._failures = 0
        self._not_before = now
        self._next = {
            DEAF: now + settings.while_deaf_seconds,
            MARKS: now + settings.marks_seconds,
            PERIODIC: now + self._full_interval(),
            AUDIT: now + random.uniform(*_FIRST_AUDIT),
            PRUNE: now + random.uniform(*_FIRST_PRUNE),
        }

    def ask(self, cause: str, now: float, *, after: float = 0.0) -> None:
        """Something calls for a listing, ``after`` so many seconds; where it is asked for twice, the earlier."""
        due = now + after
        self._asked[cause] = min(due, self._asked.get(cause, due))

    def is_asked(self, cause: str) -> bool:
        """Whether a listing is under way to its time for ``cause``."""
        return cause in self._asked

    def due(self, now: float, *, live: bool) -> Round | None:
        """The round to run now, if any; its causes are then no longer asked for."""
        if now < self._not_before:
            return None
        causes = {cause for cause, at in self._periodic(live).items() if at <= now}
        if any(at <= now for at in self._asked.values()):
            causes |= self._take_asked(now + self._settings.debounce_seconds)
        return Round(frozenset(causes)) if causes else None

    def next_due(self, *, live: bool) -> float:
        """When ``due`` will next have something."""
        return max(self._not_before, min([*self._periodic(live).values(), *self._asked.values()]))

    def done(self, finished: Round, now: float) -> None:
        """A round is over: what it did is not due again for a while."""
        self._failures = 0
        settings = self._settings
        if finished.items:
            self._next[DEAF] = now + settings.while_deaf_seconds
        if finished.marks:
            self._next[MARKS] = now + settings.marks_seconds
        if finished.full:
            self._next[PERIODIC] = now + self._full_interval()
        if AUDIT in finished.causes:
            self._next[AUDIT] = now + settings.audit_seconds
        if PRUNE in finished.causes:
            self._next[PRUNE] = now + settings.prune_seconds

    def failed(self, finished: Round, now: float) -> None:
        """A round was cut short."""
        for cause in finished.causes - self._next.keys():
            self.ask(cause, now)
        self._not_before = now + full_jitter(self._failures, base=_RETRY_BASE, cap=_RETRY_CAP, random=self._random)
        self._failures += 1

    def continue_audit(self, now: float) -> None:
        """The audit has another page. One at a time, so that nothing waits for all of it."""
        self._next[AUDIT] = now + _AUDIT_PAGE_PAUSE

    def _take_asked(self, until: float) -> set[str]:
        """What is asked for and almost due comes along, for one listing answers all."""
        taken = {cause for cause, at in self._asked.items() if at <= until}
        for cause in taken:
            del self._asked[cause]
        return taken

    def _periodic(self, live: bool) -> dict[str, float]:
        return {cause: at for cause, at in self._next.items() if not (live and cause == DEAF)}

    def _full_interval(self) -> float:
        settings = self._settings
        return settings.full_seconds + self._random.uniform(-1.0, 1.0) * settings.full_jitter_seconds
