"""Clients that take their time, against the real API: each is cut off or answered, and nobody else waits for them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from sandbox import Sandbox
from tests.support.api import ApiHouse, api_house
from tests.support.attacks import Attack
from tests.support.attacks.attack import GOOD_BODY, HOST, JSON, STATUS, attack, framed, get, lines
from tests.support.raw_http import exchange, final

pytestmark = pytest.mark.asyncio(loop_scope="module")

KEPT = lines(b"GET " + STATUS + b" HTTP/1.1", HOST)
LENGTH = b"Content-Length: %d" % len(GOOD_BODY)
CHUNKED = b"Transfer-Encoding: chunked"


def dripping(data: bytes, size: int = 1) -> tuple[bytes, ...]:
    """The same in small pieces."""
    return tuple(data[at : at + size] for at in range(0, len(data), size))


SLOW: tuple[Attack, ...] = (
    attack("never says anything", (), silence=True),
    attack("says a line break a second", [b"\r\n"] * 10, 400, 408, silence=True, pause=0.5),
    attack("drips its head", dripping(get()), 408, silence=True, pause=0.1),
    attack("stalls in its request line", b"GET /api/v1/ai", 408),
    attack("stalls in its headers", get()[:-2], 408),
    attack("drips one header after another", [b"GET / HTTP/1.1\r\n", *[b"X-A: a\r\n"] * 60], 408, pause=0.1),
    attack("drips its body", [framed(JSON, LENGTH), *dripping(GOOD_BODY)], 408, silence=True, pause=0.1),
    attack("stalls in its body", framed(JSON, LENGTH) + GOOD_BODY[:10], 408),
    attack("announces a body and stalls", framed(JSON, LENGTH), 408),
    attack("drips chunks", [framed(JSON, CHUNKED), *[b"1\r\n \r\n"] * 60], 408, silence=True, pause=0.1),
    attack("stalls in a chunk", framed(JSON, CHUNKED) + b"50\r\n{", 408),
    attack("asks to continue and does not", framed(JSON, LENGTH, b"Expect: 100-continue"), 408),
    attack("drips its second head", [KEPT, *dripping(KEPT)], 408, silence=True, pause=0.1),
    attack(
        "drips its second head behind the first", [KEPT + KEPT[:9], *dripping(KEPT[9:])], 408, silence=True, pause=0.1
    ),
    attack("half-closes after its request", get(), 401, half_close=True),
    attack("half-closes after three requests", KEPT * 3, 401, half_close=True),
    attack("half-closes in its head", KEPT[:20], 408, silence=True, half_close=True),
)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(sandbox: Sandbox) -> AsyncIterator[ApiHouse]:
    """An API with little patience."""
    patience = {"header_timeout_seconds": 2.0, "body_timeout_seconds": 2.0}
    async with api_house(sandbox, sign=False, api=patience) as house:
        yield house


async def test_all_of_them_at_once_are_dealt_with_while_others_are_answered(house: ApiHouse) -> None:
    wrong = await asyncio.gather(*(_complaint(house, attack) for attack in SLOW), _others(house))
    assert [complaint for complaint in wrong if complaint] == []


async def _complaint(house: ApiHouse, attack: Attack) -> str | None:
    try:
        replies = await exchange(
            house.api.server.port, attack.pieces(house.ada.token), pause=attack.pause, half_close=attack.half_close
        )
    except AssertionError as error:
        return f"{attack.name}: {error}"
    answer = final(replies)
    right = answer.status in attack.statuses if answer else attack.silence
    return None if right else f"{attack.name}: {replies}"


async def _others(house: ApiHouse) -> str | None:
    """Somebody with good manners, again and again meanwhile."""
    for _ in range(20):
        answer = await house.ada.get(STATUS.decode())
        if answer.status_code != 404:
            return f"somebody else: {answer.status_code} {answer.text}"
        await asyncio.sleep(0.1)
    return None


async def test_pipelined_requests_are_answered_in_their_order(house: ApiHouse) -> None:
    requests = [KEPT.replace(b"\r\n\r\n", b"\r\nX-Request-ID: r%d\r\n\r\n" % number) for number in range(49)]
    replies = await exchange(house.api.server.port, [b"".join(requests), get()])
    assert [reply.status for reply in replies] == [401] * 50
    assert [reply.headers["X-Request-ID"] for reply in replies[:49]] == [f"r{number}" for number in range(49)]
