"""A statement of the shared queue that loses a cancellation does not keep whoever cancelled it waiting."""

from __future__ import annotations

import asyncio

from consumer.engines.jobs import _told


async def test_a_cancellation_that_the_connection_pool_lost_still_ends_the_task() -> None:
    """As ``asyncio.wait_for`` does when what it waits for comes at the same moment."""

    async def loses_it() -> int:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            return 1
        return 2

    async def for_ever() -> None:
        while True:
            await _told(loses_it())

    task = asyncio.create_task(for_ever())
    await asyncio.sleep(0)
    task.cancel()
    done, _ = await asyncio.wait([task], timeout=30)
    task.cancel()
    assert done
    assert task.cancelled()


async def test_what_nobody_cancelled_returns() -> None:
    async def one() -> int:
        return 1

    assert await _told(one()) == 1


async def test_a_task_that_was_cancelled_before_still_does_what_it_does_at_its_end() -> None:
    done: list[int] = []

    async def statement(number: int) -> None:
        await asyncio.sleep(0)
        done.append(number)

    async def role() -> None:
        try:
            await asyncio.sleep(60)
        finally:
            await _told(statement(1))
            await _told(statement(2))

    task = asyncio.create_task(role())
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.wait([task])
    assert done == [1, 2]
