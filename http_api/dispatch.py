"""What happens to every request, in an order that spends little on those that are refused.

Address limit (``app``) → identity → the person's limit → body, bounded in size and time → validation of path, query
and body, all of it told at once → the route's function, until the deadline → rendering. Nothing is read from a body
before its sender is known; where the body itself is what the sender signed, nothing in it is believed before that.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from handlers.acting import Caller
from http_api.admission import admit_signed
from http_api.authentication import authenticate
from http_api.context import ApiContext
from http_api.gathering import Complaints
from http_api.limits import count
from http_api.operations import Call, Operation, Reply
from http_api.parameters import parse_path, parse_query, refuse_query
from http_api.problems import Problem
from http_api.reading import check_content_type, read_body
from http_api.rendering import reply_response
from http_api.validation import parse_body


@dataclass(frozen=True, slots=True)
class Dispatcher:
    """Answers the requests of one operation."""

    operation: Operation
    context: ApiContext

    async def __call__(self, request: web.Request) -> web.StreamResponse:
        """Answer; refusals are raised.

        Raises:
            Problem: whatever is wrong with the request.
            AuraError: whatever keeps the route from answering.
        """
        seconds = self.context.settings.api.request_timeout_seconds
        deadline = asyncio.get_running_loop().time() + seconds
        person = await self._identify(request)
        call = await self._read(request, person, deadline)
        return reply_response(await _answer(self.operation, call, seconds))

    async def _identify(self, request: web.Request) -> Caller | None:
        operation, limiter = self.operation, self.context.limiter
        if operation.access == "user":
            person = await authenticate(request, self.context.verifier)
            await count(request, limiter, operation.limit, person.user_id)
            return person
        if operation.access == "signed":
            self.context.webhooks.check_open()
        return None

    async def _read(self, request: web.Request, person: Caller | None, deadline: float) -> Call[Any, Any, Any]:
        raw = await self._raw(request)
        await admit_signed(self.operation, request, raw, self.context)
        complaints = Complaints()
        path = complaints.reading(lambda: self._path(request))
        query = complaints.reading(lambda: self._query(request))
        body = complaints.reading(lambda: self._body(raw))
        complaints.settle()
        return Call(self.context, request, body, query, path, raw, deadline, person)

    def _path(self, request: web.Request) -> Any:
        parameters = self.operation.path_parameters
        return parse_path(parameters, request.match_info) if parameters is not None else None

    def _query(self, request: web.Request) -> Any:
        if self.operation.query is not None:
            return parse_query(self.operation.query, request.rel_url.query)
        return refuse_query(request.rel_url.query)

    def _body(self, raw: bytes) -> Any:
        return parse_body(self.operation.body, raw) if self.operation.body is not None else None

    async def _raw(self, request: web.Request) -> bytes:
        """The body; where the operation declares none, what comes all the same is read and left alone."""
        settings = self.context.settings.api
        if self.operation.method == "GET":
            return b""
        if self.operation.body is not None:
            check_content_type(request)
        return await read_body(request, most=settings.max_body_bytes, seconds=settings.body_timeout_seconds)


async def _answer(operation: Operation, call: Call[Any, Any, Any], seconds: float) -> Reply:
    try:
        async with asyncio.timeout_at(call.deadline) as limit:
            return await operation.handle(call)
    except TimeoutError:
        if limit.expired():
            raise Problem("deadline_exceeded", f"The answer was not ready within {seconds:g} seconds.") from None
        raise
