"""The half of the shared queue that hands work out, and lets go of what was done.

A job that this process fetched is its own as long as it shows that it lives. What it has in hand is told with every
sign of life, so that a job whose hand-over was lost on the way goes back to those that wait.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress

from consumer.engines.jobs import InHand, Jobs, Pulse, Settlement
from consumer.engines.takers import Takers
from consumer.keyed_queue import BACKFILL_TURN, Claim, Priority

EVERY_LANE = (Priority.LIVE, Priority.BACKFILL)


class Taking:
    """``poll``: seconds between looks for work where no notification came."""

    def __init__(self, poll: float) -> None:
        self._poll = poll
        self._takers = Takers[InHand]()
        self._in_hand: dict[int, InHand] = {}
        # By job and worker: a process that was taken for lost may be given the same job once more.
        self._unsettled: dict[tuple[int, int], Settlement] = {}
        self._filled = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()
        self._news = asyncio.Event()
        self._fetching = asyncio.Lock()
        self._worker: int | None = None
        self._live_in_a_row = 0
        self._closed = False

    async def take(self) -> Claim:
        """The next piece of work; raises ``QueueClosed`` once closed."""
        return (await self._takers.take()).claim

    def done(self, claim: Claim, retry_in: float | None, rest: float) -> None:
        """Let go of a claim, soon."""
        self._let_go(self._in_hand[id(claim)], retry_in, rest, claim.failures + 1)

    async def drain(self, grace: float) -> int:
        """Hand out nothing more; how many claims are still in hand when all is done or ``grace`` seconds are over."""
        self._closed = True
        for job in self._takers.close():
            self._give_back(job)
        with suppress(TimeoutError):
            async with asyncio.timeout(grace):
                await self._idle.wait()
        return len(self._in_hand)

    async def feed(self, jobs: Jobs) -> None:
        """Wait until somebody wants work, and look for some."""
        await self._takers.waiting.wait()
        self._news.clear()
        job = await self._fetch(jobs)
        if job is None:
            await self._pause(await jobs.next_due())
        elif self._closed:
            self._give_back(job)
        else:
            self._takers.hand(job)

    async def listen(self, jobs: Jobs) -> None:
        """Hear of new work, once somebody wants any."""
        await self._takers.ever.wait()
        await jobs.listen(self._news.set)

    async def settle(self, jobs: Jobs) -> None:
        """Wait until something is done, and let go of it in the database."""
        await self._filled.wait()
        settlements = list(self._unsettled.values())
        await jobs.settle(settlements)
        for each in settlements:
            del self._unsettled[each.job.id, each.job.worker]
        self._note()
        self._news.set()  # a key that was wished for meanwhile, or a retry that is due soon

    async def beat(self, jobs: Jobs, silent: float) -> Pulse:
        """Show that this process lives; a worker that was taken for lost begins anew, with nothing in hand."""
        async with self._fetching:
            held = [*(job.id for job in self._in_hand.values()), *(job for job, _ in self._unsettled)]
            pulse = await jobs.beat(self._worker, held, silent)
            if not pulse.alive:
                self._worker = None
        return pulse

    async def part(self, jobs: Jobs) -> None:
        """Let go of what is done, and give back what is not."""
        if self._unsettled:
            await self.settle(jobs)
        if self._worker is not None:
            await jobs.part(self._worker)

    async def _fetch(self, jobs: Jobs) -> InHand | None:
        async with self._fetching:
            if self._worker is None:
                self._worker = await jobs.register()
            job = await self._next(jobs, self._worker)
            if job is not None:
                self._in_hand[id(job.claim)] = job
                self._idle.clear()
            return job

    async def _next(self, jobs: Jobs, worker: int) -> InHand | None:
        """Live work first, but that backfill gets one turn in ``BACKFILL_TURN``."""
        if self._live_in_a_row >= BACKFILL_TURN - 1:
            self._live_in_a_row = 0
            job = await jobs.fetch((Priority.BACKFILL,), worker)
            if job is not None:
                return job
        job = await jobs.fetch(EVERY_LANE, worker)
        self._live_in_a_row += 1
        return job

    async def _pause(self, due: float | None) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(self._poll if due is None else min(due, self._poll)):
                await self._news.wait()

    def _give_back(self, job: InHand) -> None:
        """Nobody began it, so it did not fail either."""
        self._let_go(job, 0.0, 0.0, job.claim.failures)

    def _let_go(self, job: InHand, retry_in: float | None, rest: float, failures: int) -> None:
        del self._in_hand[id(job.claim)]
        self._unsettled[job.id, job.worker] = Settlement(job, retry_in, rest, failures)
        self._note()

    def _note(self) -> None:
        if self._unsettled:
            self._filled.set()
        else:
            self._filled.clear()
        if not self._unsettled and not self._in_hand:
            self._idle.set()
