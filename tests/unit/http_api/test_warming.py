"""What is warmed is there when somebody asks: nothing is read from the package any more."""

from __future__ import annotations

import gc
import subprocess
import sys
from collections.abc import Callable

import pytest

from http_api.pool import CpuPool
from http_api.warming import STEPS, warm

# In a process of its own: here other tests have read everything already.
ASK = """
import sys, yaml
from http_api.warming import STEPS
def all_steps():
    for step in STEPS:
        step()
if sys.argv[1] == "warm":
    all_steps()
yaml.load = None
try:
    all_steps()
except TypeError:
    print("read")
else:
    print("there")
"""


@pytest.mark.parametrize(("state", "expected"), [("warm", "there"), ("cold", "read")])
def test_after_it_no_data_file_is_read(state: str, expected: str) -> None:
    asked = subprocess.run([sys.executable, "-c", ASK, state], capture_output=True, text=True, timeout=120)
    assert asked.stdout.strip() == expected, asked.stderr


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
