"""Waiting for a condition with a deadline: what tests do in place of sleeping."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar, overload

T = TypeVar("T")
POLL_SECONDS = 0.02
PATIENCE_SECONDS = 60.0  # only ever used up by what fails: machines under test may be slow


@overload
async def wait_for(condition: Callable[[], Awaitable[T]], *, seconds: float = ..., what: str = ...) -> T: ...
@overload
async def wait_for(condition: Callable[[], T], *, seconds: float = ..., what: str = ...) -> T: ...
async def wait_for(
    condition: Callable[[], Any], *, seconds: float = PATIENCE_SECONDS, what: str = "the condition"
) -> Any:
    """The first true value of `condition`, asked again and again; AssertionError after `seconds`."""
    deadline = asyncio.get_running_loop().time() + seconds
    while True:
        answer = condition()
        value = await answer if inspect.isawaitable(answer) else answer
        if value:
            return value
        if asyncio.get_running_loop().time() > deadline:
            raise AssertionError(f"{what} did not come true within {seconds} s; last seen: {value!r}")
        await asyncio.sleep(POLL_SECONDS)
