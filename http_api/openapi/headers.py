"""Headers of answers and requests as the document describes them: one component each, referred to by name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

Schema = dict[str, Any]
_COUNT: Schema = {"type": "integer", "minimum": 0}
_SECONDS: Schema = {"type": "integer", "minimum": 1}

# What every answer carries.
ALWAYS = ("X-Request-ID", "RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset", "RateLimit-Policy")
# What answers of these statuses carry besides.
OF_STATUS: Mapping[int, tuple[str, ...]] = {
    401: ("WWW-Authenticate",),
    429: ("Retry-After",),
    503: ("Retry-After",),
    504: ("Retry-After",),
}
COMPONENTS: Mapping[str, Schema] = {
    "X-Request-ID": {
        "description": "The request's id: the one that came along, if it was well-formed, else a new one.",
        "schema": {"type": "string", "maxLength": 100},
    },
    "RateLimit-Limit": {"description": "Requests allowed in the present window.", "schema": _COUNT},
    "RateLimit-Remaining": {"description": "Requests still allowed.", "schema": _COUNT},
    "RateLimit-Reset": {"description": "Seconds until more are allowed.", "schema": _SECONDS},
    "RateLimit-Policy": {
        "description": "The limit and its window in seconds: `60;w=60`.",
        "schema": {"type": "string"},
    },
    "Retry-After": {"description": "Seconds after which to try again.", "schema": _SECONDS},
    "WWW-Authenticate": {
        "description": "The challenge (RFC 6750): `invalid_token` asks for a new token, `invalid_request` for one.",
        "schema": {"type": "string"},
    },
}
REQUEST_ID_PARAMETER: Schema = {
    "name": "X-Request-ID",
    "in": "header",
    "required": False,
    "description": "An id of the caller's for this request: 1 to 100 letters, digits, dots, dashes or underscores, "
    "beginning with a letter or digit. Any other is replaced.",
    "schema": {"type": "string", "examples": ["app-5f1c0b9e"]},
}


def described(names: Iterable[str], own: Mapping[str, str] | None = None) -> Schema:
    """Headers of an answer: shared ones by reference, an operation's own by its words."""
    shared = {name: {"$ref": f"#/components/headers/{name}"} for name in names}
    return shared | {name: {"description": words, "schema": {"type": "string"}} for name, words in (own or {}).items()}


def of_problem(status: int) -> Schema:
    """Headers of a refusal."""
    return described((*ALWAYS, *OF_STATUS.get(status, ())))


def parameter(name: str, words: str) -> Schema:
    """An optional request header that an operation honours."""
    return {"name": name, "in": "header", "required": False, "description": words, "schema": {"type": "string"}}
