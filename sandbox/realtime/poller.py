"""Polls the slot at the real server's pace and hands the changes to the channels, or loses them.

Three ways of losing are rules of the real server, not faults: over the rate limit everything read
is dropped in silence; a batch whose queries fail takes the slot with it; and a transaction that would take its SQL
more than 15 s takes the connection, the slot and all that was in it with it.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Sequence

import psycopg
import structlog

from sandbox.realtime.changes import ColumnGone, Limits
from sandbox.realtime.faults import Counters, Faults
from sandbox.realtime.pgoutput import Transaction
from sandbox.realtime.polling import Delivered, TableGone, cost, prepare, row_count, tables_of
from sandbox.realtime.profile import Profile
from sandbox.realtime.rate import RateCounter
from sandbox.realtime.slot import Slot
from sandbox.realtime.subscriptions import Subscriptions, by_channel

log = structlog.get_logger(__name__)

FRAMES_PER_TURN = 100  # handed over between two turns of the event loop


class PollTimeout(Exception):
    """The poll's SQL would have taken longer than it may: its connection is closed."""


class Poller:
    """Reads a slot for all live subscriptions."""

    def __init__(
        self,
        subscriptions: Subscriptions,
        rate: RateCounter,
        profile: Profile,
        faults: Faults,
        counters: Counters,
        rng: random.Random,
    ) -> None:
        self._subscriptions = subscriptions
        self._rate = rate
        self._profile = profile
        self._faults = faults
        self._counters = counters
        self._rng = rng
        self._limits = Limits(profile.max_record_bytes, profile.small_value_bytes)
        self._began: float | None = None

    @property
    def busy_seconds(self) -> float:
        """For how long the poll under way has been going on."""
        return 0.0 if self._began is None else time.monotonic() - self._began

    async def poll(self, slot: Slot) -> float:
        """One poll; returns the seconds to wait before the next.

        Raises psycopg.OperationalError when the connection is gone, PollTimeout.
        """
        self._began = time.monotonic()
        try:
            batch = await slot.poll()
            self._counters.polls += 1
            self._counters.polled += row_count(batch)
            wait = await self._handle(slot, batch) if batch else self._profile.idle_interval
            return max(wait, self._profile.poll_floor - self.busy_seconds)
        finally:
            self._began = None

    async def _handle(self, slot: Slot, batch: Sequence[Transaction]) -> float:
        try:
            prepared = await self._prepare(slot, batch)
        except psycopg.OperationalError:
            raise
        except (psycopg.Error, ColumnGone, TableGone) as error:
            log.warning("realtime_poll_failed", error=str(error), rows=row_count(batch))
            self._counters.dropped["poll_error"] += row_count(batch)
            await self._recover(slot)
            return 0.0
        if not prepared:
            return self._profile.poll_interval
        if self._rate.triggered:
            self._counters.dropped["rate_limit"] += len(prepared)
            return 0.0
        await asyncio.sleep(self._faults.delay)
        await self._deliver(prepared)
        return 0.0

    async def _recover(self, slot: Slot) -> None:
        """After an error the slot is gone: a new one begins a moment later, what was committed meanwhile is lost."""
        await asyncio.sleep(self._rng.uniform(*self._profile.poll_error))
        await slot.renew()

    async def _prepare(self, slot: Slot, batch: Sequence[Transaction]) -> list[Delivered]:
        followers = self._subscriptions.snapshot()
        tables = await tables_of(slot.queries, batch, followers)
        with_rls = frozenset(name for name, table in tables.items() if table.rls)
        await self._take_time(cost(batch, with_rls, self._profile.row_cost), row_count(batch))
        return await prepare(slot.queries, batch, tables, followers, self._limits)

    async def _take_time(self, seconds: float, rows: int) -> None:
        if seconds <= self._profile.poll_timeout:
            await asyncio.sleep(seconds)
            return
        await asyncio.sleep(self._profile.poll_timeout)
        self._counters.dropped["poll_timeout"] += rows
        raise PollTimeout(f"{rows} rows would have taken {seconds:.1f} s")

    async def _deliver(self, prepared: Sequence[Delivered]) -> None:
        for at, change in enumerate(prepared):
            if at % FRAMES_PER_TURN == FRAMES_PER_TURN - 1:
                await asyncio.sleep(0)
            if self._faults.swallow_next():
                self._counters.dropped["swallowed"] += 1
                continue
            for delivery in change.deliveries:
                self._rate.add(len(delivery.followers))
                for subscriber, ids in by_channel(delivery.followers).items():
                    subscriber.deliver(delivery.payload, ids, change.event)
