"""The state of the work queue, without clock, task or lock: after client-go's (queue, dirty, processing sets).

It promises, for every key: it waits once however often it is added; one worker at a time works on it; if it is
added meanwhile it is worked on again afterwards; and it is forgotten only where the caller is told so. Between
keys: live work before backfill (which still gets one turn in ``BACKFILL_TURN``), and fair turns between owners.
Bounded: ``size`` keys in all, of which backfill and retries may hold half, so that there is room for live work.
"""

from __future__ import annotations

import heapq
import math
from dataclasses import dataclass, replace
from enum import IntEnum

from consumer.fair_lane import FairLane
from handlers.work import Work

Key = tuple[str, str]
BACKFILL_TURN = 8


class Priority(IntEnum):
    """Which lane a key waits in: what somebody waits for comes before what is caught up on, and before style."""

    LIVE = 0
    BACKFILL = 1


@dataclass(frozen=True, slots=True)
class Claim:
    """A piece of work handed to a worker. ``failures``: how often in a row it was put off before."""

    work: Work
    priority: Priority
    failures: int
    waited_seconds: float


@dataclass(frozen=True, slots=True)
class Depth:
    """How many keys are where."""

    live: int
    backfill: int
    delayed: int
    processing: int

    @property
    def total(self) -> int:
        """All keys that the queue knows."""
        return self.live + self.backfill + self.delayed + self.processing


@dataclass(slots=True)
class Wish:
    """That a key be worked on, from ``due`` on; ``rests_until``: however urgent, not earlier than that. Seconds on the
    clock of whoever keeps it."""

    work: Work
    priority: Priority
    due: float
    failures: int = 0
    rests_until: float = -math.inf

    def rest(self, until: float) -> None:
        """Not before ``until``."""
        self.rests_until = max(self.rests_until, until)
        self.due = max(self.due, self.rests_until)

    def merge(self, other: Wish) -> None:
        """One wish out of two: the more urgent of both, and whatever either knows."""
        mine, theirs = self.work, other.work
        again, owner = mine.again or theirs.again, mine.owner or theirs.owner
        self.work = replace(mine, owner=owner, again=again, photo=theirs.photo or mine.photo)
        self.priority = min(self.priority, other.priority)
        self.due = min(self.due, other.due)
        self.rest(other.rests_until)


class KeyedQueue:
    """The queue's state. Times are seconds on the caller's clock; every call passes ``now``."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._reserve = max(1, size // 2)
        self._lanes = {priority: FairLane[Key]() for priority in Priority}
        self._waiting: dict[Key, Wish] = {}
        self._delayed: dict[Key, Wish] = {}
        self._alarms: list[tuple[float, Key]] = []
        self._processing: dict[Key, Wish | None] = {}
        self._live_in_a_row = 0

    def add(self, work: Work, *, priority: Priority, now: float, delay: float = 0.0) -> bool:
        """Wish for work; False when there is no room, and then the wish is forgotten."""
        wish = Wish(work, priority, now + delay)
        key = work.identity
        if key in self._processing:
            self._processing[key] = _merged(self._processing[key], wish)
        elif key in self._waiting:
            self._promote(key, wish)
        elif key in self._delayed:
            self._hasten(key, wish, now)
        elif not self._has_room(wish, now):
            return False
        else:
            self._place(key, wish, now)
        return True

    def take(self, now: float) -> Claim | None:
        """The next piece of work that is due, now being processed; None when nothing is due."""
        self._wake(now)
        key = self._next_key()
        if key is None:
            return None
        wish = self._waiting.pop(key)
        self._processing[key] = None
        return Claim(wish.work, wish.priority, wish.failures, max(0.0, now - wish.due))

    def done(self, claim: Claim, *, now: float, retry_in: float | None = None, rest: float = 0.0) -> bool:
        """A worker lets go of its key. With ``retry_in`` it comes back after so many seconds; if it was added
        meanwhile it comes back by itself, not earlier than after ``rest`` seconds.

        Returns False when there was no room to remember the retry (half of the queue is waiting for a retry
        already): then the database's own list must bring the key back.
        """
        key = claim.work.identity
        wish = self._processing.pop(key)
        if retry_in is not None:
            if wish is None and not self._may_wait_long():
                return False
            retry = Wish(claim.work, claim.priority, now + retry_in, failures=claim.failures + 1)
            wish = _merged(wish, retry)
            wish.failures = retry.failures
        if wish is not None:
            if rest:
                wish.rest(now + rest)
            self._place(key, wish, now)
        return True

    def next_due(self) -> float | None:
        """When the first delayed key is due; None when none is delayed."""
        self._drop_stale_alarms()
        return self._alarms[0][0] if self._alarms else None

    def depth(self) -> Depth:
        """How many keys are where."""
        live, backfill = (len(self._lanes[priority]) for priority in Priority)
        return Depth(live, backfill, len(self._delayed), len(self._processing))

    @property
    def room(self) -> int:
        """How many new keys of live work still fit."""
        return max(0, self._size - self._total())

    @property
    def ready(self) -> int:
        """How many keys wait for nothing but a worker, as of the last ``take`` or ``add``."""
        return len(self._waiting)

    def knows(self, key: Key) -> bool:
        """Whether the key waits, is delayed or is being processed."""
        return key in self._waiting or key in self._delayed or key in self._processing

    def held(self, kind: str) -> int:
        """How many keys of one kind of work the queue knows."""
        return sum(key[0] == kind for keys in (self._waiting, self._delayed, self._processing) for key in keys)

    def _total(self) -> int:
        return len(self._waiting) + len(self._delayed) + len(self._processing)

    def _has_room(self, wish: Wish, now: float) -> bool:
        if self._total() >= self._size:
            return False
        return wish.priority is Priority.LIVE or self._backfill_held() < self._reserve

    def _backfill_held(self) -> int:
        return len(self._lanes[Priority.BACKFILL]) + len(self._delayed)

    def _may_wait_long(self) -> bool:
        return len(self._delayed) < self._reserve

    def _place(self, key: Key, wish: Wish, now: float) -> None:
        if wish.due <= now:
            self._waiting[key] = wish
            self._lanes[wish.priority].push(wish.work.owner, key)
        else:
            self._delayed[key] = wish
            self._set_alarm(wish.due, key)

    def _promote(self, key: Key, wish: Wish) -> None:
        """A key that waits already is wished for once more: it keeps its turn, unless its lane or owner changes."""
        waiting = self._waiting[key]
        was, owner = waiting.priority, waiting.work.owner
        waiting.merge(wish)
        if waiting.priority is not was or waiting.work.owner != owner:
            self._lanes[was].remove(owner, key)
            self._lanes[waiting.priority].push(waiting.work.owner, key)

    def _hasten(self, key: Key, wish: Wish, now: float) -> None:
        delayed = self._delayed.pop(key)
        delayed.merge(wish)
        self._place(key, delayed, now)

    def _next_key(self) -> Key | None:
        live, backfill = self._lanes[Priority.LIVE], self._lanes[Priority.BACKFILL]
        if len(backfill) and (not len(live) or self._live_in_a_row >= BACKFILL_TURN - 1):
            self._live_in_a_row = 0
            return backfill.pop()
        self._live_in_a_row += 1
        return live.pop()

    def _wake(self, now: float) -> None:
        while (due := self.next_due()) is not None and due <= now:
            _, key = heapq.heappop(self._alarms)
            self._place(key, self._delayed.pop(key), now)

    def _set_alarm(self, due: float, key: Key) -> None:
        heapq.heappush(self._alarms, (due, key))
        if len(self._alarms) > 2 * len(self._delayed) + 64:
            self._alarms = [(wish.due, key) for key, wish in self._delayed.items()]
            heapq.heapify(self._alarms)

    def _drop_stale_alarms(self) -> None:
        """An alarm whose key was hastened, or is delayed to another time, rings for nobody."""
        while self._alarms and self._is_stale(*self._alarms[0]):
            heapq.heappop(self._alarms)

    def _is_stale(self, due: float, key: Key) -> bool:
        wish = self._delayed.get(key)
        return wish is None or wish.due != due


def _merged(one: Wish | None, other: Wish) -> Wish:
    if one is None:
        return other
    one.merge(other)
    return one
