from __future__ import annotations

import asyncio

import pytest

from aura.errors import ConfigurationError
from consumer.together import run_together


class Part:
    """Runs until it is told to end, and notes when it was ended."""

    def __init__(self, name: str, ended: list[str], error: Exception | None = None) -> None:
        self._name, self._ended, self._error = name, ended, error

    async def __call__(self) -> None:
        try:
            if self._error is not None:
                raise self._error
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)
            self._ended.append(self._name)


async def test_the_end_of_one_is_the_end_of_all_and_its_error_is_told() -> None:
    ended: list[str] = []
    with pytest.raises(ConfigurationError, match="mend it"):
        await run_together(Part("a", ended), Part("b", ended, ConfigurationError("mend it")), Part("c", ended))
    assert sorted(ended) == ["a", "b", "c"]


async def test_when_it_is_cancelled_its_parts_end_one_after_another() -> None:
    ended: list[str] = []
    task = asyncio.create_task(run_together(Part("a", ended), Part("b", ended), Part("c", ended)))
    await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert ended == ["a", "b", "c"]
