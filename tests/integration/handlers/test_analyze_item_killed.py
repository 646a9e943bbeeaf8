"""A process that is killed anywhere leaves nothing behind that the next one cannot finish, at no second price."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from asyncio.subprocess import PIPE
from contextlib import suppress

import pytest

from aura.errors import RetryAt
from handlers.analyze_item import analyze_item
from handlers.services import Services
from handlers.work import Outcome
from sandbox import Sandbox
from tests.support.handling import raw_settings, services_for, settings_for
from tests.support.instant import InstantAnalyzer
from tests.support.wardrobes import Wearer

SHORT_LEASE = {"lease_margin_seconds": 1.5}


async def killed_at(point: str, item_id: str, sandbox: Sandbox) -> int:
    """Kill -9 a process at a point of its analysis; returns how often it had asked the analyzer."""
    command = [sys.executable, "-m", "tests.support.killable", point, item_id]
    process = await asyncio.create_subprocess_exec(*command, stdin=PIPE, stdout=PIPE)
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(json.dumps(raw_settings(sandbox, analysis=SHORT_LEASE)).encode())
    process.stdin.close()
    async with asyncio.timeout(60):
        said = await process.stdout.readline()
    process.send_signal(signal.SIGKILL)
    await process.wait()
    assert said.startswith(b"reached ")
    return int(said.split()[1])


async def until_done(item_id: str, services: Services) -> Outcome:
    """Try again for as long as the dead process's lease lasts."""
    async with asyncio.timeout(60):
        while True:
            with suppress(RetryAt):
                return await analyze_item(item_id, services)
            await asyncio.sleep(0.1)


@pytest.mark.parametrize("point", ["leased", "decoded", "answered", "cached", "merged"])
async def test_killed_and_finished_by_the_next(point: str, sandbox: Sandbox, ada: Wearer) -> None:
    item_id = await ada.add(await ada.photo())
    calls_before = await killed_at(point, item_id, sandbox)
    analyzer = InstantAnalyzer(timeout=0.2)
    async with services_for(sandbox, analyzer, settings=settings_for(sandbox, analysis=SHORT_LEASE)) as services:
        assert (await until_done(item_id, services)).status == "written"
    assert (await ada.item(item_id))["category"] == "tops"
    # An answer that was not stored yet is lost with the process; nothing else is ever asked for twice.
    assert calls_before + analyzer.total == (2 if point == "answered" else 1)
