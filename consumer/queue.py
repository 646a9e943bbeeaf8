"""The work queue: the port that the rest of the daemon knows, and its implementation in this process.

The truth about what is outstanding is in the database, so a queue in memory loses nothing when the process
dies. The port is small enough for an engine that many machines share (``consumer.engines``).
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterable, Set
from typing import Protocol

from consumer.keyed_queue import Claim, Depth, Key, KeyedQueue, Priority
from handlers.work import Work

__all__ = ["Claim", "Depth", "MemoryQueue", "Priority", "QueueClosed", "WorkQueue"]

Monotonic = Callable[[], float]


class QueueClosed(Exception):
    """The queue hands out no more work: the process is shutting down."""


class WorkQueue(Protocol):
    """What hearing, reconciling and workers need of a queue. Its promises are those of ``keyed_queue``."""

    def add(self, work: Work, *, priority: Priority = Priority.LIVE, delay: float = 0.0) -> bool:
        """Wish for work, ``delay`` seconds from now. False: no room, the wish is forgotten."""
        ...

    async def take(self) -> Claim:
        """Wait for the next piece of work. Raises ``QueueClosed`` once the queue drains."""
        ...

    def done(self, claim: Claim, *, retry_in: float | None = None, rest: float = 0.0) -> bool:
        """Let go of a key, which then rests for ``rest`` seconds if it was added meanwhile; False when a retry was
        asked for and there was no room to remember it."""
        ...

    async def drain(self, grace: float) -> int:
        """Hand out nothing more and wait for the workers; returns the keys still processed after ``grace`` s."""
        ...

    def depth(self) -> Depth:
        """How many keys are where, as of a few seconds ago."""
        ...

    async def known(self, works: Iterable[Work]) -> Set[Key]:
        """Those of the keys that wait, are delayed or are being processed. Raises ``Transient`` when it cannot tell."""
        ...

    async def held(self, kind: str) -> int:
        """How many keys of one kind of work it knows. Raises ``Transient`` when it cannot tell."""
        ...

    @property
    def room(self) -> int:
        """How many new keys of live work still fit, as of a few seconds ago."""
        ...

    @property
    def trouble(self) -> str | None:
        """Why nothing comes in or goes out at present, for people; None when all is well."""
        ...

    async def run(self) -> None:
        """What the engine does in the background, for ever; the process runs it as long as the queue is used.

        Raises:
            ConfigurationError: something that a person must mend.
        """
        ...


class MemoryQueue:
    """The port in one process, on one event loop.

    ``clock`` must be the loop's own clock (``loop.time``, the default) or run in step with it.
    """

    def __init__(self, size: int, *, clock: Monotonic | None = None) -> None:
        self._core = KeyedQueue(size)
        self._clock = clock
        self._takers: deque[asyncio.Future[None]] = deque()
        self._timer: asyncio.TimerHandle | None = None
        self._closed = False
        self._idle = asyncio.Event()
        self._idle.set()

    def add(self, work: Work, *, priority: Priority = Priority.LIVE, delay: float = 0.0) -> bool:
        """See ``WorkQueue.add``; also False once the queue drains."""
        if self._closed:
            return False
        taken = self._core.add(work, priority=priority, now=self._now(), delay=delay)
        self._stir()
        return taken

    async def take(self) -> Claim:
        """See ``WorkQueue.take``. A cancelled ``take`` takes nothing with it."""
        while not self._closed:
            claim = self._core.take(self._now())
            self._stir()
            if claim is not None:
                self._idle.clear()
                return claim
            await self._wait_turn()
        raise QueueClosed

    def done(self, claim: Claim, *, retry_in: float | None = None, rest: float = 0.0) -> bool:
        """See ``WorkQueue.done``."""
        remembered = self._core.done(claim, now=self._now(), retry_in=retry_in, rest=rest)
        if self._core.depth().processing == 0:
            self._idle.set()
        self._stir()
        return remembered

    async def drain(self, grace: float) -> int:
        """See ``WorkQueue.drain``."""
        self._closed = True
        self._cancel_timer()
        while self._takers:
            self._wake_one()
        try:
            async with asyncio.timeout(grace):
                await self._idle.wait()
        except TimeoutError:
            pass
        return self._core.depth().processing

    def depth(self) -> Depth:
        """See ``WorkQueue.depth``."""
        return self._core.depth()

    def knows(self, work: Work) -> bool:
        """Whether the key waits, is delayed or is being processed."""
        return self._core.knows(work.identity)

    async def known(self, works: Iterable[Work]) -> Set[Key]:
        """See ``WorkQueue.known``."""
        return {work.identity for work in works if self.knows(work)}

    async def held(self, kind: str) -> int:
        """See ``WorkQueue.held``."""
        return self._core.held(kind)

    @property
    def room(self) -> int:
        """See ``WorkQueue.room``."""
        return self._core.room

    @property
    def trouble(self) -> None:
        """Never any: nothing leaves the process."""

    async def run(self) -> None:
        """See ``WorkQueue.run``: here everything happens in the calls themselves."""
        await asyncio.get_running_loop().create_future()

    def _now(self) -> float:
        return self._clock() if self._clock is not None else asyncio.get_running_loop().time()

    async def _wait_turn(self) -> None:
        turn = asyncio.get_running_loop().create_future()
        self._takers.append(turn)
        self._set_timer()
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self._stir()  # the wake-up was for this taker: pass it on
            raise

    def _stir(self) -> None:
        """Wake as many takers as there is work for: one now, who wakes the next, and one when the next is due."""
        if self._core.ready:
            self._wake_one()
        elif self._takers:
            self._set_timer()

    def _wake_one(self) -> None:
        while self._takers:
            turn = self._takers.popleft()
            if not turn.done():
                turn.set_result(None)
                return

    def _set_timer(self) -> None:
        self._cancel_timer()
        due = self._core.next_due()
        if due is not None and not self._closed:
            delay = max(0.0, due - self._now())
            self._timer = asyncio.get_running_loop().call_later(delay, self._wake_one)

    def _cancel_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
