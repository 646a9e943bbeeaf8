"""One id for each request, the same in the answer, in every log line and on the way to Supabase.

A caller may bring its own (``X-Request-ID``), so that an app's report and the server's log are found under one
name; what is not well-formed is replaced, because an id ends up in logs and headers. The gateway passes the bound
id on to PostgREST.
"""

from __future__ import annotations

import re
from uuid import uuid4

import structlog
from aiohttp import web
from aiohttp.typedefs import Handler

HEADER = "X-Request-ID"
_WELL_FORMED = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_KEY = web.RequestKey("request_id", str)


def chosen_id(given: list[str]) -> str:
    """The id that came along if it is exactly one and well-formed, else a new one."""
    if len(given) == 1 and _WELL_FORMED.fullmatch(given[0]):
        return given[0]
    return str(uuid4())


def request_id(request: web.BaseRequest) -> str:
    """The request's id; chosen on the first call."""
    known: str | None = request.get(_KEY)
    if known is None:
        known = request[_KEY] = chosen_id(request.headers.getall(HEADER, []))
    return known


@web.middleware
async def request_ids(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Binds the id for logs and gateway while the request is answered, and returns it in the answer."""
    structlog.contextvars.clear_contextvars()
    with structlog.contextvars.bound_contextvars(request_id=request_id(request)):
        response = await handler(request)
    response.headers[HEADER] = request_id(request)
    return response
