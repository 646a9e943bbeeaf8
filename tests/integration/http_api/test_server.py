"""The public port: who may come, how long they may stay, and what a port that cannot be opened says."""

from __future__ import annotations

import asyncio
import errno
import socket
import struct

import pytest
from aiohttp import web

from aura.errors import ConfigurationError
from aura.settings.model import ApiSettings
from http_api import connection
from http_api.server import ApiServer, _cannot_listen
from tests.support.raw_http import exchange, final, parsed
from tests.support.served import served
from tests.support.waiting import wait_for

HELLO = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
LAST = HELLO.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")


async def test_beyond_the_limit_connections_are_refused_and_later_welcome() -> None:
    async with served(max_connections=3) as api:
        opened = [await asyncio.open_connection("127.0.0.1", api.port) for _ in range(3)]
        await wait_for(lambda: api.connections == 3)
        refused = final(await exchange(api.port, [HELLO]))
        assert refused is not None
        assert (refused.status, refused.headers["Retry-After"]) == (503, "1")
        assert b"overloaded" in refused.body
        assert api.cut("too_many") == 1
        opened.pop()[1].close()
        await wait_for(lambda: api.connections == 2)
        welcome = final(await exchange(api.port, [LAST]))
        assert welcome is not None
        assert welcome.status == 200
        for _, writer in opened:
            writer.close()


async def test_an_idle_connection_gives_way_to_a_new_one() -> None:
    async with served(max_connections=1) as api:
        reader, writer = await asyncio.open_connection("127.0.0.1", api.port)
        writer.write(HELLO)
        await reader.readuntil(b"hello")
        welcome = final(await exchange(api.port, [LAST]))
        assert welcome is not None
        assert welcome.status == 200
        async with asyncio.timeout(60):
            assert await reader.read() == b""
        writer.close()


async def test_a_connection_serves_many_requests_but_not_any_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "MAX_REQUESTS", 20)
    async with served() as api:
        replies = await exchange(api.port, [HELLO * 30])
        assert len(replies) == 20
        assert [reply.headers["Connection"] for reply in replies] == [None] * 19 + ["close"]


async def test_requests_sent_far_ahead_are_not_kept() -> None:
    async with served() as api:
        ahead = HELLO.replace(b"\r\n\r\n", b"\r\nX-A: " + b"a" * 4_000 + b"\r\n\r\n")
        request = asyncio.create_task(exchange(api.port, [b"GET /held HTTP/1.1\r\nHost: a\r\n\r\n", *[ahead] * 50]))
        await wait_for(lambda: api.held.arrived == 1)
        connections = list(api.server._crowd)
        await wait_for(lambda: getattr(connections[0], "last", False))
        api.held.release.set()
        replies = await request
        assert [(reply.body, reply.headers["Connection"]) for reply in replies] == [(b"held", "close")]


async def test_an_idle_connection_is_closed_after_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "KEEPALIVE_SECONDS", 0.2)
    async with served() as api:
        assert [reply.status for reply in await exchange(api.port, [HELLO])] == [200]


async def test_who_says_nothing_is_shown_the_door_without_a_word() -> None:
    async with served(header_timeout_seconds=0.2) as api:
        assert await exchange(api.port, []) == []
        assert api.connections == 0
        assert api.cut("silent") == 1


async def test_a_second_head_must_come_in_time_as_well() -> None:
    async with served(header_timeout_seconds=2.0) as api:
        replies = await exchange(api.port, [HELLO, *(bytes([byte]) for byte in HELLO[:-1])], pause=0.15)
        assert [reply.status for reply in replies] == [200, 408]
        assert api.cut("request_timeout") == 1


async def test_a_client_that_does_not_read_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "SEND_SECONDS", 0.2)
    async with served() as api:
        _, writer = await asyncio.open_connection("127.0.0.1", api.port)
        writer.write(b"GET /large HTTP/1.1\r\nHost: a\r\n\r\n" * 3)
        await wait_for(lambda: api.cut("slow_reader") == 1)
        await wait_for(lambda: api.connections == 0)
        writer.close()


async def test_a_body_that_nobody_read_ends_its_connection() -> None:
    smuggled = b"GET /large HTTP/1.1\r\nHost: a\r\n\r\n"
    head = b"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n" % (len(smuggled) + 1)
    async with served() as api:
        replies = await exchange(api.port, [head, smuggled])
        assert [reply.status for reply in replies] == [200]


async def test_a_half_closed_client_gets_all_its_answers() -> None:
    async with served() as api:
        replies = await exchange(api.port, [HELLO * 3], half_close=True)
        assert [reply.body for reply in replies] == [b"hello"] * 3
        request = asyncio.create_task(exchange(api.port, [b"GET /held HTTP/1.1\r\nHost: a\r\n\r\n"], half_close=True))
        await wait_for(lambda: api.held.arrived == 1)
        api.held.release.set()
        assert [reply.body for reply in await request] == [b"held"]


async def test_a_client_that_resets_in_the_middle_leaves_nothing_behind() -> None:
    async with served() as api:
        reader, writer = await asyncio.open_connection("127.0.0.1", api.port)
        writer.write(b"GET /held HTTP/1.1\r\nHost: a\r\n\r\n")
        await wait_for(lambda: api.held.arrived == 1)
        at_once = struct.pack("ii", 1, 0)
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, at_once)
        writer.transport.abort()
        await wait_for(lambda: api.connections == 0)
        api.held.release.set()
        await wait_for(lambda: api.server.in_flight == 0)
        assert reader.at_eof() or reader.exception() is not None


async def test_a_defect_outside_all_middlewares_is_a_problem_document_without_its_story() -> None:
    async with served() as api:
        answer = final(await exchange(api.port, [b"GET /fails HTTP/1.1\r\nHost: a\r\n\r\n"]))
    assert answer is not None
    assert (answer.status, answer.headers["Content-Type"]) == (500, "application/problem+json")
    assert b"secret" not in answer.body
    assert "Server" not in answer.headers


async def test_bodies_pass_unharmed_up_to_the_last_byte() -> None:
    body = bytes(range(256)) * 200
    async with served() as api:
        head = b"POST /echo HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" % len(body)
        whole = final(await exchange(api.port, [head + body]))
        pieces = final(await exchange(api.port, [head, *(body[at : at + 999] for at in range(0, len(body), 999))]))
    assert whole is not None
    assert pieces is not None
    assert whole.body == pieces.body == body


async def test_a_head_in_single_bytes_is_understood() -> None:
    async with served() as api:
        replies = await exchange(api.port, (bytes([byte]) for byte in LAST))
        assert [reply.status for reply in replies] == [200]


async def test_a_port_that_is_taken_is_said_in_one_line() -> None:
    async with served() as api:
        second = ApiServer(web.Application(), ApiSettings(host="127.0.0.1", port=api.port))
        with pytest.raises(ConfigurationError, match=rf"127\.0\.0\.1:{api.port} .*PORT \(or AURA__API__PORT\)"):
            await second.start()


@pytest.mark.parametrize("host", ["192.0.2.1", "not a host"])
async def test_an_address_of_another_machine_is_said_too(host: str) -> None:
    server = ApiServer(web.Application(), ApiSettings(host=host, port=0))
    with pytest.raises(ConfigurationError, match="AURA__API__HOST"):
        await server.start()


def test_a_port_that_is_not_permitted_names_the_setting() -> None:
    error = _cannot_listen(OSError(errno.EACCES, "no"), ApiSettings(host="0.0.0.0", port=80))
    assert "0.0.0.0:80" in str(error)
    assert "PORT" in str(error)
    assert "Permission denied" in str(error)


def test_the_tests_own_reader_takes_nothing_for_an_answer_that_is_none() -> None:
    with pytest.raises(AssertionError):
        parsed(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokgarbage")
