"""The life of the change feed: started by the first subscriber, polled, lost, found again, given up.

There is one feed for the project. Its states are the real server's: cold until somebody subscribes;
following, through short database outages, with a new slot after each; and, when the database was
away for too long, ended without a word to anybody: channels stay joined and hear nothing until one
of them subscribes again, and then only that one does.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Mapping, Sequence
from enum import Enum

import psycopg
import structlog

from sandbox.realtime.bindings import Request
from sandbox.realtime.catalog import published_tables, resolve
from sandbox.realtime.control import APPLICATION_NAME, Control
from sandbox.realtime.faults import Counters, Faults
from sandbox.realtime.filters import Filter
from sandbox.realtime.poller import Poller, PollTimeout
from sandbox.realtime.profile import Profile, Range
from sandbox.realtime.rate import RateCounter
from sandbox.realtime.slot import Slot, connect
from sandbox.realtime.subscriptions import Subscriber, Subscription, Subscriptions

log = structlog.get_logger(__name__)


class State(Enum):
    """Whether anybody reads the log."""

    COLD = "cold"
    STARTING = "starting"
    FOLLOWING = "following"
    AWAY = "away"  # the database is


class NotConnected(Exception):
    """The feed is not there (yet): it was asked to start, try again in a moment."""


class Feed:
    """Follows one publication of one database for all channels of the server."""

    def __init__(
        self,
        dsn: str,
        publication: str,
        profile: Profile,
        faults: Faults,
        counters: Counters,
        rng: random.Random,
    ) -> None:
        self.state = State.COLD
        self.subscriptions = Subscriptions()
        self.control = Control(dsn)
        self._dsn = dsn
        self._publication = publication
        self._profile = profile
        self._rng = rng
        self._rate = RateCounter(profile.max_events_per_second, profile.rate_tick, profile.rate_buckets)
        self.poller = Poller(self.subscriptions, self._rate, profile, faults, counters, rng)
        self._tasks: list[asyncio.Task[None]] = []
        self._left_at = time.monotonic()

    async def resolve(self, request: Request, role: str) -> Mapping[int, tuple[Filter, ...]]:
        """The tables of a binding, checked by the database.

        Raises BindingRefused for good; NotConnected, after which a cold feed is starting;
        psycopg.Error when the database failed.
        """
        if self.state is not State.FOLLOWING:
            self._start()
            raise NotConnected
        try:
            return await self._ask(request, role)
        except psycopg.OperationalError:  # a connection that broke unnoticed fails once
            return await self._ask(request, role)

    async def _ask(self, request: Request, role: str) -> Mapping[int, tuple[Filter, ...]]:
        async with self.control.connection() as connection:
            return await resolve(connection, self._publication, request, role)

    def subscribe(self, subscriber: Subscriber, subscriptions: Sequence[Subscription]) -> None:
        """Makes a channel's subscriptions live, in place of those it had.

        Raises NotConnected when the feed has ended since they were resolved: nobody would serve them.
        """
        if self.state in (State.COLD, State.STARTING):
            raise NotConnected
        self.subscriptions.replace(subscriber, subscriptions)

    def unsubscribe(self, subscriber: Subscriber) -> None:
        """Forgets a channel."""
        self.subscriptions.remove(subscriber)
        self._left_at = time.monotonic()

    def status(self) -> dict[str, object]:
        """Figures for a status page: whether and how fast it follows, and whether it delivers what it reads."""
        return {
            "feed": self.state.value,
            "subscriptions": len(self.subscriptions),
            "poll_seconds": round(self.poller.busy_seconds, 2),
            "events_per_second": round(self._rate.average, 2),
            "over_rate_limit": self._rate.triggered,
        }

    async def stop(self) -> None:
        """Ends the feed and drops its slot; the subscriptions are gone."""
        tasks, self._tasks = self._tasks, []
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self.control.close()
        self.subscriptions.clear()
        self.state = State.COLD

    def _start(self) -> None:
        if self.state is not State.COLD:
            return
        self.state = State.STARTING
        self.subscriptions.clear()
        self._tasks = [
            asyncio.create_task(self._live(), name="realtime feed"),
            asyncio.create_task(self._tick(), name="realtime rate"),
            asyncio.create_task(self._watch_publication(), name="realtime publication"),
        ]

    async def _live(self) -> None:
        """The feed's whole life; ends COLD, on purpose or because the database was away for too long."""
        try:
            while slot := await self._open_slot():
                self.state = State.FOLLOWING
                try:
                    await self._follow(slot)
                except (psycopg.Error, PollTimeout) as error:
                    log.info("realtime_slot_lost", error=type(error).__name__)
                    self.state = State.AWAY
                else:
                    return
                finally:
                    await slot.close()
        except psycopg.Error:  # no slot may be made: a matter of rights or settings, not of time
            log.exception("realtime_feed_failed")
        finally:
            self.state = State.COLD
            for task in self._tasks[1:]:
                task.cancel()

    async def _open_slot(self) -> Slot | None:
        """A new slot, as soon as the database gives one; None after `give_up` seconds without."""
        if self.state is State.AWAY:
            await self._pause(self._profile.reconnect)
        began, failed = time.monotonic(), False
        while time.monotonic() - began < self._profile.give_up:
            try:
                if failed:
                    await self._until_back()
                return await Slot.create(self._dsn, self._publication, self._profile.max_changes)
            except (psycopg.OperationalError, psycopg.errors.DuplicateObject) as error:
                failed = isinstance(error, psycopg.errors.ConnectionException) or error.sqlstate is None
                await asyncio.sleep(self._profile.reconnect_try)
        return None

    async def _until_back(self) -> None:
        """A first sign of life, then the pause after which the real server follows again."""
        connection = await connect(self._dsn, APPLICATION_NAME)
        await connection.close()
        await self._pause(self._profile.resume)

    async def _follow(self, slot: Slot) -> None:
        """Polls until nobody has followed anything for `feed_linger` seconds."""
        self._left_at, wait = time.monotonic(), 0.0
        while self.subscriptions.subscribers or time.monotonic() - self._left_at < self._profile.feed_linger:
            await asyncio.sleep(wait)
            wait = await self.poller.poll(slot)

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(self._profile.rate_tick)
            self._rate.tick()

    async def _watch_publication(self) -> None:
        """When the publication's tables change, all subscriptions are dropped and made anew."""
        known: frozenset[tuple[int, str, str]] | None = None
        while True:
            tables = await self._published()
            if tables is not None and known is not None and tables != known:
                for subscriber in self.subscriptions.clear():
                    subscriber.resubscribe()
            known = tables if tables is not None else known
            await asyncio.sleep(self._profile.publication_check)

    async def _published(self) -> frozenset[tuple[int, str, str]] | None:
        try:
            async with self.control.connection() as connection:
                return await published_tables(connection, self._publication)
        except psycopg.OperationalError:
            return None  # the database is away: looked at again next time

    async def _pause(self, seconds: Range) -> None:
        await asyncio.sleep(self._rng.uniform(*seconds))
