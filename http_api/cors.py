"""Which web pages may call the API from a browser: those of the configured origins, exactly.

Browsers ask before they send a token to another origin (the Fetch standard's CORS protocol). The answer names one
origin or none: no wildcard, no patterns, and no credentials, because tokens travel in a header that pages set
themselves. What a browser may read does not depend on how a request ends: errors carry the same headers.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Self
from urllib.parse import urlsplit

from aiohttp import hdrs, web
from aiohttp.typedefs import Handler, Middleware

from aura.errors import ConfigurationError

ALLOWED_METHODS = "GET, POST, OPTIONS"
ALLOWED_HEADERS = "Authorization, Content-Type, If-None-Match, Prefer, X-Request-ID"
EXPOSED_HEADERS = (
    "ETag, Location, RateLimit-Limit, RateLimit-Policy, RateLimit-Remaining, RateLimit-Reset, Retry-After, X-Request-ID"
)
# Chromium keeps the answer to a preflight for two hours at most.
MAX_AGE_SECONDS = 7200
_PREFLIGHT_VARIES = "Origin, Access-Control-Request-Method, Access-Control-Request-Headers"
_PREFLIGHT_HEADERS = {
    hdrs.ACCESS_CONTROL_ALLOW_METHODS: ALLOWED_METHODS,
    hdrs.ACCESS_CONTROL_ALLOW_HEADERS: ALLOWED_HEADERS,
    hdrs.ACCESS_CONTROL_MAX_AGE: str(MAX_AGE_SECONDS),
}
# Names, IPv4 addresses, IPv6 addresses in brackets; in lower case, internationalised names as xn--.
_HOST = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:.]+\]")
_DEFAULT_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Cors:
    """The configured origins, as a middleware for preflights and a signal that marks every answer."""

    origins: frozenset[str]

    @classmethod
    def of(cls, origins: Iterable[str]) -> Self:
        """The origins of ``settings.api.allowed_origins``.

        Raises:
            ConfigurationError: one of them is not what a browser would send.
        """
        return cls(frozenset(map(checked_origin, origins)))

    def install(self, app: web.Application) -> None:
        """Answer preflights of this application and mark all its answers.

        Call it after the middlewares that preflights should pass, too (ids, metrics, limits of addresses). Nothing
        is installed where no origin is configured: browsers then refuse by themselves.
        """
        if self.origins:
            app.middlewares.append(preflights(self))
            app.on_response_prepare.append(self.mark)

    async def mark(self, request: web.Request, response: web.StreamResponse) -> None:
        """A signal (``app.on_response_prepare``): says whether the asking page may read the answer."""
        _vary(response, _PREFLIGHT_VARIES if is_preflight(request) else "Origin")
        response.headers.update(self._permission(request.headers.getall(hdrs.ORIGIN, [])))

    def raw_headers(self, request: web.BaseRequest | None = None) -> dict[str, str]:
        """The same for an answer outside the application; ``request`` is None where none was ever read.

        Who asks is not known then. A single configured origin is named all the same: the answer is no secret, and
        without it a page of that origin would see a network error and not the refusal.
        """
        if not self.origins:
            return {}
        asking = [*self.origins] if request is None else request.headers.getall(hdrs.ORIGIN, [])
        return {str(hdrs.VARY): "Origin", **self._permission(asking)}

    def _permission(self, asking: Sequence[str]) -> dict[str, str]:
        """For exactly one origin that is allowed; nobody else is told anything."""
        if len(asking) != 1 or asking[0] not in self.origins:
            return {}
        return {
            str(hdrs.ACCESS_CONTROL_ALLOW_ORIGIN): asking[0],
            str(hdrs.ACCESS_CONTROL_EXPOSE_HEADERS): EXPOSED_HEADERS,
        }


def preflights(cors: Cors) -> Middleware:
    """Answers the preflights of allowed origins; others go on and hear what any OPTIONS request hears."""

    @web.middleware
    async def preflight(request: web.Request, handler: Handler) -> web.StreamResponse:
        if is_preflight(request) and request.headers[hdrs.ORIGIN] in cors.origins:
            return web.Response(status=204, headers=_PREFLIGHT_HEADERS)
        return await handler(request)

    return preflight


def is_preflight(request: web.Request) -> bool:
    """Whether a browser asks if a page may send a request, instead of sending it."""
    asks = hdrs.ACCESS_CONTROL_REQUEST_METHOD in request.headers
    return request.method == hdrs.METH_OPTIONS and hdrs.ORIGIN in request.headers and asks


def checked_origin(text: str) -> str:
    """The origin, if it is written as browsers write it: ``scheme://host`` with the port unless it is the default.

    Raises:
        ConfigurationError: it is not; browsers compare exactly, so it would never match.
    """
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        raise _refused(text) from None
    host = parts.hostname or ""
    shown = f"[{host}]" if ":" in host else host
    written = f"{parts.scheme}://{shown}" + (f":{port}" if port not in {None, _DEFAULT_PORTS.get(parts.scheme)} else "")
    if text != written or _HOST.fullmatch(shown) is None:
        raise _refused(text)
    return text


def _refused(text: str) -> ConfigurationError:
    return ConfigurationError(
        f"api.allowed_origins (AURA__API__ALLOWED_ORIGINS): {text!r} is no origin as browsers send it. Write the "
        "scheme, the host in lower case and the port unless it is the scheme's own, and nothing after it: "
        "https://app.example.com or http://localhost:3000. There is no wildcard: name each origin."
    )


def _vary(response: web.StreamResponse, names: str) -> None:
    """Add to what caches tell answers apart by; with another origin the answer has other headers."""
    known = response.headers.get(hdrs.VARY)
    response.headers[hdrs.VARY] = f"{known}, {names}" if known else names
