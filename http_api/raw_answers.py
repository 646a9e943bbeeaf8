"""Refusals for those who never became a request: an answer as bytes, in the form that all refusals have.

Too many connections, a head that does not arrive, bytes that are no HTTP: the application and its middlewares never
see these, so what they add (the problem document, the security headers) is added here.
"""

from __future__ import annotations

from http import HTTPStatus
from uuid import uuid4

import orjson
from aiohttp import web

from http_api.problems import Problem
from http_api.rendering import PROBLEM_JSON, problem_document
from http_api.request_ids import HEADER
from http_api.security_headers import secure


def raw_answer(problem: Problem, request_id: str | None = None) -> bytes:
    """The whole answer, after which the connection closes."""
    request_id = request_id or str(uuid4())
    body = orjson.dumps(problem_document(problem, request_id))
    headers = {"Content-Type": PROBLEM_JSON, "Content-Length": str(len(body)), "Connection": "close"}
    headers |= {HEADER: request_id, **problem.headers}
    secure(headers)
    status = HTTPStatus(problem.kind.status)
    lines = [f"HTTP/1.1 {status.value} {status.phrase}", *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join([*lines, "", ""]).encode("ascii") + body


class RawAnswer(web.StreamResponse):
    """Those bytes as a response of aiohttp's, which would else name its version in them."""

    def __init__(self, problem: Problem, request: web.BaseRequest) -> None:
        super().__init__(status=problem.kind.status)
        self.force_close()
        self._asked = request
        self._bytes = raw_answer(problem)

    async def prepare(self, request: web.BaseRequest) -> None:
        """Nothing: there is no head apart from the bytes."""

    async def write_eof(self, data: bytes = b"") -> None:
        """Send them, once."""
        answer, self._bytes = self._bytes, b""
        if answer:
            await self._asked.writer.write(answer)
            await self._asked.writer.drain()
