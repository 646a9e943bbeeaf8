"""Two daemons that share a queue: one hears for both, the other stands by, and takes over from whoever ends.

Takeover's own bounds are tried in virtual time (tests/unit/consumer/test_elected.py); here it is that it happens, with
the real processes, the real lease and the real sockets.
"""

from __future__ import annotations

import os
import signal
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any

import psycopg
import pytest
from psycopg.rows import TupleRow

from sandbox import Sandbox
from tests.integration.process.conftest import Daemons
from tests.integration.process.test_webhook_wakes import TAKES, is_tagged, tell
from tests.support.daemon_process import DaemonProcess
from tests.support.photo_server import PhotoServer
from tests.support.waiting import wait_for
from tests.support.wardrobes import Wearer, picture

Db = psycopg.AsyncConnection[TupleRow]
DAEMON = ("--roles", "consumer,worker")
LONG, SHORT = {"AURA__REALTIME__LEASE_SECONDS": "60"}, {"AURA__REALTIME__LEASE_SECONDS": "8"}
SOON = {
    "AURA__REALTIME__CANARY_INTERVAL_SECONDS": "2",
    "AURA__REALTIME__BACKOFF_MAX_SECONDS": "1",
    "AURA__RECONCILE__WHILE_DEAF_SECONDS": "1",
    "AURA__SUPABASE__TIMEOUT_SECONDS": "3",
}


@dataclass
class Pair:
    """Starts daemons that share a queue."""

    daemons: Daemons
    sandbox: Sandbox

    async def start(self, *roles: str, **settings: str) -> DaemonProcess:
        shared = {"AURA__QUEUE__ENGINE": "procrastinate", "SUPABASE_DB_URL": self.sandbox.db_url}
        return await self.daemons.start(*(roles or DAEMON), **SOON, **shared, **settings)

    async def sockets(self) -> int:
        """How many are open at Realtime."""
        return int((await self.sandbox.faults.status())["realtime"]["sockets"])


@pytest.fixture
async def pair(daemons: Daemons, sandbox: Sandbox, db: Db) -> AsyncIterator[Pair]:
    await db.execute("delete from aura_leadership")  # of processes that an earlier test has killed
    yield Pair(daemons, sandbox)
    await sandbox.faults.clear()


async def consumer(daemon: DaemonProcess) -> Mapping[str, Any]:
    """What /readyz says of the role."""
    told: Mapping[str, Any] = (await daemon.readiness())["roles"]["consumer"]
    return told


async def leads(daemon: DaemonProcess) -> bool:
    """Whether it provably hears for all."""
    told = await consumer(daemon)
    return bool(told.get("leader") and told["state"] == "live")


async def stands_by(daemon: DaemonProcess) -> bool:
    told = await consumer(daemon)
    return bool(told["ready"] and told.get("state") == "standby" and not told["leader"])


async def until_tagged(ada: Wearer, photos: PhotoServer) -> None:
    item = await ada.add(photos.publish(picture()))
    await wait_for(lambda: is_tagged(ada, item), what="tags")


async def test_the_standby_is_ready_hears_nothing_and_takes_over_at_once_from_one_that_is_stopped(
    pair: Pair, ada: Wearer, photos: PhotoServer
) -> None:
    """The lease would last for a minute: that it is given up is what the second goes by. Whoever comes later waits."""
    first = await pair.start(**LONG)
    await wait_for(lambda: leads(first), what="the first to hear")
    second = await pair.start(**LONG)
    await wait_for(lambda: stands_by(second), what="the second to stand by")
    assert (await consumer(second))["led_by"]
    assert await pair.sockets() == 1
    assert [await each.metric("aura_consumer_leader") for each in (first, second)] == [1, 0]
    await until_tagged(ada, photos)
    assert await second.metric("aura_subscription_live") == 0
    assert await first.stop() == 0
    await wait_for(lambda: leads(second), seconds=30, what="the second to hear")
    await until_tagged(ada, photos)
    third = await pair.start(**LONG)
    await wait_for(lambda: stands_by(third), what="the third to stand by")
    assert await leads(second)
    assert await pair.sockets() == 1


async def test_from_one_that_is_killed_when_its_lease_is_over(pair: Pair, ada: Wearer, photos: PhotoServer) -> None:
    first = await pair.start(**SHORT)
    await wait_for(lambda: leads(first), what="the first to hear")
    second = await pair.start(**SHORT)
    await wait_for(lambda: stands_by(second), what="the second to stand by")
    item = await ada.add(photos.publish(picture()))
    await first.kill()
    await wait_for(lambda: leads(second), what="the second to hear")
    await wait_for(lambda: is_tagged(ada, item), what="what was added when nobody heard")
    assert await pair.sockets() == 1


async def test_a_process_that_was_frozen_finds_another_in_its_place_and_stands_by(
    pair: Pair, ada: Wearer, photos: PhotoServer
) -> None:
    """While it is frozen its socket stays open, which nobody can help; then it is closed before anything else."""
    first = await pair.start(**SHORT)
    await wait_for(lambda: leads(first), what="the first to hear")
    second = await pair.start(**SHORT)
    await wait_for(lambda: stands_by(second), what="the second to stand by")
    os.kill(first.pid, signal.SIGSTOP)
    try:
        await wait_for(lambda: leads(second), what="the second to hear")
        await until_tagged(ada, photos)
    finally:
        os.kill(first.pid, signal.SIGCONT)
    await wait_for(lambda: stands_by(first), what="the first to stand by")
    await wait_for(lambda: _is(pair, 1), what="one socket alone")
    assert await leads(second)
    await until_tagged(ada, photos)
    said = [line["event"] for line in first.lines() if line.get("event") in ("leading", "leading_no_more")]
    assert said[-1] == "leading_no_more"


async def test_with_the_data_api_away_nobody_hears_and_one_does_afterwards(
    pair: Pair, sandbox: Sandbox, ada: Wearer, photos: PhotoServer
) -> None:
    both = [await pair.start(**SHORT) for _ in range(2)]
    await wait_for(lambda: _one(both), what="one to hear and one to stand by")
    await sandbox.faults.break_path("/rest/v1", "503", 120)
    await wait_for(lambda: _is(pair, 0), what="no socket")
    for each in both:
        told = await consumer(each)
        assert not told["ready"]
        assert "lease" in told["reasons"][0]
    await sandbox.faults.clear()
    await wait_for(lambda: _one(both), what="one to hear and one to stand by")
    assert await pair.sockets() == 1
    await until_tagged(ada, photos)


async def test_a_webhook_that_a_standby_is_told_reaches_who_hears(
    pair: Pair, sandbox: Sandbox, ada: Wearer, photos: PhotoServer
) -> None:
    """Realtime loses the change itself; the word of it comes through the database, over Realtime."""
    first = await pair.start(**LONG, AURA__RECONCILE__MARKS_SECONDS="280")
    await wait_for(lambda: leads(first), what="the first to hear")
    second = await pair.start("--roles", "api,consumer,worker", **LONG, **TAKES)
    await second.until_ready()
    assert await stands_by(second)
    await sandbox.faults.swallow_changes(1)
    item = await ada.add(photos.publish(picture()))
    await tell(second, await ada.item(item))
    await wait_for(lambda: is_tagged(ada, item), what="tags")
    assert await first.metric("aura_reconcile_runs_total", cause="wake") >= 1


async def _is(pair: Pair, sockets: int) -> bool:
    return await pair.sockets() == sockets


async def _one(both: list[DaemonProcess]) -> bool:
    """One hears and the other stands by."""
    return sorted([await leads(each) for each in both]) == [False, True] and any(
        [await stands_by(each) for each in both]
    )
