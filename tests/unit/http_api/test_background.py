"""Work that outlives its request: kept, told of once, and waited for."""

from __future__ import annotations

import asyncio
import gc

import pytest
from structlog.testing import capture_logs

from aura.errors import Transient
from http_api.background import Background
from http_api.problems import Problem


async def test_a_task_is_kept_until_it_ends() -> None:
    background, done = Background(), asyncio.Event()

    async def work() -> None:
        await asyncio.sleep(0)
        gc.collect()
        done.set()

    background.start(work(), "work")
    gc.collect()
    async with asyncio.timeout(5):
        await done.wait()
    await background.drain(5)
    assert len(background) == 0


async def test_a_defect_is_logged_once_with_its_trace_and_its_name() -> None:
    background = Background()

    async def fail() -> None:
        raise ZeroDivisionError

    with capture_logs() as logs:
        task = background.start(fail(), "analysis")
        await asyncio.wait([task])
        await background.drain(1)
        del task
        gc.collect()
    assert [(line["log_level"], line["task"]) for line in logs] == [("error", "analysis")]
    assert isinstance(logs[0]["exc_info"], ZeroDivisionError)


async def test_a_failure_with_a_message_is_logged_without_a_trace() -> None:
    background = Background()

    async def fail() -> None:
        raise Transient("analyzer_timeout", "The analyzer takes longer.")

    with capture_logs() as logs:
        await asyncio.wait([background.start(fail(), "analysis")])
    assert logs == [
        {
            "event": "background_work_failed",
            "log_level": "warning",
            "task": "analysis",
            "error": "The analyzer takes longer.",
        }
    ]


async def test_a_shutdown_waits_for_what_ends_in_time() -> None:
    background, release = Background(), asyncio.Event()

    async def work() -> str:
        await release.wait()
        return "done"

    task = background.start(work(), "work")
    draining = asyncio.create_task(background.drain(5))
    await asyncio.sleep(0)
    assert not draining.done()
    release.set()
    await draining
    assert task.result() == "done"


async def test_a_shutdown_cancels_what_does_not_and_lets_it_clean_up() -> None:
    background, cleaned = Background(), []

    async def work() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)
            cleaned.append(True)

    background.start(work(), "stuck")
    await asyncio.sleep(0)
    with capture_logs() as logs:
        await background.drain(0.01)
    assert cleaned == [True]
    assert [line["task"] for line in logs] == ["stuck"]


async def test_nothing_starts_during_a_shutdown() -> None:
    background = Background()
    await background.drain(1)

    async def work() -> None:
        raise AssertionError("never runs")

    with pytest.raises(Problem) as refused:
        background.start(work(), "late")
    assert refused.value.code == "shutting_down"
