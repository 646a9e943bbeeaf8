"""Turns what PostgREST, its gateway or the network answered into Aura's errors.

Pure: an answer goes in, an error comes out. The status code and the error's own code decide, never the
wording of a message, which differs between versions. Row contents stay out: PostgreSQL puts them into
``details``, which is therefore never read.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import httpx
import orjson

from aura.errors import AuraError, ConfigurationError, Transient
from aura.settings.names import environment_name

Who = Literal["service", "owner", "caller"]
UNAVAILABLE = "database_unavailable"
# PostgREST: unknown function, unknown table. PostgreSQL: undefined function, undefined table.
UNMIGRATED = frozenset({"PGRST202", "PGRST205", "42883", "42P01"})
# PostgREST lost or waits for its database; PostgreSQL cancelled the statement or is shutting down.
PASSING = frozenset({"PGRST000", "PGRST001", "PGRST002", "PGRST003", "57014", "57P01", "57P02", "57P03"})
# Worth repeating at once: the connection broke or the pool was being renewed. A timeout is not, it would add load.
REPEATABLE = frozenset({"PGRST000", "PGRST001", "57P01"})

# A connection that could not be made or broke off. The aiohttp transport reports the latter as ConnectTimeout.
BROKEN = (httpx.NetworkError, httpx.RemoteProtocolError, httpx.ConnectTimeout)


class Unavailable(Transient):
    """The database cannot be reached just now; ``repeatable`` when a second try may well succeed at once."""

    def __init__(self, message: str, *, repeatable: bool = False) -> None:
        super().__init__(UNAVAILABLE, message)
        self.repeatable = repeatable


class TokenExpired(Unavailable):
    """The project counts a token of ours as expired: the next try needs a new one."""


class Refused(Transient):
    """The database understood and said no; ``reason`` is its code (SQLSTATE or PGRST…)."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__("database_refused", message)
        self.reason = reason


class NotAuthorized(AuraError):
    """The caller's own token was refused."""


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer that is an error: HTTP status, error code (empty where there is none) and message."""

    status: int
    code: str
    message: str


class ErrorAnswer(Exception):
    """Carries an ``Answer`` out of the HTTP client."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.status)
        self.answer = answer


def read_answer(status: int, body: bytes, proxy_status: str = "") -> Answer:
    """The parts of an error answer that decide; bodies that are not PostgREST's JSON have no code."""
    parsed = _parse(body)
    code = str(parsed.get("code") or proxy_status.partition("error=")[2])
    return Answer(status, code, str(parsed.get("message") or "")[:200])


def _parse(body: bytes) -> dict[str, Any]:
    try:
        parsed = orjson.loads(body)
    except orjson.JSONDecodeError:
        return {}
    return parsed if isinstance(parsed, dict) else {}


def error_of_answer(answer: Answer, who: Who, what: str) -> AuraError:
    """The error that ``answer`` means when ``what`` was asked for as ``who``."""
    if answer.code in PASSING or (answer.status >= 500 and not answer.code):
        repeatable = answer.code in REPEATABLE or answer.status == 502
        return Unavailable(f"The database did not answer {what} ({_name(answer)}).", repeatable=repeatable)
    if answer.status == 503:
        return Unavailable(f"The database is not available for {what} ({_name(answer)}).")
    if answer.code in UNMIGRATED:
        return ConfigurationError(f"The database does not know {what}: run `aura migrate` on this project.")
    if answer.status == 401:
        return _unauthorized(answer, who)
    if answer.status == 429:
        return Unavailable(f"Too many requests: the project's gateway refused {what}.")
    return Refused(answer.code or str(answer.status), f"The database refused {what} ({_name(answer)}).")


def error_of_network(error: httpx.HTTPError, what: str) -> Unavailable:
    """The error that a connection which failed or took too long means."""
    broken = isinstance(error, BROKEN)
    return Unavailable(f"The database cannot be reached for {what} ({type(error).__name__}).", repeatable=broken)


def _name(answer: Answer) -> str:
    return answer.code or f"HTTP {answer.status}"


def _unauthorized(answer: Answer, who: Who) -> AuraError:
    if who == "caller":
        return NotAuthorized(f"The access token was refused ({_name(answer)}).")
    if "expired" in answer.message.lower():
        return TokenExpired("The project says that a token made just now has expired: check this machine's clock.")
    if who == "owner":
        names = f"{environment_name('supabase', 'jwt_secret')} or {environment_name('supabase', 'signing_key')}"
        return ConfigurationError(f"The project refused a token signed with {names} ({_name(answer)}).")
    name = environment_name("supabase", "service_key")
    return ConfigurationError(f"The project refused the key in {name} ({_name(answer)}): is it this project's?")
