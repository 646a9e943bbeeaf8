"""Faults on demand: each does to the client what it says, and no more."""

from __future__ import annotations

import asyncio

import pytest
from aiohttp import ClientSession

from tests.support.realtime.client import UPGRADE
from tests.support.realtime.listener import PATIENCE, SUBSCRIBED, connected, listening, table
from tests.support.realtime.stage import Stage

INSERT = "insert into burst select %s, 'x'"
UNTIL_CLEARED = 300.0


def heard(listener: object) -> list[int]:
    return [change["record"]["id"] for change in listener.changes]  # type: ignore[attr-defined]


async def test_cut_sockets_end_without_a_close_frame(fast_stage: Stage) -> None:
    async with connected(fast_stage) as listener:
        await fast_stage.server.cut_sockets()
        await listener.client.wait_closed(PATIENCE)
        assert listener.client.code == 1006


async def test_a_half_open_socket_stays_and_is_silent_while_new_ones_come_later(fast_stage: Stage) -> None:
    async with listening(fast_stage, table("burst")) as silent:
        await fast_stage.server.half_open(0)
        async with listening(fast_stage, table("burst")) as other:
            await silent.push("heartbeat", {}, "phoenix")
            await fast_stage.execute(INSERT, 1)
            await other.until(lambda: heard(other) == [1])
            assert silent.changes == []
            assert silent.client.code is None


async def test_swallowed_changes_never_come(fast_stage: Stage) -> None:
    async with listening(fast_stage, table("burst")) as listener:
        await fast_stage.server.swallow_changes(2)
        for number in range(4):
            await fast_stage.execute(INSERT, number)
        await listener.until(lambda: heard(listener) == [2, 3])
        assert fast_stage.server.counters.dropped["swallowed"] == 2


async def test_delayed_changes_come_later_and_in_order(fast_stage: Stage) -> None:
    async with listening(fast_stage, table("burst")) as listener:
        await fast_stage.server.delay_delivery(0.5)
        loop = asyncio.get_running_loop()
        began = loop.time()
        await fast_stage.execute(INSERT, 1)
        await fast_stage.execute(INSERT, 2)
        await listener.until(lambda: heard(listener) == [1, 2])
        assert loop.time() - began >= 0.5


async def test_everybody_is_told_again_that_they_are_subscribed(fast_stage: Stage) -> None:
    async with listening(fast_stage, table("burst")) as listener:
        await fast_stage.server.resubscribed()
        await listener.until(lambda: listener.systems == [SUBSCRIBED, SUBSCRIBED])


async def test_a_restart_closes_refuses_and_loses_what_was_committed_meanwhile(fast_stage: Stage) -> None:
    async with listening(fast_stage, table("burst")) as listener:
        await fast_stage.server.restart(UNTIL_CLEARED)
        await listener.client.wait_closed(PATIENCE)
        assert listener.client.code == 1012
    async with ClientSession() as http, http.get(fast_stage.url, headers=UPGRADE) as answer:
        assert answer.status == 503
    assert await fast_stage.execute("select slot_name from pg_replication_slots") == []
    await fast_stage.execute(INSERT, 1)
    await fast_stage.server.clear()
    async with listening(fast_stage, table("burst")) as listener:
        await fast_stage.execute(INSERT, 2)
        await listener.until(lambda: heard(listener) == [2])


async def test_expired_tokens_close_the_channels_but_not_the_socket(fast_stage: Stage) -> None:
    async with listening(fast_stage, table("burst")) as listener:
        await fast_stage.server.expire_tokens()
        await listener.until(lambda: any(frame["event"] == "phx_close" for frame in listener.frames))
        assert listener.systems[-1] == "Token has expired 0 seconds ago"
        assert await listener.heartbeat() == {"response": {}, "status": "ok"}


async def test_clearing_ends_the_faults_and_cuts_what_cannot_recover(fast_stage: Stage) -> None:
    async with connected(fast_stage) as listener:
        await fast_stage.server.half_open(60)
        await fast_stage.server.swallow_changes(5)
        await fast_stage.server.delay_delivery(5)
        await fast_stage.server.clear()
        await listener.client.wait_closed(PATIENCE)
    async with listening(fast_stage, table("burst")) as listener:
        await fast_stage.execute(INSERT, 1)
        await listener.until(lambda: heard(listener) == [1])


async def test_the_status_counts(fast_stage: Stage) -> None:
    async with listening(fast_stage, table("burst")) as listener:
        await fast_stage.execute(INSERT, 1)
        await listener.until(lambda: heard(listener) == [1])
        status = fast_stage.server.status()
        assert (status["sockets"], status["channels"], status["subscriptions"]) == (1, 1, 1)
        assert (status["feed"], status["delivered"]) == ("following", 1)
        assert status["over_rate_limit"] is False


@pytest.mark.parametrize("vsn", ["1.0.0", "2.0.0"])
async def test_pings_are_answered(fast_stage: Stage, vsn: str) -> None:
    async with connected(fast_stage, vsn=vsn) as listener:
        await listener.client.socket.ping(b"x")
        assert listener.client.code is None
