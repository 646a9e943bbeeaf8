"""Answers HTTP as Vertex AI's generateContent does, one scripted answer per request.

The wire format follows the REST reference of ``projects.locations.publishers.models.generateContent`` (v1)
and ``google.rpc`` error details. Requests are kept, so that a test sees what the real SDK sent.
"""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer

Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass
class FakeVertex:
    """The scripted server: ``script`` is answered from the left, its last entry over and over."""

    url: str = ""
    script: deque[Answer] = field(default_factory=deque)
    requests: list[dict[str, Any]] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    tokens: list[str | None] = field(default_factory=list)

    def will(self, *answers: Answer) -> None:
        """Script the next answers."""
        self.script = deque(answers)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """One request: recorded, then answered from the script."""
        self.requests.append(await request.json())
        self.paths.append(request.path)
        self.tokens.append(request.headers.get("Authorization"))
        answer = self.script.popleft() if len(self.script) > 1 else self.script[0]
        return await answer(request)


@asynccontextmanager
async def fake_vertex() -> AsyncIterator[FakeVertex]:
    """Serves a ``FakeVertex`` on a free local port."""
    fake = FakeVertex()
    app = web.Application(client_max_size=20 * 1024 * 1024)
    app.router.add_post("/{path:.*}", fake.handle)
    async with TestServer(app) as server:
        fake.url = str(server.make_url("/"))
        yield fake


def body(data: Any, status: int = 200, headers: dict[str, str] | None = None) -> Answer:
    """A JSON answer."""

    async def answer(_: web.Request) -> web.StreamResponse:
        return web.json_response(data, status=status, headers=headers)

    return answer


def raw(text: str, status: int = 200, content_type: str = "application/json") -> Answer:
    """A body that may be no JSON at all."""

    async def answer(_: web.Request) -> web.StreamResponse:
        return web.Response(text=text, status=status, content_type=content_type)

    return answer


def says(content: Any, finish: str = "STOP", tokens: tuple[int, int, int] = (1000, 200, 0)) -> Answer:
    """A model's answer: ``content`` as JSON text, or as it is where it is a string."""
    text = content if isinstance(content, str) else json.dumps(content)
    candidate = {"content": {"role": "model", "parts": [{"text": text}]}, "finishReason": finish}
    given, made, thought = tokens
    usage = {"promptTokenCount": given, "candidatesTokenCount": made, "thoughtsTokenCount": thought}
    return body({"candidates": [candidate], "usageMetadata": usage, "modelVersion": "fake"})


def blocked_prompt(reason: str = "SAFETY") -> Answer:
    """The prompt is refused before the model sees it."""
    return body({"promptFeedback": {"blockReason": reason}, "usageMetadata": {"promptTokenCount": 1000}})


def blocked_answer(reason: str = "SAFETY") -> Answer:
    """The model's answer is withheld."""
    return body({"candidates": [{"finishReason": reason, "safetyRatings": []}]})


def error(code: int, status: str, details: list[Any] | None = None, headers: dict[str, str] | None = None) -> Answer:
    """An error as Google's APIs write it."""
    said = {"code": code, "message": f"{status}: secret-project-detail", "status": status, "details": details or []}
    return body({"error": said}, code, headers)


def quota(delay: str) -> Answer:
    """429 with google.rpc.RetryInfo."""
    info = {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": delay}
    return error(429, "RESOURCE_EXHAUSTED", [info])


def daily_quota() -> Answer:
    """429 with google.rpc.QuotaFailure, as Google names a quota of a day, and a guess at a delay beside it."""
    violation = {
        "quotaMetric": "aiplatform.googleapis.com/generate_content_requests_per_day_per_project_per_base_model",
        "quotaId": "GenerateContentRequestsPerDayPerProjectPerBaseModel",
    }
    failure = {"@type": "type.googleapis.com/google.rpc.QuotaFailure", "violations": [violation]}
    info = {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "37s"}
    return error(429, "RESOURCE_EXHAUSTED", [failure, info])


async def hangs(_: web.Request) -> web.StreamResponse:
    """Never answers; ends when the other side goes."""
    await asyncio.Event().wait()
    raise AssertionError


async def drops(request: web.Request) -> web.StreamResponse:
    """Closes the connection instead of answering."""
    assert request.transport is not None
    request.transport.abort()
    return web.Response()


async def cut_short(request: web.Request) -> web.StreamResponse:
    """Announces more than it sends, then closes."""
    response = web.StreamResponse(headers={"Content-Length": "1000", "Content-Type": "application/json"})
    await response.prepare(request)
    await response.write(b'{"candidates": [')
    assert request.transport is not None
    request.transport.close()
    return response
