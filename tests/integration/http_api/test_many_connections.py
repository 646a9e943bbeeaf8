"""A thousand clients at the same moment, against the real API: answered or refused cleanly, in bounded memory."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import psutil
import pytest

from sandbox import Sandbox
from tests.support.api import ApiHouse, api_house
from tests.support.attacks.attack import STATUS, get
from tests.support.raw_http import final, parsed
from tests.support.waiting import wait_for

CLIENTS = 1_000
MEGABYTE = 1_048_576
Stream = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@asynccontextmanager
async def crowd(port: int) -> AsyncIterator[list[Stream]]:
    """A thousand connections that are all open."""
    opened = await asyncio.gather(*(asyncio.open_connection("127.0.0.1", port) for _ in range(CLIENTS)))
    yield opened
    for _, writer in opened:
        writer.close()


async def ask(stream: Stream, request: bytes) -> int | str:
    """The status of the only answer, or how the connection ended without one."""
    reader, writer = stream
    received = bytearray()
    try:
        writer.write(request)
        while piece := await reader.read(65_536):
            received += piece
    except ConnectionError as error:
        if not received:
            return type(error).__name__
    answer = final(parsed(bytes(received)))
    return answer.status if answer else "closed"


def connections(house: ApiHouse) -> float | None:
    """How many the server counts."""
    return house.api.context.services.metrics.registry.get_sample_value("aura_api_connections")


@pytest.mark.parametrize("most", [2_000, 400])
async def test_each_is_answered_or_refused_and_memory_stays_bounded(sandbox: Sandbox, most: int) -> None:
    async with api_house(sandbox, sign=False, api={"max_connections": most}) as house:
        process = psutil.Process()
        before = process.memory_info().rss
        async with asyncio.timeout(150), crowd(house.api.server.port) as streams:
            answers = Counter(await asyncio.gather(*(ask(stream, get()) for stream in streams)))
        grown = (process.memory_info().rss - before) / MEGABYTE
        assert sum(answers.values()) == CLIENTS
        assert set(answers) <= {401, 503}, answers
        assert answers[401] >= min(most, CLIENTS) * 0.9, answers
        assert grown < 200, f"{grown:.0f} MB for {CLIENTS} clients, on both their sides"
        await wait_for(lambda: connections(house) == 0)
        assert (await house.ada.get(STATUS.decode())).status_code == 404


async def test_a_thousand_heads_that_never_end_cost_next_to_nothing(sandbox: Sandbox) -> None:
    async with api_house(sandbox, sign=False) as house, crowd(house.api.server.port) as streams:
        process = psutil.Process()
        before = process.memory_info().rss
        async with asyncio.timeout(100):
            await asyncio.gather(*(_never_end(stream) for stream in streams))
        grown = (process.memory_info().rss - before) / MEGABYTE
        assert grown < 200, f"{grown:.0f} MB"
        assert (await house.ada.get(STATUS.decode())).status_code == 404


async def _never_end(stream: Stream) -> None:
    """Half a megabyte of headers, each of an allowed size."""
    reader, writer = stream
    try:
        writer.write(b"GET / HTTP/1.1\r\nHost: a\r\n")
        for number in range(60):
            writer.write(b"X-%d: " % number + b"a" * 8_000 + b"\r\n")
            await writer.drain()
    except ConnectionError:
        return
    assert b" 431 " in await reader.readline()


async def test_silent_clients_in_all_places_are_gone_after_the_header_timeout(sandbox: Sandbox) -> None:
    patience = {"max_connections": 200, "header_timeout_seconds": 1.0}
    async with api_house(sandbox, sign=False, api=patience) as house, crowd(house.api.server.port) as silent:
        await wait_for(lambda: connections(house) == 200, what="a full house")
        await wait_for(lambda: connections(house) == 0, what="an empty house")
        assert (await house.ada.get(STATUS.decode())).status_code == 404
        endings = Counter([await ask(stream, b"") for stream in silent])
        assert set(endings) <= {"closed", 503}
