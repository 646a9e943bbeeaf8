"""The feed's life: whoever is told that they are subscribed is served, and perhaps with more than they expect."""

from __future__ import annotations

from contextlib import AsyncExitStack
from dataclasses import replace

from sandbox.postgres import PostgresServer
from sandbox.realtime import FAST
from tests.support.realtime.listener import Listener, listening, table
from tests.support.realtime.stage import Stage, stage
from tests.support.waiting import wait_for

INSERT = "insert into burst values (%s, 'x')"


def numbers(listener: Listener) -> list[int]:
    return [change["record"]["id"] for change in listener.changes]


async def hears(built: Stage, number: int) -> None:
    async with listening(built, table("burst")) as listener:
        await built.execute(INSERT, number)
        await listener.until(lambda: number in numbers(listener))


async def test_after_a_silence_in_which_the_feed_ended_the_next_listener_is_served(postgres: PostgresServer) -> None:
    async with stage(postgres, replace(FAST, feed_linger=1.0)) as built:
        await hears(built, 1)
        await wait_for(lambda: built.server.status()["feed"] == "cold", what="the feed's end")
        await hears(built, 2)


async def test_while_the_server_is_behind_a_new_listener_hears_of_rows_from_before(fast_stage: Stage) -> None:
    """As the real one's does: who is told of a change is decided when it is read, not when it was made."""
    binding = table("burst")
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(listening(fast_stage, binding))  # the feed follows
        async with fast_stage.between_polls():
            await fast_stage.execute(INSERT, 1)
            late = await stack.enter_async_context(listening(fast_stage, binding))
            await fast_stage.execute(INSERT, 2)
        await late.until(lambda: numbers(late) == [1, 2])
