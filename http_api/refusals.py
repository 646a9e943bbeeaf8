"""Turns whatever goes wrong while a request is answered into a ``Problem``, and tells the log the rest.

The app learns what it can act on: a stable code and when to try again. Which setting is wrong, what the database
said and every traceback stay in the log, under the request's id.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import datetime

import structlog
from aiohttp import web

from aura.errors import ConfigurationError, Failure, RetryAt, Transient
from aura.gateway.errors import NotAuthorized, Refused
from http_api.authentication import unauthorized
from http_api.problems import KINDS, Problem
from http_api.rendering import problem_of_status

log = structlog.get_logger(__name__)

RETRY_SECONDS = 5
UNKNOWN_PATH = "There is nothing at this address; /openapi.json describes what there is."
_ALLOW = "Allow"


def retry_after(seconds: float) -> dict[str, str]:
    """``Retry-After`` in whole seconds, at least one."""
    return {"Retry-After": str(max(1, math.ceil(seconds)))}


def problem_of(error: Exception, now: datetime) -> Problem:
    """What the app is told about ``error``; what it is not told is logged here.

    Args:
        now: the present moment (aware, UTC), which ``Retry-After`` is counted from.
    """
    if isinstance(error, Problem):
        return error
    if isinstance(error, web.HTTPException):
        return _of_http(error)
    if isinstance(error, NotAuthorized):
        return unauthorized("The project refused the access token", "invalid_token")
    if isinstance(error, Failure) and not isinstance(error, Refused):
        return _of_failure(error, now)
    return _of_defect(error)


def _of_http(error: web.HTTPException) -> Problem:
    """A refusal of aiohttp's own; its words are for developers of servers, so ours replace them."""
    problem = problem_of_status(error.status, UNKNOWN_PATH if error.status == 404 else None)
    if _ALLOW in error.headers:
        problem.headers[_ALLOW] = error.headers[_ALLOW]
    return problem


def _of_failure(error: Failure, now: datetime) -> Problem:
    if error.code in KINDS:
        return Problem(error.code, error.message, headers=_waiting(error, now))
    log.warning("request_failed", code=error.code, reason=error.message)
    if isinstance(error, Transient | RetryAt):
        return _unavailable(_waiting(error, now))
    return Problem("internal_error", "Something went wrong on our side; it has been noted.")


def _waiting(error: Failure, now: datetime) -> Mapping[str, str]:
    if isinstance(error, RetryAt):
        return retry_after((error.at - now).total_seconds())
    return retry_after(RETRY_SECONDS) if isinstance(error, Transient) else {}


def _unavailable(headers: Mapping[str, str]) -> Problem:
    return Problem("unavailable", "The data service does not answer just now; try again shortly.", headers=headers)


def _of_defect(error: Exception) -> Problem:
    if isinstance(error, ConfigurationError):
        log.error("request_failed", cause="a setting is wrong", reason=str(error))
        return Problem("unavailable", "The service is not set up completely.", headers=retry_after(60))
    log.error("request_failed", cause="unexpected", exc_info=error)
    return Problem("internal_error", "Something went wrong on our side; it has been noted.")
