from __future__ import annotations

import asyncio

import pytest

from consumer.engines.takers import Takers
from consumer.queue import QueueClosed


async def test_takers_are_served_in_their_order() -> None:
    takers = Takers[str]()
    first, second = asyncio.create_task(takers.take()), asyncio.create_task(takers.take())
    await asyncio.sleep(0)
    assert takers.waiting.is_set()
    takers.hand("a")
    takers.hand("b")
    assert (await first, await second) == ("a", "b")
    assert not takers.waiting.is_set()


async def test_what_a_cancelled_taker_had_been_given_goes_to_the_next() -> None:
    takers = Takers[str]()
    doomed, survivor = asyncio.create_task(takers.take()), asyncio.create_task(takers.take())
    await asyncio.sleep(0)
    takers.hand("a")
    doomed.cancel()
    assert await survivor == "a"


async def test_what_nobody_waits_for_is_kept_and_returned_at_the_end() -> None:
    takers = Takers[str]()
    takers.hand("a")
    takers.hand("b")
    assert await takers.take() == "b"
    assert takers.close() == ["a"]
    with pytest.raises(QueueClosed):
        await takers.take()


async def test_closing_ends_every_waiting_taker() -> None:
    takers = Takers[str]()
    waiting = [asyncio.create_task(takers.take()) for _ in range(3)]
    await asyncio.sleep(0)
    assert takers.close() == []
    assert not takers.waiting.is_set()
    assert takers.ever.is_set()
    ends = await asyncio.gather(*waiting, return_exceptions=True)
    assert all(isinstance(end, QueueClosed) for end in ends)
