"""Warming happens in the pool, is set aside from the garbage collector, and stops with the server."""

from __future__ import annotations

import gc
from collections.abc import Callable

from http_api.pool import CpuPool
from http_api.warming import STEPS, warm


async def test_it_runs_in_the_pool_and_is_set_aside() -> None:
    pool, before = CpuPool(1, 1), gc.get_freeze_count()
    ran: list[Callable[..., object]] = []

    async def run(function: Callable[..., object], *args: object) -> object:
        ran.append(function)
        return await pool.run(function, *args)

    await warm(run)  # type: ignore[arg-type]
    assert ran == list(STEPS)
    assert gc.get_freeze_count() > before
    gc.unfreeze()
    pool.close()


async def test_a_server_that_goes_away_is_not_warmed() -> None:
    pool = CpuPool(1, 1)
    pool.close()
    await warm(pool.run)
