"""The pool of threads: bounded, off the event loop, and honest about being full."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from contextvars import ContextVar

import pytest

from aura.telemetry.metrics import Metrics
from http_api.pool import CpuPool
from http_api.problems import Problem
from tests.support.waiting import wait_for

REQUEST: ContextVar[str] = ContextVar("request", default="none")


class Gate:
    """Holds threads until it is opened."""

    def __init__(self) -> None:
        self.opened = threading.Event()
        self.inside = 0

    def pass_through(self) -> str:
        self.inside += 1
        assert self.opened.wait(10)
        return threading.current_thread().name


@pytest.fixture
async def gate() -> AsyncIterator[Gate]:
    gate = Gate()
    yield gate
    gate.opened.set()


async def test_work_runs_in_a_thread_with_the_callers_context() -> None:
    pool = CpuPool(1, 1)
    REQUEST.set("r-1")
    name, request = await pool.run(lambda: (threading.current_thread().name, REQUEST.get()))
    assert name.startswith("api-cpu")
    assert request == "r-1"
    pool.close()


async def test_what_a_function_raises_reaches_its_caller() -> None:
    pool = CpuPool(1, 1)
    with pytest.raises(ZeroDivisionError):
        await pool.run(divmod, 1, 0)
    assert await pool.run(divmod, 7, 2) == (3, 1)
    pool.close()


async def test_beyond_the_queue_it_is_overloaded_at_once(gate: Gate) -> None:
    metrics = Metrics()
    pool = CpuPool(2, 3, metrics)
    tasks = [asyncio.create_task(pool.run(gate.pass_through)) for _ in range(5)]
    await wait_for(lambda: gate.inside == 2 and pool.waiting == 3)
    with pytest.raises(Problem) as refused:
        await pool.run(gate.pass_through)
    assert (refused.value.code, refused.value.headers["Retry-After"]) == ("overloaded", "1")
    assert metrics.registry.get_sample_value("aura_api_pool_waiting") == 3
    gate.opened.set()
    assert len(await asyncio.gather(*tasks)) == 5
    await wait_for(lambda: metrics.registry.get_sample_value("aura_api_pool_waiting") == 0)
    pool.close()


async def test_a_caller_that_goes_takes_its_waiting_work_along(gate: Gate) -> None:
    pool = CpuPool(1, 1)
    running = asyncio.create_task(pool.run(gate.pass_through))
    await wait_for(lambda: gate.inside == 1)
    waiting = asyncio.create_task(pool.run(gate.pass_through))
    await wait_for(lambda: pool.waiting == 1)
    waiting.cancel()
    await wait_for(lambda: pool.waiting == 0)
    gate.opened.set()
    await running
    assert await pool.run(int, "7") == 7
    assert gate.inside == 1
    pool.close()


async def test_work_that_runs_keeps_its_place_when_its_caller_goes(gate: Gate) -> None:
    pool = CpuPool(1, 1)
    running = asyncio.create_task(pool.run(gate.pass_through))
    await wait_for(lambda: gate.inside == 1)
    running.cancel()
    waiting = asyncio.create_task(pool.run(int, "7"))
    await wait_for(lambda: pool.waiting == 1)
    with pytest.raises(Problem, match="too much"):
        await pool.run(int, "7")
    gate.opened.set()
    assert await waiting == 7
    pool.close()


async def test_a_closed_pool_says_that_the_server_goes_away() -> None:
    pool = CpuPool(1, 1)
    pool.close()
    with pytest.raises(Problem) as refused:
        await pool.run(int, "7")
    assert refused.value.code == "shutting_down"


async def test_one_more_reads_than_there_are_threads() -> None:
    metrics = Metrics()
    pool, began, go_on = CpuPool(1, 2, metrics), [0], asyncio.Event()

    async def read() -> int:
        began[0] += 1
        await go_on.wait()
        return 7

    tasks = [asyncio.create_task(pool.in_turn(read)) for _ in range(4)]
    await wait_for(lambda: began[0] == 2 and pool.waiting == 2)
    assert metrics.registry.get_sample_value("aura_api_pool_waiting") == 2
    with pytest.raises(Problem) as refused:
        await pool.in_turn(read)
    assert refused.value.code == "overloaded"
    go_on.set()
    assert await asyncio.gather(*tasks) == [7] * 4
    assert began == [4]
    assert metrics.registry.get_sample_value("aura_api_pool_waiting") == 0
    pool.close()


async def test_who_fails_or_goes_away_gives_the_turn_to_the_next() -> None:
    pool, never = CpuPool(1, 8), asyncio.Event()

    async def fail() -> None:
        raise ZeroDivisionError

    async def read() -> str:
        return "read"

    for _ in range(3):
        with pytest.raises(ZeroDivisionError):
            await pool.in_turn(fail)
    stuck = [asyncio.create_task(pool.in_turn(never.wait)) for _ in range(3)]
    await wait_for(lambda: pool.waiting == 1)
    for task in stuck:
        task.cancel()
    await asyncio.gather(*stuck, return_exceptions=True)
    assert await pool.in_turn(read) == "read"
    pool.close()
    with pytest.raises(Problem, match="going away"):
        await pool.in_turn(read)
