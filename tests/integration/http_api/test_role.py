"""The api role by itself: what it opens it closes, at whatever moment it is told to."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator

import aiohttp
import pytest

from aura.errors import ConfigurationError
from handlers.roles import RoleContext
from handlers.services import Services, utc_now
from http_api.role import ApiRole, api_role
from sandbox import Sandbox
from tests.support.api import HeardHints, api_settings
from tests.support.handling import services_with
from tests.support.instant import InstantAnalyzer
from tests.support.waiting import wait_for


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


@pytest.fixture
async def services(sandbox: Sandbox) -> AsyncIterator[Services]:
    """Services of an API on a port of its own."""
    settings = api_settings(sandbox, api={"port": free_port(), "grace_seconds": 5.0})
    async with services_with(settings, InstantAnalyzer(), clock=utc_now) as opened:
        yield opened


def role_of(services: Services) -> ApiRole:
    return ApiRole(RoleContext(services, HeardHints()))


async def is_open(services: Services) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", services.settings.api.port)
    except OSError:
        return False
    writer.close()
    return True


async def end(task: asyncio.Task[None]) -> None:
    task.cancel()
    async with asyncio.timeout(20):
        await asyncio.wait([task])


async def test_it_serves_until_it_is_closed(services: Services) -> None:
    part = role_of(services)
    assert not part.health().ready
    running = asyncio.create_task(part.run())
    await wait_for(lambda: part.health().ready, what="readiness")
    assert part.health().details["port"] == services.settings.api.port
    async with (
        aiohttp.ClientSession() as session,
        session.get(f"http://127.0.0.1:{services.settings.api.port}/nothing") as answer,
    ):
        assert answer.status == 404
    await part.close()
    assert not await is_open(services), "closed before anything else is waited for"
    assert not running.done()
    await part.finish()
    await end(running)
    assert running.cancelled()


async def test_closed_before_its_port_is_open_it_leaves_none_open(services: Services) -> None:
    part = role_of(services)
    await part.close()
    running = asyncio.create_task(part.run())
    await part.finish()
    await wait_for(lambda: part.health().reasons != ("The API's port is not open yet.",), what="the port opened")
    await end(running)
    assert not await is_open(services)


async def test_cut_off_without_a_word_it_leaves_no_port_and_no_task(services: Services) -> None:
    before = asyncio.all_tasks()
    part = role_of(services)
    running = asyncio.create_task(part.run())
    await wait_for(lambda: part.health().ready, what="readiness")
    await end(running)
    assert not await is_open(services)
    left = {task for task in asyncio.all_tasks() - before if not task.done()}
    assert not left


async def test_a_taken_port_is_a_readable_refusal(services: Services) -> None:
    taken = socket.create_server(("127.0.0.1", services.settings.api.port))
    with taken, pytest.raises(ConfigurationError, match="PORT"):
        await role_of(services).run()


async def test_its_grace_period_is_the_apis_and_a_little(services: Services) -> None:
    role = api_role(RoleContext(services, HeardHints()))
    assert role.name == "api"
    assert role.grace_seconds is not None
    assert 5.0 < role.grace_seconds < 15.0
