"""The programs run on uvloop where it is installed, and without it as well."""

from __future__ import annotations

import asyncio
import sys
from importlib.machinery import ModuleSpec
from types import ModuleType

import pytest

from aura import event_loop


async def loop_name() -> str:
    return type(asyncio.get_running_loop()).__module__


def test_without_uvloop_it_is_asyncios_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(event_loop, "find_spec", lambda _name: None)
    assert event_loop.run(loop_name()).startswith("asyncio")


def test_where_uvloop_is_installed_it_makes_the_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[asyncio.AbstractEventLoop] = []

    def new_event_loop() -> asyncio.AbstractEventLoop:
        made.append(asyncio.SelectorEventLoop())
        return made[-1]

    uvloop = ModuleType("uvloop")
    uvloop.__dict__["new_event_loop"] = new_event_loop
    monkeypatch.setitem(sys.modules, "uvloop", uvloop)
    monkeypatch.setattr(event_loop, "find_spec", lambda name: ModuleSpec(name, None))
    event_loop.run(loop_name())
    assert [loop.is_closed() for loop in made] == [True]
