"""The path of every answer between aiohttp and the application: who is in flight, and when a connection may stay.

The application's handler makes an answer; here it is sent, within a bounded time, so that "in flight" means until
the client has it. A connection whose request was not read to its end is never used again: what remains of one
request must not be taken for the next.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

import structlog
from aiohttp import HttpVersion10, HttpVersion11, hdrs, web

from http_api.connection import Connection
from http_api.cors import Cors
from http_api.problems import Problem
from http_api.raw_answers import RawAnswer

log = structlog.get_logger(__name__)

# Seconds for those that are cut off to tell their clients.
GOODBYE_SECONDS = 1.0

AnyHandler = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]


class Answering:
    """Wraps the application's handler; knows what is in flight and brings it to an end."""

    def __init__(self, handle: AnyHandler, cors: Cors) -> None:
        self._handle = handle
        self._cors = cors
        self._tasks: set[asyncio.Task[object]] = set()
        self._cutting_off = False

    def __len__(self) -> int:
        return len(self._tasks)

    async def __call__(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answer one request and send the answer; aiohttp then finds nothing left to send."""
        connection, task = request.protocol, asyncio.current_task()
        if not isinstance(connection, Connection) or task is None:
            raise TypeError("requests come over a Connection, each in a task of its own")
        self._tasks.add(task)
        connection.begin(request)
        closing = True
        try:
            response = await self._answer(request, connection)
            connection.sending(task)
            with suppress(ConnectionError):  # aiohttp meets the same at its own turn and ends the connection
                await response.prepare(request)
                await response.write_eof()
            closing = not response.keep_alive
        finally:
            self._tasks.discard(task)
            connection.end(closing=closing)
        return response

    async def finish(self, grace_seconds: float) -> None:
        """Wait for what is in flight; what is not done in time answers 503 and ends."""
        await self._wait(grace_seconds)
        self._cutting_off = True
        for task in self._tasks:
            log.warning("request_cut_off")
            task.cancel()
        await self._wait(GOODBYE_SECONDS)

    async def _answer(self, request: web.BaseRequest, connection: Connection) -> web.StreamResponse:
        try:
            problem = _unfit(request)
            response = await self._handle(request) if problem is None else RawAnswer(problem, request, self._cors)
        except web.HTTPException as refusal:  # one that no middleware rendered; aiohttp sends it
            refusal.force_close()
            raise
        except asyncio.CancelledError:
            if not self._cutting_off:
                raise
            response = RawAnswer(_shutting_down(), request, self._cors)
        if connection.last or not request.content.is_eof():
            response.force_close()
        return response

    async def _wait(self, seconds: float) -> None:
        if self._tasks:
            await asyncio.wait(tuple(self._tasks), timeout=seconds)


def _unfit(request: web.BaseRequest) -> Problem | None:
    """What aiohttp lets pass and RFC 9112 does not: HTTP/2 spoken as if it were HTTP/1, and HTTP/1.1 without Host."""
    if request.version not in {HttpVersion10, HttpVersion11}:
        return Problem("bad_request", "This server speaks HTTP/1.1 and HTTP/1.0.")
    if request.version == HttpVersion11 and hdrs.HOST not in request.headers:
        return Problem("bad_request", "A request of HTTP/1.1 must have the header Host.")
    return None


def _shutting_down() -> Problem:
    return Problem("shutting_down", "This server is going away; try again.", headers={"Retry-After": "1"})
