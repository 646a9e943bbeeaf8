"""Hostile bytes against the real API: refused in the right words or cut off; the server goes on answering others."""

from __future__ import annotations

import asyncio
import json
import logging
import socket
import struct
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from structlog.testing import capture_logs

from http_api.security_headers import SECURITY_HEADERS
from sandbox import Sandbox
from tests.support.api import ApiHouse, api_house
from tests.support.attacks import ATTACKS, Attack
from tests.support.attacks.attack import CANARY, JSON, TOKEN, framed, get
from tests.support.raw_http import RawReply, exchange, final
from tests.support.waiting import wait_for

pytestmark = pytest.mark.asyncio(loop_scope="module")

# Short, so that slow clients are cut off within a test's patience; long enough for a busy machine.
TIMEOUTS = {"header_timeout_seconds": 2.0, "body_timeout_seconds": 2.0}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(sandbox: Sandbox) -> AsyncIterator[ApiHouse]:
    """One API for the whole table: what one attack breaks, the next one notices."""
    async with api_house(sandbox, sign=False, api=TIMEOUTS) as house:
        yield house


@pytest.mark.parametrize("attack", ATTACKS, ids=[attack.name for attack in ATTACKS])
async def test_attack(house: ApiHouse, attack: Attack, caplog: pytest.LogCaptureFixture) -> None:
    port, pieces = house.api.server.port, attack.pieces(house.ada.token)
    with capture_logs() as logs:
        replies = await exchange(port, pieces, half_close=attack.half_close, bodiless=attack.bodiless)
    assert [line for line in logs if line["log_level"] == "error"] == []
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []
    answer = final(replies)
    assert (answer.status in attack.statuses) if answer else attack.silence, replies
    check_all(replies, bodiless=attack.bodiless)
    await check_alive(house)


def check_all(replies: list[RawReply], *, bodiless: bool = False) -> None:
    """Every answer refuses in the documented form, tells nothing about the server and repeats nothing."""
    for reply in replies:
        assert reply.status < 500 or reply.status == 503
        assert "Server" not in reply.headers
        assert CANARY not in reply.body
        assert CANARY.decode() not in str(reply.headers)
        if reply.status >= 400:
            assert {name: reply.headers[name] for name in SECURITY_HEADERS} == dict(SECURITY_HEADERS)
            assert reply.headers["X-Request-ID"]
            assert bodiless or json.loads(reply.body)["status"] == reply.status


async def check_alive(house: ApiHouse) -> None:
    """Somebody else is answered as ever."""
    answer = final(await exchange(house.api.server.port, [get()]))
    assert answer is not None
    assert answer.status == 401


async def test_clients_that_reset_in_their_body_are_no_defect(
    house: ApiHouse, caplog: pytest.LogCaptureFixture
) -> None:
    head = framed(JSON, b"Content-Length: 60").replace(TOKEN, house.ada.token.encode())
    with capture_logs() as logs:
        for _ in range(5):
            _, writer = await asyncio.open_connection("127.0.0.1", house.api.server.port)
            writer.write(head + b"{")
            await wait_for(lambda: house.api.server.in_flight == 1)
            writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            writer.transport.abort()
            await wait_for(lambda: house.api.server.in_flight == 0)
    assert [line for line in logs if line["log_level"] == "error"] == []
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []
    await check_alive(house)
