"""The half of the shared queue that puts work in: nobody who hears of something waits for the database."""

from __future__ import annotations

from collections import Counter

import structlog

from aura.telemetry.metrics import Metrics
from consumer.engines.jobs import Jobs, Placing, lock_of
from consumer.engines.outbox import Outbox
from consumer.keyed_queue import Depth, Priority
from consumer.ports import Monotonic
from handlers.work import Work

log = structlog.get_logger(__name__)

BATCH = 500


class Sending:
    """``size``: how many keys all processes together may have in the queue; what was put there since the database last
    said how many there are is counted here."""

    def __init__(self, size: int, metrics: Metrics, clock: Monotonic) -> None:
        self._size = size
        self._metrics = metrics
        self._clock = clock
        self._sent: Counter[Priority] = Counter()
        self._full = False
        self.depth = Depth(0, 0, 0, 0)
        self.outbox = Outbox()

    @property
    def room(self) -> int:
        """How many new keys of live work still fit."""
        taken = self.depth.total + self._sent.total() + len(self.outbox)
        return 0 if self._full else max(0, self._size - taken)

    @property
    def reserve(self) -> int:
        """How many keys may be backfill or wait for a retry."""
        return max(1, self._size // 2)

    def counted(self, depth: Depth) -> None:
        """The database says how many keys are where, of all processes: each shows the same, also one that is idle."""
        for state in ("live", "backfill", "delayed", "processing"):
            self._metrics.queue_depth.labels(state).set(getattr(depth, state))
        self.depth = depth
        self._sent.clear()
        self._full = False

    def add(self, work: Work, priority: Priority, delay: float) -> bool:
        """Keep a wish until it is sent; False when there is no room."""
        if work.identity not in self.outbox and not self._fits(priority):
            return False
        self.outbox.add(work, priority, self._clock() + delay)
        return True

    async def send(self, jobs: Jobs) -> None:
        """Wait for wishes, and put those that there are.

        Raises:
            Transient: the database is away; they are kept.
        """
        await self.outbox.filled.wait()
        try:
            await self._put(jobs)
        except BaseException:
            self.outbox.failed()
            raise

    async def send_all(self, jobs: Jobs) -> None:
        """Put what there is, without waiting for more."""
        while len(self.outbox):
            await self.send(jobs)

    async def _put(self, jobs: Jobs) -> None:
        now, wishes = self._clock(), self.outbox.send(BATCH)
        refused = await jobs.put((Placing(each.work, each.priority, each.due - now) for each in wishes), self._size)
        self.outbox.arrived()
        self._sent.update(each.priority for each in wishes if lock_of(each.work.identity) not in refused)
        if refused:
            self._full = True
            self._metrics.queue_dropped.inc(len(refused))
            log.warning("queue_full", refused=len(refused), size=self._size)

    def _fits(self, priority: Priority) -> bool:
        if self.room == 0:
            return False
        waiting = self.depth.backfill + self.depth.delayed
        slow = waiting + self._sent[Priority.BACKFILL] + self.outbox.backfill
        return priority is Priority.LIVE or slow < self.reserve
