"""Hands `/rest/v1` to PostgREST, byte for byte: nothing is parsed, so nothing can be changed.

The path and query go on as they were sent (still percent-encoded); the API key is taken out, as
Supabase's gateway does.
"""

from __future__ import annotations

import aiohttp
from aiohttp import web
from multidict import CIMultiDict
from yarl import URL

from sandbox.api_keys import without_api_key

PREFIX = "/rest/v1"
TIMEOUT_SECONDS = 60.0
MAX_HEADER = 262_144  # PostgREST repeats the query, encoded twice, in Content-Location
# RFC 9110 section 7.6.1, and what the two servers negotiate for themselves.
HOP_BY_HOP = ("Connection", "Keep-Alive", "Proxy-Connection", "TE", "Trailer", "Transfer-Encoding", "Upgrade")
NOT_FORWARDED = (*HOP_BY_HOP, "Host", "apikey", "Content-Length")
UPSTREAM_GONE = {"message": "An invalid response was received from the upstream server"}


class RestProxy:
    """Forwards requests to one PostgREST and its answers back."""

    def __init__(self, upstream: str) -> None:
        self._upstream = upstream
        self._session: aiohttp.ClientSession | None = None

    async def start(self) -> None:
        """Opens the connections' pool; needs a running event loop."""
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0),
            timeout=aiohttp.ClientTimeout(total=TIMEOUT_SECONDS),
            auto_decompress=False,
            max_line_size=MAX_HEADER,
            max_field_size=MAX_HEADER,
            skip_auto_headers=("User-Agent", "Accept", "Accept-Encoding", "Content-Type"),
        )

    async def stop(self) -> None:
        """Closes the pool."""
        if self._session is not None:
            await self._session.close()

    async def forward(self, request: web.Request, authorization: str | None) -> web.Response:
        """PostgREST's answer to a request below `/rest/v1`; 502 when PostgREST is gone."""
        if self._session is None:
            raise RuntimeError("the proxy was not started")
        body = await request.read() if request.can_read_body else None
        try:
            async with self._session.request(
                request.method,
                URL(self._upstream + _target(request), encoded=True),
                headers=_headers(request, authorization),
                data=body,
                allow_redirects=False,
            ) as answer:
                return _answer(answer, await answer.read())
        except aiohttp.ClientError:
            return web.json_response(UPSTREAM_GONE, status=502)
        except TimeoutError:
            return web.json_response({"message": "The upstream server is timing out"}, status=504)


def _target(request: web.Request) -> str:
    path, _, query = request.raw_path.partition("?")
    kept = without_api_key(query)
    return (path.removeprefix(PREFIX) or "/") + (f"?{kept}" if kept else "")


def _headers(request: web.Request, authorization: str | None) -> CIMultiDict[str]:
    headers = CIMultiDict(request.headers)
    for name in (*NOT_FORWARDED, "Authorization"):
        headers.popall(name, None)
    if authorization is not None:
        headers["Authorization"] = authorization
    return headers


def _answer(answer: aiohttp.ClientResponse, body: bytes) -> web.Response:
    headers = CIMultiDict(answer.headers)
    for name in (*HOP_BY_HOP, "Content-Length", "Date"):
        headers.popall(name, None)
    return web.Response(status=answer.status, reason=answer.reason, headers=headers, body=body or None)
