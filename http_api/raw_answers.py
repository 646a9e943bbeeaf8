"""Refusals for those who never became a request: an answer as bytes, in the form that all refusals have.

Too many connections, a head that does not arrive, bytes that are no HTTP: the application and its middlewares never
see these, so what they add (the problem document, headers for browsers) is added here.
"""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from uuid import uuid4

import orjson
from aiohttp import web

from http_api.cors import Cors
from http_api.problems import Problem
from http_api.rendering import PROBLEM_JSON, problem_document
from http_api.request_ids import HEADER, request_id
from http_api.security_headers import secure


def raw_answer(problem: Problem, known_as: str | None = None, further: Mapping[str, str] | None = None) -> bytes:
    """The whole answer, after which the connection closes.

    Args:
        known_as: the request's id; a new one where there is none.
        further: headers beside those that all have.
    """
    name = known_as or str(uuid4())
    body = orjson.dumps(problem_document(problem, name))
    headers = {"Content-Type": PROBLEM_JSON, "Content-Length": str(len(body)), "Connection": "close"}
    headers |= {HEADER: name, **problem.headers, **(further or {})}
    secure(headers)
    status = HTTPStatus(problem.kind.status)
    lines = [f"HTTP/1.1 {status.value} {status.phrase}", *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join([*lines, "", ""]).encode("ascii") + body


class RawAnswer(web.StreamResponse):
    """Those bytes as a response of aiohttp's, which would else name its version in them."""

    def __init__(self, problem: Problem, request: web.BaseRequest, cors: Cors) -> None:
        super().__init__(status=problem.kind.status)
        self.force_close()
        self._asked = request
        # A request that could not be parsed has no headers at all, and none of aiohttp's kind.
        known = request if request.headers else None
        self._bytes = raw_answer(problem, request_id(known) if known else None, cors.raw_headers(known))

    async def prepare(self, request: web.BaseRequest) -> None:
        """Nothing: there is no head apart from the bytes."""

    async def write_eof(self, data: bytes = b"") -> None:
        """Send them, once."""
        answer, self._bytes = self._bytes, b""
        if answer:
            await self._asked.writer.write(answer)
            await self._asked.writer.drain()
