"""Which problems an operation can answer with: its own, and those that its declaration implies."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import Any

from http_api.openapi.headers import of_problem
from http_api.operations import Operation
from http_api.problems import KINDS
from http_api.rendering import PROBLEM_JSON, type_uri

_REQUEST_ID = "0b8c2f4e-6a1d-4f55-9d0e-2f6f5f3f7f10"
# Any request: broken HTTP, the limit of its address, a server that goes away or has too much to do, defects.
_ANY = (
    "bad_request",
    "request_timeout",
    "uri_too_long",
    "expectation_failed",
    "invalid_request",
    "rate_limited",
    "headers_too_large",
    "internal_error",
    "unavailable",
    "overloaded",
    "shutting_down",
    "deadline_exceeded",
)
_BODY = ("body_too_large",)
_JSON_BODY = ("invalid_json", "unsupported_media_type")


def codes_of(operation: Operation) -> list[str]:
    """The problem codes of an operation, by status and in the order of ``KINDS``."""
    found = {*_implied(operation), *operation.problems}
    return [code for code in KINDS if code in found]


def responses_of(operation: Operation) -> dict[str, Any]:
    """The refusals of an operation by status; those with one code only are components."""
    grouped = groupby(codes_of(operation), key=lambda code: KINDS[code].status)
    return {str(status): _response(status, list(codes)) for status, codes in grouped}


def components() -> dict[str, Any]:
    """A response for each code."""
    return {code: _inline(kind.status, [code]) for code, kind in KINDS.items()}


def _implied(operation: Operation) -> Iterator[str]:
    yield from _ANY
    if operation.access == "user":
        yield "unauthorized"
    if operation.path_parameters is not None:
        yield "not_found"
    if operation.method != "GET":
        yield from _BODY
    if operation.body is not None:
        yield from _JSON_BODY


def _response(status: int, codes: list[str]) -> dict[str, Any]:
    return {"$ref": f"#/components/responses/{codes[0]}"} if len(codes) == 1 else _inline(status, codes)


def _inline(status: int, codes: list[str]) -> dict[str, Any]:
    """One response: the problem's schema, narrowed to these codes, with an example of each."""
    narrowed = {"properties": {"status": {"const": status}, "code": {"enum": codes}}}
    schema = {"allOf": [{"$ref": "#/components/schemas/Problem"}, narrowed]}
    content = {"schema": schema, "examples": {code: {"value": _example(code)} for code in codes}}
    words = "; ".join(f"`{code}`: {KINDS[code].title.lower()}" for code in codes)
    return {"description": f"{words}.", "headers": of_problem(status), "content": {PROBLEM_JSON: content}}


def _example(code: str) -> dict[str, Any]:
    kind = KINDS[code]
    return {
        "type": type_uri(code),
        "title": kind.title,
        "status": kind.status,
        "detail": f"{kind.title}.",
        "code": code,
        "request_id": _REQUEST_ID,
    }
