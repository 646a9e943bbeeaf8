"""What goes wrong, how the rows come in meanwhile, and when it is over: one entry for each fault of the sandbox.

Each is a function that uploads ``count`` rows in the middle of the fault and returns when the fault has ended, the
contestant's process included (it is started again where the fault was its own death).
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

import psycopg

from benchmarks.contest import Contest

SECONDS = 8.0
# Longer than the server looks for its database (85 s): afterwards it tells nobody that it has given up.
SILENT_DEATH_SECONDS = 100.0
Play = Callable[[Contest, int], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Outage:
    """``quick``: whether it is in the small version of the benchmark. ``ends``: whether it is an outage that comes to
    an end and shows it; changes that vanish without a trace are found by counting, which has its own pace."""

    play: Play
    quick: bool = False
    ends: bool = True


async def calm(contest: Contest, count: int) -> None:
    """Nothing goes wrong."""
    await contest.upload(count)


async def cut_sockets(contest: Contest, count: int) -> None:
    """Every socket is reset."""
    await contest.faults.cut_sockets()
    await contest.upload(count)


async def restart(contest: Contest, count: int) -> None:
    """Realtime is restarted and comes back cold."""
    await contest.faults.restart_realtime(SECONDS)
    await contest.upload(count)
    await contest.faults.settled()


async def refuse(contest: Contest, count: int) -> None:
    """Nothing can be reached: the rows come from elsewhere."""
    await contest.faults.refuse_connections(SECONDS)
    await contest.upload(count)
    await contest.faults.settled()


async def half_open(contest: Contest, count: int) -> None:
    """Realtime accepts connections and says nothing."""
    await contest.faults.half_open(SECONDS)
    await contest.upload(count)
    await contest.faults.settled()


async def swallow(contest: Contest, count: int) -> None:
    """Realtime loses exactly these changes and nothing else."""
    await contest.faults.swallow_changes(count)
    await contest.upload(count)


async def delay(contest: Contest, count: int) -> None:
    """Realtime delivers late."""
    await contest.faults.delay_delivery(SECONDS)
    await contest.upload(count)
    await asyncio.sleep(SECONDS)
    await contest.faults.clear()


async def rest_down(contest: Contest, count: int) -> None:
    """The API answers 503; hearing is not affected."""
    await contest.faults.break_path("/rest/v1", "503", SECONDS)
    await contest.upload(count)
    await contest.faults.settled()


async def database_restart(contest: Contest, count: int) -> None:
    """PostgreSQL crashes; the first rows come the moment it is back."""
    await contest.faults.stop_postgres(SECONDS, crash=True)
    await _until_back(contest)
    await contest.upload(count)
    await contest.faults.settled()


async def silent_death(contest: Contest, count: int) -> None:
    """PostgreSQL is gone for so long that Realtime gives up, and keeps answering heartbeats."""
    await contest.faults.stop_postgres(SILENT_DEATH_SECONDS)
    await _until_back(contest)
    await contest.upload(count)
    await contest.faults.settled()


async def killed(contest: Contest, count: int) -> None:
    """The contestant itself is killed and started again."""
    await contest.kill()
    await contest.upload(count)
    await contest.start()


async def _until_back(contest: Contest) -> None:
    while True:
        try:
            async with await psycopg.AsyncConnection.connect(contest.at.sandbox.db_url, connect_timeout=2):
                return
        except psycopg.OperationalError:
            await asyncio.sleep(0.05)


OUTAGES: Mapping[str, Outage] = {
    "none": Outage(calm, quick=True),
    "sockets cut": Outage(cut_sockets, quick=True),
    "Realtime restarted": Outage(restart, quick=True),
    "connections refused": Outage(refuse),
    "half-open socket": Outage(half_open),
    "changes swallowed": Outage(swallow, quick=True, ends=False),
    "delivered late": Outage(delay),
    "REST answers 503": Outage(rest_down, quick=True),
    "database crashed": Outage(database_restart),
    "database gone for 100 s": Outage(silent_death),
    "process killed": Outage(killed, quick=True),
}
