"""The end of a server: what is in flight finishes, what is new is refused, nothing waits for ever."""

from __future__ import annotations

import asyncio

import pytest

from http_api import answering
from tests.support.raw_http import RawReply, exchange, final
from tests.support.served import Served, served
from tests.support.waiting import wait_for

HELD = b"GET /held HTTP/1.1\r\nHost: a\r\n\r\n"
HELLO = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"


async def in_flight(api: Served, sent: bytes = HELD) -> asyncio.Task[list[RawReply]]:
    """A request that is being answered."""
    before = api.held.arrived
    task = asyncio.create_task(exchange(api.port, [sent]))
    await wait_for(lambda: api.held.arrived > before)
    return task


async def test_a_request_in_flight_finishes_and_a_new_one_is_refused() -> None:
    async with served() as api:
        request = await in_flight(api)
        stopping = asyncio.create_task(api.server.stop())
        await asyncio.sleep(0)
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection("127.0.0.1", api.port)
        assert api.server.in_flight == 1
        assert not stopping.done()
        api.held.release.set()
        await stopping
        answer = final(await request)
        assert answer is not None
        assert (answer.status, answer.body, answer.headers["Connection"]) == (200, b"held", "close")
        assert api.connections == 0


async def test_idle_connections_are_closed_at_once() -> None:
    async with served() as api:
        reader, writer = await asyncio.open_connection("127.0.0.1", api.port)
        writer.write(HELLO)
        await reader.readuntil(b"hello")
        silent_reader, silent_writer = await asyncio.open_connection("127.0.0.1", api.port)
        await wait_for(lambda: api.connections == 2)
        request = await in_flight(api)
        stopping = asyncio.create_task(api.server.stop())
        async with asyncio.timeout(60):
            assert await reader.read() == b""
            assert await silent_reader.read() == b""
        assert not stopping.done()
        api.held.release.set()
        await asyncio.gather(stopping, request)
        writer.close()
        silent_writer.close()


async def test_a_pipelined_request_behind_the_one_in_flight_is_not_begun() -> None:
    async with served() as api:
        request = await in_flight(api, HELD + HELLO)
        stopping = asyncio.create_task(api.server.stop())
        await asyncio.sleep(0)
        api.held.release.set()
        await stopping
        assert [reply.body for reply in await request] == [b"held"]


async def test_what_does_not_finish_in_time_is_cancelled_and_told_so() -> None:
    async with served(grace_seconds=0.05) as api:
        requests = [await in_flight(api) for _ in range(3)]
        await api.server.stop()
        answers = [final(replies) for replies in await asyncio.gather(*requests)]
        assert [answer.status for answer in answers if answer] == [503] * 3
        assert all(answer and b"shutting_down" in answer.body for answer in answers)
        assert api.held.cancelled == 3


async def test_a_client_that_does_not_take_its_answer_does_not_hold_up_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answering, "GOODBYE_SECONDS", 0.1)
    async with served(grace_seconds=0.1) as api:
        _, writer = await asyncio.open_connection("127.0.0.1", api.port)
        writer.write(b"GET /large HTTP/1.1\r\nHost: a\r\n\r\n")
        await wait_for(lambda: api.server.in_flight == 1)
        async with asyncio.timeout(60):
            await api.server.stop()
        writer.close()


async def test_a_server_can_be_stopped_twice_and_before_it_started() -> None:
    async with served() as api:
        await api.server.stop()
        await api.server.stop()
