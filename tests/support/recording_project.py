"""Stands between a backend and its project: passes every request on, and notes who it was made as.

What is noted is what PostgREST would see; so a token in the wrong request cannot stay hidden behind rows that
happen to be right.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import aiohttp
from aiohttp import web
from aiohttp.test_utils import TestServer
from yarl import URL

DROPPED = frozenset({"host", "content-length", "transfer-encoding", "connection", "content-encoding", "server", "date"})


@dataclass(frozen=True)
class Recorded:
    """One request as it reached the project."""

    method: str
    path: str
    query: str
    request_id: str
    authorization: str = field(repr=False)
    body: bytes = field(repr=False)


@dataclass
class RecordingProject:
    """The address to give to the backend, and what came by; below the path ``broken`` everything is answered 503."""

    url: str = ""
    requests: list[Recorded] = field(default_factory=list)
    broken: str | None = None

    def rest(self) -> list[Recorded]:
        """The requests for data."""
        return [request for request in self.requests if request.path.startswith("/rest/v1/")]


@asynccontextmanager
async def recording_project(upstream: str) -> AsyncIterator[RecordingProject]:
    """A recording in front of the project at ``upstream``."""
    recording = RecordingProject()
    connector = aiohttp.TCPConnector(limit=100)
    async with aiohttp.ClientSession(connector=connector, auto_decompress=False) as session:

        async def pass_on(request: web.Request) -> web.StreamResponse:
            recording.requests.append(_recorded(request, await request.read()))
            if recording.broken and request.path.startswith(recording.broken):
                return web.Response(status=503)
            return await _forwarded(session, upstream, request)

        app = web.Application(client_max_size=10**7)
        app.router.add_route("*", "/{path:.*}", pass_on)
        async with TestServer(app) as server:
            recording.url = str(server.make_url("")).rstrip("/")
            yield recording


def _recorded(request: web.Request, body: bytes) -> Recorded:
    headers = request.headers
    return Recorded(
        request.method,
        request.path,
        request.rel_url.query_string,
        headers.get("X-Request-ID", ""),
        headers.get("Authorization", ""),
        body,
    )


async def _forwarded(session: aiohttp.ClientSession, upstream: str, request: web.Request) -> web.StreamResponse:
    body = await request.read()
    headers = {name: value for name, value in request.headers.items() if name.lower() not in DROPPED}
    url = f"{upstream}{request.raw_path}"
    async with session.request(request.method, URL(url, encoded=True), headers=headers, data=body or None) as answer:
        kept = {
            name: value for name, value in answer.headers.items() if name.lower() not in DROPPED - {"content-encoding"}
        }
        return web.Response(status=answer.status, body=await answer.read(), headers=kept)
