"""Bodies arrive in time, in bounds and as their headers say, or the sender is told so; nobody sends uninvited."""

from __future__ import annotations

import asyncio
import gzip
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from pydantic import BaseModel, ConfigDict

from http_api.operations import Answer, Call, Operation, Reply
from sandbox import Sandbox
from tests.support.accounts import People
from tests.support.api import RunningApi, Visitor, api_settings, running_api
from tests.support.raw_http import RawReply, exchange, final
from tests.support.waiting import wait_for

JSON = "Content-Type: application/json"
CLOSE = "Connection: close"
MOST = 2_000


class Note(BaseModel):
    model_config = ConfigDict(extra="forbid")

    text: str


class Length(BaseModel):
    length: int


async def measure(call: Call[Note, None, None]) -> Reply:
    return Reply(Length(length=len(call.body.text)))


async def ignore(call: Call[None, None, None]) -> Reply:
    return Reply(Length(length=len(call.raw)))


def _operation(name: str, handle: Any, **more: Any) -> Operation:
    return Operation(name, "POST", f"/{name}", name, name, "test", handle, {200: Answer(Length, "Told.")}, **more)


OPERATIONS = (
    _operation("measure", measure, body=Note, access="open"),
    _operation("ignore", ignore, access="open"),
    _operation("private", measure, body=Note),
)


@pytest.fixture
async def api(sandbox: Sandbox) -> AsyncIterator[RunningApi]:
    settings = api_settings(sandbox, api={"max_body_bytes": MOST, "body_timeout_seconds": 0.3})
    async with running_api(settings, operations=OPERATIONS) as running:
        yield running


def request(path: str, *headers: str) -> bytes:
    return "\r\n".join([f"POST {path} HTTP/1.1", "Host: aura", *headers, "", ""]).encode()


async def ask(api: RunningApi, *sent: bytes, pause: float = 0.0) -> list[RawReply]:
    return await exchange(api.server.port, sent, pause=pause)


def problem(reply: RawReply | None, status: int, code: str) -> None:
    assert reply is not None
    assert (reply.status, json.loads(reply.body)["code"]) == (status, code)


async def test_a_packed_body_is_unpacked(api: RunningApi) -> None:
    body = gzip.compress(b'{"text": "' + b"a" * 1000 + b'"}')
    headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
    answer = await api.client.post("/measure", content=body, headers=headers)
    assert answer.json() == {"length": 1000}


async def test_a_packed_body_counts_as_what_it_unpacks_to(api: RunningApi) -> None:
    bomb = gzip.compress(b'{"text": "' + b"a" * 50_000_000 + b'"}')
    headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
    answer = await api.client.post("/measure", content=bomb[:MOST], headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")


@pytest.mark.parametrize("packing", ["gzip", "deflate"])
async def test_a_body_that_is_not_packed_as_it_says_is_refused(api: RunningApi, packing: str) -> None:
    headers = {"Content-Type": "application/json", "Content-Encoding": packing}
    answer = await api.client.post("/measure", content=b'{"text": "a"}', headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (400, "bad_request")


async def test_a_body_in_chunks_is_bounded_as_well(api: RunningApi) -> None:
    chunk = b"400\r\n" + b" " * 0x400 + b"\r\n"
    head = request("/measure", JSON, "Transfer-Encoding: chunked")
    reply = final(await ask(api, head, *([chunk] * 100), b"0\r\n\r\n"))
    problem(reply, 413, "body_too_large")


async def test_a_body_that_does_not_arrive_ends_in_time(api: RunningApi) -> None:
    reply = final(await ask(api, request("/measure", JSON, "Content-Length: 100"), b'{"text": '))
    problem(reply, 408, "request_timeout")


async def test_a_body_that_trickles_ends_in_time(api: RunningApi) -> None:
    head = request("/measure", JSON, "Content-Length: 100")
    reply = final(await ask(api, head, *([b" "] * 50), pause=0.05))
    problem(reply, 408, "request_timeout")


async def test_a_body_is_invited_when_it_is_wanted(api: RunningApi) -> None:
    head = request("/measure", JSON, "Content-Length: 13", "Expect: 100-continue", CLOSE)
    replies = await ask(api, head, b'{"text": "a"}')
    assert [reply.status for reply in replies] == [100, 200]
    assert json.loads(replies[-1].body) == {"length": 1}


@pytest.mark.parametrize(
    ("path", "length", "status", "code"),
    [("/private", 13, 401, "unauthorized"), ("/measure", MOST + 1, 413, "body_too_large")],
)
async def test_nobody_is_invited_who_is_refused_anyway(
    api: RunningApi, path: str, length: int, status: int, code: str
) -> None:
    replies = await ask(api, request(path, JSON, f"Content-Length: {length}", "Expect: 100-continue", CLOSE))
    assert len(replies) == 1
    problem(replies[0], status, code)


async def test_a_body_that_is_not_asked_for_is_bounded_and_left_alone(api: RunningApi) -> None:
    assert (await api.client.post("/ignore", content=b"not json")).json() == {"length": 8}
    assert (await api.client.post("/ignore")).json() == {"length": 0}
    assert (await api.client.post("/ignore", content=b"x" * (MOST + 1))).status_code == 413


async def test_a_person_is_known_before_a_word_of_theirs_is_read(api: RunningApi, people: People) -> None:
    person = await people.sign_up()
    visitor: Visitor = api.visitor(person, await person.token())
    assert (await visitor.post("/private", {"text": "ab"})).json() == {"length": 2}
    answer = await api.client.post("/private", content=b"{", headers={"Content-Type": "application/json"})
    assert answer.status_code == 401


async def test_who_hangs_up_in_the_middle_is_no_defect_of_ours(api: RunningApi) -> None:
    head = request("/measure", JSON, "Content-Length: 100")
    _, writer = await asyncio.open_connection("127.0.0.1", api.server.port)
    writer.write(head + b'{"text": ')
    await writer.drain()
    registry = api.context.services.metrics.registry
    await wait_for(lambda: registry.get_sample_value("aura_api_in_flight") == 1, what="the request")
    writer.transport.abort()
    await wait_for(lambda: registry.get_sample_value("aura_api_in_flight") == 0, what="its end")
    counted = {"route": "/measure", "method": "POST", "status": "400"}
    assert registry.get_sample_value("aura_api_requests_total", counted) == 1
