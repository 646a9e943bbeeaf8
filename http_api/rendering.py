"""How answers look on the wire: JSON, and problems as RFC 9457 documents.

Every refusal is rendered here, whoever refuses (a route, the dispatcher, aiohttp's router or its parser), so that
an app needs one piece of code to read them.
"""

from __future__ import annotations

from typing import Any

import orjson
from aiohttp import web
from pydantic import BaseModel

from http_api.operations import Reply
from http_api.problems import KINDS, Problem
from http_api.request_ids import HEADER

JSON = "application/json"
PROBLEM_JSON = "application/problem+json"
STATUS_CODES = {
    400: "bad_request",
    404: "not_found",
    405: "method_not_allowed",
    408: "request_timeout",
    413: "body_too_large",
    414: "uri_too_long",
    415: "unsupported_media_type",
    417: "expectation_failed",
    431: "headers_too_large",
    503: "shutting_down",
}


def type_uri(code: str) -> str:
    """The ``type`` of a problem: a name, not an address; what it means is in the API guide."""
    return f"urn:aura:problem:{code}"


def problem_document(problem: Problem, request_id: str) -> dict[str, Any]:
    """The problem as RFC 9457 writes it, with the extensions ``code``, ``request_id`` and ``errors``."""
    document: dict[str, Any] = {
        "type": type_uri(problem.code),
        "title": problem.kind.title,
        "status": problem.kind.status,
        "detail": problem.detail,
        "code": problem.code,
        "request_id": request_id,
    }
    if problem.errors:
        document["errors"] = [{"field": error.field, "message": error.message} for error in problem.errors]
    return document


def problem_response(problem: Problem, request_id: str) -> web.Response:
    """The problem as an answer; carries the request's id itself, because not every refusal passes a middleware."""
    body = orjson.dumps(problem_document(problem, request_id))
    headers = {**problem.headers, HEADER: request_id}
    response = web.Response(status=problem.kind.status, body=body, content_type=PROBLEM_JSON, headers=headers)
    if headers.get("Connection") == "close":
        response.force_close()
    return response


def reply_response(reply: Reply) -> web.Response:
    """A route's reply as an answer: its model as JSON, without the fields that were never set."""
    if reply.body is None:
        return web.Response(status=reply.status, headers=reply.headers)
    return web.Response(status=reply.status, body=_json(reply.body), content_type=JSON, headers=reply.headers)


def problem_of_status(status: int, detail: str | None = None) -> Problem:
    """The problem that stands for a bare HTTP status, as the router or the parser gives it."""
    code = STATUS_CODES.get(status, "internal_error" if status >= 500 else "bad_request")
    return Problem(code, detail or f"{KINDS[code].title}.")


def _json(model: BaseModel) -> bytes:
    return model.model_dump_json(exclude_unset=True).encode()
