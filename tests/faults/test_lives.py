"""Daemons that are killed, that are two, that start late; an analyzer that is out; a database that is long away."""

from __future__ import annotations

import asyncio
from pathlib import Path
from random import Random

import pytest

from sandbox import Sandbox
from tests.support.outages.verdict import cut_off, spans
from tests.support.outages.world import World, a_world
from tests.support.waiting import wait_for

DONE_WITHIN = 120.0
KILLS = 4
GONE_SECONDS = 100.0


@pytest.mark.timeout(400)
async def test_killed_again_and_again(fragile: Sandbox, tmp_path: Path) -> None:
    """Each life ends while something is in hand: a while after the daemon began to work."""
    random = Random(7)
    async with a_world(fragile, tmp_path, hold=0.4) as world:
        for _ in range(KILLS):
            uploads = [asyncio.create_task(person.add()) for person in world.people for _ in range(4)]
            await _work_begins(world)
            await asyncio.sleep(random.uniform(0, 0.6))
            await world.kill_daemon()
            await world.start_daemon()
            await asyncio.gather(*uploads)
        await world.converged(DONE_WITHIN)
        work = cut_off(world.journal.entries(), "work")
        print(f"{KILLS} kills cut off {len(work)} pieces of work; {world.asked_again()} questions were repeated")
        assert work, "no kill met a daemon at work"
        assert world.asked_again() <= await world.excused(), "only what had not been kept is asked again"
        assert await world.complaints() == []
        assert len(await world.items()) == KILLS * 8


async def _work_begins(world: World) -> None:
    noted = len(world.journal.entries())
    await wait_for(lambda: len(world.journal.entries()) > noted, what="the next piece of work")


@pytest.mark.timeout(300)
async def test_two_daemons_share_the_work_and_never_a_photo(fragile: Sandbox, tmp_path: Path) -> None:
    """Both hear of every upload; leases in the database decide who analyses it."""
    async with a_world(fragile, tmp_path, hold=0.3) as world:
        await world.start_daemon()
        for daemon in world.daemons:
            await daemon.until_ready()
        await asyncio.gather(*(person.add() for person in world.people for _ in range(12)))
        await world.converged(DONE_WITHIN)
        assert await world.complaints() == []
        assert world.asked_again() == 0
        asked = {span.entry.pid for span in spans(world.journal.entries(), "ask")}
        assert asked == {daemon.pid for daemon in world.daemons}


@pytest.mark.timeout(300)
async def test_an_analyzer_out_of_order_costs_time_alone(world: World) -> None:
    world.break_analyzer(broken=True)
    await asyncio.gather(*(person.add() for person in world.people for _ in range(3)))
    await wait_for(lambda: _refusals(world), what="a refusal by the analyzer")
    assert (await world.daemon.readiness())["ready"]
    world.break_analyzer(broken=False)
    await asyncio.gather(*(person.add() for person in world.people))
    await world.converged(DONE_WITHIN)
    assert await world.complaints() == []
    assert world.asked_again() == 0


async def _refusals(world: World) -> float:
    return await world.daemon.metric("aura_failures_total", code="analyzer_unavailable")


@pytest.mark.timeout(500)
async def test_a_database_away_for_so_long_that_realtime_goes_deaf_for_good(world: World) -> None:
    """After 85 s Realtime gives up and tells nobody: heartbeats are answered, and no change ever comes again."""
    for person in world.people:
        person.patience_seconds = GONE_SECONDS + 60
    await asyncio.gather(*(person.add() for person in world.people))
    await world.sandbox.faults.stop_postgres(GONE_SECONDS)
    meanwhile = [asyncio.create_task(person.add()) for person in world.people for _ in range(2)]
    await world.sandbox.faults.settled(GONE_SECONDS + 60)
    await asyncio.gather(*meanwhile)
    await asyncio.gather(*(person.add(private=True) for person in world.people))
    took = await world.converged(DONE_WITHIN)
    await world.daemon.until_ready()
    print(f"done {took:.1f} s after the database came back")
    assert await world.daemon.metric("aura_subscription_attempts_total", outcome="replaced") >= 1
    assert await world.complaints() == []
