"""The work queue in PostgreSQL, on procrastinate: any number of processes put work into it and take it out.

It keeps the port's promises between processes. What is wished for goes through a small outbox; what was done is let go
of in batches. A process that dies gives nothing back, so that every process shows that it lives, and takes care of what
those had that no longer do. While the database is away everything waits and goes on afterwards; what was lost with a
process's outbox is outstanding, and listed again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Set
from contextlib import suppress
from dataclasses import dataclass
from random import Random

import structlog

from aura.errors import AuraError, Transient
from aura.telemetry.metrics import Metrics
from consumer.brake import Brake
from consumer.engines.connections import Connections
from consumer.engines.jobs import Jobs
from consumer.engines.sending import Sending
from consumer.engines.taking import Taking
from consumer.keyed_queue import Claim, Depth, Key, Priority
from consumer.ports import Monotonic
from consumer.together import run_together
from handlers.services import Services
from handlers.work import Work

log = structlog.get_logger(__name__)

PAUSE_SECONDS, PAUSE_MAX_SECONDS = 0.25, 3.0
PARTING_SECONDS = 3.0


@dataclass(frozen=True, slots=True)
class Rhythm:
    """Seconds between signs of life, after which silence a worker counts as lost, and between looks for work where no
    notification came."""

    beat: float = 5.0
    silent: float = 20.0
    poll: float = 5.0


class SharedQueue:
    """The port (``consumer.queue.WorkQueue``). ``size`` is for all processes together; build it on the event loop."""

    def __init__(
        self,
        connections: Connections,
        size: int,
        metrics: Metrics,
        *,
        clock: Monotonic,
        random: Random,
        rhythm: Rhythm | None = None,
    ) -> None:
        self._connections = connections
        self._rhythm = rhythm or Rhythm()
        self._sending = Sending(size, metrics, clock)
        self._taking = Taking(self._rhythm.poll)
        self._brake = Brake(PAUSE_SECONDS, PAUSE_MAX_SECONDS, clock, random)
        self._deaf = Brake(PAUSE_SECONDS, PAUSE_MAX_SECONDS, clock, random)
        self._jobs: Jobs | None = None
        self._closed = False

    @classmethod
    def of(cls, services: Services) -> SharedQueue:
        """The queue of a process; call it on the running event loop."""
        connections = Connections(services.settings.required("supabase", "db_url"))
        clock = asyncio.get_running_loop().time
        size = services.settings.queue.size
        return cls(connections, size, services.metrics, clock=clock, random=services.random)

    def add(self, work: Work, *, priority: Priority = Priority.LIVE, delay: float = 0.0) -> bool:
        """See ``WorkQueue.add``; also False once the queue drains."""
        return not self._closed and self._sending.add(work, priority, delay)

    async def take(self) -> Claim:
        """See ``WorkQueue.take``."""
        return await self._taking.take()

    def done(self, claim: Claim, *, retry_in: float | None = None, rest: float = 0.0) -> bool:
        """See ``WorkQueue.done``."""
        no_room = retry_in is not None and self._sending.depth.delayed >= self._sending.reserve
        self._taking.done(claim, None if no_room else retry_in, rest)
        return not no_room

    async def drain(self, grace: float) -> int:
        """See ``WorkQueue.drain``: only this process's own work is waited for, the others go on."""
        self._closed = True
        return await self._taking.drain(grace)

    def depth(self) -> Depth:
        """See ``WorkQueue.depth``: of all processes."""
        return self._sending.depth

    async def known(self, works: Iterable[Work]) -> Set[Key]:
        """See ``WorkQueue.known``."""
        works = list(works)
        unsent = {work.identity for work in works if work.identity in self._sending.outbox}
        return unsent | await self._open_jobs().known(works)

    async def held(self, kind: str) -> int:
        """See ``WorkQueue.held``: of all processes."""
        return self._sending.outbox.held(kind) + await self._open_jobs().held(kind)

    @property
    def room(self) -> int:
        """See ``WorkQueue.room``."""
        return self._sending.room

    @property
    def trouble(self) -> str | None:
        """See ``WorkQueue.trouble``."""
        return self._brake.trouble

    async def run(self) -> None:
        """See ``WorkQueue.run``."""
        await self._persistently(self._connections.examine, once=True)
        async with self._connections.opened() as connector:
            jobs = self._jobs = Jobs(connector)
            try:
                await self._circulate(jobs)
            finally:
                await self._part(jobs)
                self._jobs = None

    async def _circulate(self, jobs: Jobs) -> None:
        await run_together(
            lambda: self._persistently(lambda: self._sending.send(jobs)),
            lambda: self._persistently(lambda: self._taking.feed(jobs)),
            lambda: self._persistently(lambda: self._taking.settle(jobs)),
            lambda: self._persistently(lambda: self._beat(jobs)),
            lambda: self._persistently(lambda: self._taking.listen(jobs), brake=self._deaf),
        )

    async def _beat(self, jobs: Jobs) -> None:
        pulse = await self._taking.beat(jobs, self._rhythm.silent)
        self._sending.counted(pulse.depth)
        await asyncio.sleep(self._rhythm.beat)

    async def _persistently(
        self, step: Callable[[], Awaitable[None]], *, brake: Brake | None = None, once: bool = False
    ) -> None:
        """Repeat a step for ever (or until it was done once), with pauses while the database is away."""
        brake = brake or self._brake
        while True:
            await brake.wait()
            try:
                await step()
            except Transient as error:
                self._tell(brake, error)
            else:
                if brake.trouble is not None:
                    log.info("queue_within_reach")
                brake.release()
                if once:
                    return

    def _tell(self, brake: Brake, error: Transient) -> None:
        if brake.trouble is None:
            log.warning("queue_out_of_reach", reason=str(error))
        brake.trip(str(error))

    async def _part(self, jobs: Jobs) -> None:
        """What cannot be given back now is when this process was silent for a while."""
        self._closed = True
        with suppress(AuraError, TimeoutError):
            async with asyncio.timeout(PARTING_SECONDS):
                await self._sending.send_all(jobs)
                await self._taking.part(jobs)

    def _open_jobs(self) -> Jobs:
        if self._jobs is None:
            raise Transient("queue_unavailable", self.trouble or "The queue is not open yet.")
        return self._jobs
