"""The real server's silent losses, which are on by default: limits, time-outs, outages."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest_asyncio

from sandbox.postgres import PostgresServer
from sandbox.realtime import FAST
from tests.support.realtime.keys import USER_A, USER_B
from tests.support.realtime.listener import PATIENCE, SUBSCRIBED, Listener, listening, table
from tests.support.realtime.stage import Stage, stage

BURST = "insert into burst select n, 'x' from generate_series(%s::int8, %s::int8) n"
ITEM = "insert into clothing_items (user_id, name) values (%s, %s)"


def numbers(listener: Listener) -> list[int]:
    return [change["record"]["id"] for change in listener.changes]


def names(listener: Listener) -> list[str]:
    return [change["record"]["name"] for change in listener.changes]


QUICK = FAST.scaled(0.05)


@pytest_asyncio.fixture(loop_scope="package")
async def quick_stage(postgres: PostgresServer) -> AsyncIterator[Stage]:
    """A server whose minutes pass in seconds: all of time at a twentieth."""
    async with stage(postgres, QUICK, 0.05) as built:
        yield built


async def test_thousands_of_commits_arrive_in_order_where_the_limit_allows(postgres: PostgresServer) -> None:
    unlimited = replace(FAST, max_events_per_second=1_000_000)
    async with stage(postgres, unlimited) as built, listening(built, table("burst")) as listener:
        await built.execute(
            "do $$ begin for n in 1..3000 loop insert into burst values (n, 'x'); commit; end loop; end $$"
        )
        await listener.until(lambda: len(listener.client.frames) >= 3002)
        assert numbers(listener) == list(range(1, 3001))


async def test_after_a_burst_everything_is_dropped_until_its_minute_is_over(postgres: PostgresServer) -> None:
    limited = replace(QUICK, max_events_per_second=100)  # exceeded also where 1,000 take ten seconds
    async with stage(postgres, limited, 0.05) as built, listening(built, table("burst")) as listener:
        await built.execute(BURST, 1, 1000)
        await listener.until(lambda: len(listener.client.frames) >= 1002)
        counters = built.server.counters
        number = 1000
        async with asyncio.timeout(PATIENCE):
            while counters.dropped["rate_limit"] == 0:  # the limit is looked at every five seconds
                number += 1
                await built.execute(BURST, number, number)
                await asyncio.sleep(0.01)
        lost, before = number, counters.delivered
        async with asyncio.timeout(PATIENCE):
            while counters.delivered == before:
                number += 1
                await built.execute(BURST, number, number)
                await listener.heartbeat()
                await asyncio.sleep(0.05)
        assert lost not in numbers(listener)
        assert listener.systems == [SUBSCRIBED]


async def test_a_transaction_of_more_than_fifteen_seconds_of_work_is_lost_in_silence(quick_stage: Stage) -> None:
    async with listening(quick_stage, table("burst")) as listener:
        await quick_stage.execute(BURST, 1, 20_000)
        number = 20_000
        async with asyncio.timeout(PATIENCE):
            while quick_stage.server.counters.dropped["poll_timeout"] == 0:
                await asyncio.sleep(0.01)
            while not listener.changes:
                number += 1
                await quick_stage.execute(BURST, number, number)
                await asyncio.sleep(0.02)
        assert min(numbers(listener)) > 20_000
        assert listener.systems == [SUBSCRIBED]
        assert listener.client.code is None


async def test_row_level_security_is_judged_for_each_subscriber(fast_stage: Stage) -> None:
    binding = table("clothing_items")
    async with (
        listening(fast_stage, binding, token=fast_stage.keys.user(USER_A)) as mine,
        listening(fast_stage, binding, token=fast_stage.keys.user(USER_B)) as theirs,
        listening(fast_stage, binding) as everything,
    ):
        await fast_stage.execute(ITEM, USER_A, "a")
        await fast_stage.execute(ITEM, USER_B, "b")
        await everything.until(lambda: names(everything) == ["a", "b"])
        await mine.until(lambda: names(mine) == ["a"])
        await theirs.until(lambda: names(theirs) == ["b"])


async def test_filters_that_only_the_database_can_judge(fast_stage: Stage) -> None:
    async with listening(fast_stage, table("clothing_items", filter="name=match.^bl,name=lt.blz")) as listener:
        for name in ("blue", "blzz", "red", "black"):
            await fast_stage.execute(ITEM, USER_A, name)
        await listener.until(lambda: names(listener) == ["blue", "black"])


async def test_the_canary_hears_its_own_row_alone(fast_stage: Stage) -> None:
    async with listening(fast_stage, table("likes", filter=f"id=eq.{USER_A}")) as listener:
        for row in (USER_B, USER_A):
            await fast_stage.execute("insert into likes (id) values (%s)", row)
        await listener.until(lambda: len(listener.changes) == 1)
        assert listener.changes[0]["record"]["id"] == USER_A


async def test_a_row_above_a_mebibyte_comes_without_its_large_values(fast_stage: Stage) -> None:
    async with listening(fast_stage, table("burst")) as listener:
        await fast_stage.execute("insert into burst values (1, repeat('x', 1040000)), (2, repeat('x', 1100000))")
        await listener.until(lambda: len(listener.changes) == 2)
        whole, cut = listener.changes
        assert (whole["errors"], len(whole["record"]["payload"])) == (None, 1_040_000)
        assert (cut["errors"], cut["record"]) == (["Error 413: Payload Too Large"], {"id": 2})


async def test_a_reader_that_does_not_read_is_cut_off(postgres: PostgresServer) -> None:
    profile = replace(FAST, max_heap_bytes=2_000_000)
    async with stage(postgres, profile) as built, listening(built, table("burst")) as slow:
        reader = slow.client.pause()
        await built.execute("insert into burst select n, repeat('x', 60000) from generate_series(1, 300) n")
        async with asyncio.timeout(PATIENCE):
            while built.server.counters.dropped["slow_reader"] == 0:
                await asyncio.sleep(0.02)
        reader.resume_reading()
        await slow.client.wait_closed(PATIENCE)
        assert slow.client.code == 1006
        assert len(slow.changes) < 300


async def test_a_long_outage_ends_the_subscription_in_silence_and_a_new_token_revives_it(quick_stage: Stage) -> None:
    async with listening(quick_stage, table("burst")) as listener:
        await quick_stage.postgres.stop()
        async with asyncio.timeout(PATIENCE):
            while quick_stage.server.status()["feed"] != "cold":
                await asyncio.sleep(0.02)
                assert await listener.heartbeat() == {"response": {}, "status": "ok"}
        await quick_stage.postgres.start()
        await quick_stage.execute(BURST, 1, 5)
        assert await listener.heartbeat() == {"response": {}, "status": "ok"}
        assert (listener.changes, listener.systems) == ([], [SUBSCRIBED])
        await listener.push("access_token", {"access_token": quick_stage.keys.token()})
        await listener.until(lambda: listener.systems == [SUBSCRIBED, SUBSCRIBED])
        await quick_stage.execute(BURST, 6, 6)
        await listener.until(lambda: numbers(listener) == [6])


async def test_a_short_outage_is_survived_with_a_new_slot(quick_stage: Stage) -> None:
    async with listening(quick_stage, table("burst")) as listener:
        await quick_stage.postgres.stop()
        await quick_stage.postgres.start()
        number = 0
        async with asyncio.timeout(PATIENCE):
            while not listener.changes:
                number += 1
                await quick_stage.execute(BURST, number, number)
                await asyncio.sleep(0.02)
        assert listener.systems == [SUBSCRIBED]
        assert listener.client.code is None
