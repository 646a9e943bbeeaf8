"""The jobs in PostgreSQL: work as procrastinate's jobs, and the statements that move them.

procrastinate hands out jobs, keeps its locks and tells of new ones; what it has no statement for (coalescing with a job
that waits, fair turns, a retry beside a newer job, giving back what a lost worker had) is done by functions beside its
tables (``supabase/migrations``, ``aura_queue``). Every method raises ``Transient("queue_unavailable")`` while the
database is away, and ``ConfigurationError`` for what a person must mend.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar

from procrastinate.connector import BaseAsyncConnector
from procrastinate.exceptions import ConnectorException
from procrastinate.jobs import Job
from procrastinate.manager import JobManager, get_channel_for_queues

from consumer.engines.connections import explained
from consumer.keyed_queue import Claim, Depth, Key, Priority
from handlers.work import Work

LANES = {Priority.LIVE: "aura_live", Priority.BACKFILL: "aura_backfill"}
_PRIORITIES = {lane: priority for priority, lane in LANES.items()}
_PUT = "select aura_put_jobs(%(wishes)s::jsonb[], %(size)s) as refused"
_SETTLE = "select aura_settle_jobs(%(settlements)s::jsonb[])"
_BEAT = "select * from aura_beat(%(worker)s, %(in_hand)s::bigint[], %(silent)s)"
_KNOWN = "select distinct lock from procrastinate_jobs where lock = any(%(locks)s) and status in ('todo', 'doing')"
_HELD = """select count(distinct lock) as held from procrastinate_jobs
           where status in ('todo', 'doing') and args ->> 'kind' = %(kind)s"""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Placing:
    """A wish on its way to the queue; ``delay`` in seconds from now."""

    work: Work
    priority: Priority
    delay: float


@dataclass(frozen=True, slots=True)
class InHand:
    """A job that this process works on, and the claim that was made of it."""

    id: int
    worker: int
    claim: Claim


@dataclass(frozen=True, slots=True)
class Settlement:
    """How a job is let go of: after ``retry_in`` seconds once more, or for good (None)."""

    job: InHand
    retry_in: float | None
    rest: float
    failures: int


@dataclass(frozen=True, slots=True)
class Pulse:
    """What the database answers to a sign of life."""

    alive: bool
    depth: Depth


class Jobs:
    """The statements."""

    def __init__(self, connector: BaseAsyncConnector) -> None:
        self._connector = connector
        self._manager = JobManager(connector)

    async def put(self, placings: Iterable[Placing], size: int) -> set[str]:
        """Put wishes, each key once; returns the locks of those for which there was no room."""
        wishes = [_wish(placing) for placing in placings]
        rows = await _told(self._connector.execute_query_all_async(_PUT, wishes=wishes, size=size))
        return {row["refused"] for row in rows}

    async def fetch(self, lanes: Sequence[Priority], worker: int) -> InHand | None:
        """The next job that is due in these lanes, now in the hands of ``worker``."""
        job = await _told(self._manager.fetch_job([LANES[lane] for lane in lanes], worker))
        return None if job is None else _in_hand(job, worker)

    async def settle(self, settlements: Iterable[Settlement]) -> None:
        """Let go of jobs; one that was given to another worker meanwhile is left alone. Harmless when repeated."""
        told = [_settlement(each) for each in settlements]
        await _told(self._connector.execute_query_async(_SETTLE, settlements=told))

    async def beat(self, worker: int | None, in_hand: Collection[int], silent: float) -> Pulse:
        """Show that this process lives, and give back what nobody works on: see ``aura_beat``."""
        row = await _told(
            self._connector.execute_query_one_async(_BEAT, worker=worker, in_hand=list(in_hand), silent=silent)
        )
        return Pulse(row["alive"], Depth(row["live"], row["backfill"], row["delayed"], row["processing"]))

    async def next_due(self) -> float | None:
        """Seconds until a delayed job is due; None when none is delayed."""
        row = await _told(self._connector.execute_query_one_async("select aura_next_due() as due"))
        return None if row["due"] is None else float(row["due"])

    async def known(self, works: Iterable[Work]) -> set[Key]:
        """Those of the keys that wait or are being worked on."""
        locks = {_lock(work): work.identity for work in works}
        rows = await _told(self._connector.execute_query_all_async(_KNOWN, locks=list(locks)))
        return {locks[row["lock"]] for row in rows}

    async def held(self, kind: str) -> int:
        """How many keys of a kind wait or are being worked on."""
        row = await _told(self._connector.execute_query_one_async(_HELD, kind=kind))
        return int(row["held"])

    async def register(self) -> int:
        """A new worker's number."""
        return await _told(self._manager.register_worker())

    async def part(self, worker: int) -> None:
        """A worker ends; what it still has goes back."""
        await _told(self._connector.execute_query_async("select aura_part(%(worker)s)", worker=worker))

    async def listen(self, look: Callable[[], None]) -> None:
        """Call ``look`` for every job that comes, and whenever listening begins (also once more, on a connection that
        had to be opened again), until cancelled or no connection can be opened."""

        async def heard(**_notification: str) -> None:
            look()

        await _told(self._connector.listen_notify(heard, _Channels(get_channel_for_queues(LANES.values()), look)))


@dataclass(frozen=True, slots=True)
class _Channels(Iterable[str]):
    """The connector asks for the next channel when it listens on the one before: after the last it listens on all, and
    what came until then was told to nobody."""

    names: Iterable[str]
    listening: Callable[[], None]

    def __iter__(self) -> Iterator[str]:
        yield from self.names
        self.listening()


async def _told(doing: Awaitable[T]) -> T:
    """What a statement returns. A cancellation that comes just as the pool hands a connection over is lost on its way
    (``asyncio.wait_for`` of Python 3.11, CPython issue 86296): without it whoever cancelled would wait for ever. One
    that came before is over: what a task does at its end is done."""
    task = asyncio.current_task()
    before = task.cancelling() if task is not None else 0
    try:
        told = await doing
    except ConnectorException as error:
        raise explained(error) from error
    if task is not None and task.cancelling() > before:
        raise asyncio.CancelledError
    return told


def lock_of(key: Key) -> str:
    """What procrastinate tells jobs apart by."""
    return ":".join(key)


def _lock(work: Work) -> str:
    return lock_of(work.identity)


def _wish(placing: Placing) -> dict[str, Any]:
    """Ids and counters alone: procrastinate logs them. A photo's address is left out, the row has it."""
    work = placing.work
    told = {"kind": work.kind, "key": work.key, "owner": work.owner, "again": work.again}
    return told | {"lane": LANES[placing.priority], "delay": placing.delay}


def _settlement(settlement: Settlement) -> dict[str, Any]:
    return {
        "id": settlement.job.id,
        "worker": settlement.job.worker,
        "retry_in": settlement.retry_in,
        "rest": settlement.rest,
        "failures": settlement.failures,
    }


def _in_hand(job: Job, worker: int) -> InHand:
    if job.id is None:
        raise ValueError("procrastinate fetched a job without a number")
    told: dict[str, Any] = job.task_kwargs
    work = Work(told["kind"], told["key"], owner=told["owner"], again=told["again"])
    since = datetime.fromtimestamp(told["since"], UTC)
    waited = (datetime.now(UTC) - max(since, job.scheduled_at or since)).total_seconds()
    claim = Claim(work, _PRIORITIES[job.queue], told["failures"], max(0.0, waited))
    return InHand(job.id, worker, claim)
