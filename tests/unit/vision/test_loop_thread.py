"""Work on the other loop: its results, errors and cancellation come back to this one."""

from __future__ import annotations

import asyncio
import threading

import pytest

from aura.vision.loop_thread import LoopThread


async def _where() -> int:
    return threading.get_ident()


async def _broken() -> None:
    raise LookupError("as raised")


async def test_work_runs_elsewhere_and_always_there() -> None:
    other = LoopThread("test")
    places = {await other.run(_where()), await other.run(_where())}
    assert len(places) == 1
    assert threading.get_ident() not in places
    await other.aclose()


async def test_errors_come_back_as_they_are() -> None:
    other = LoopThread("test")
    with pytest.raises(LookupError, match="as raised"):
        await other.run(_broken())
    await other.aclose()


async def test_cancelling_here_cancels_there() -> None:
    ended = threading.Event()

    async def waits() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    other = LoopThread("test")
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(other.run(waits()), 0.1)
    assert await asyncio.to_thread(ended.wait, 60)
    await other.aclose()


async def test_closing_ends_what_still_runs() -> None:
    other = LoopThread("test")
    started = threading.Event()

    async def waits() -> None:
        started.set()
        await asyncio.Event().wait()

    waiting = asyncio.create_task(other.run(waits()))
    while not started.is_set():
        await asyncio.sleep(0)
    await other.aclose()
    with pytest.raises(asyncio.CancelledError):
        await waiting


async def test_closing_what_never_ran() -> None:
    await LoopThread("test").aclose()
