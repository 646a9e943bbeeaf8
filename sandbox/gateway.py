"""The one port of the sandbox: API keys, broken paths, and who answers which path.

It stands where Supabase's own gateway stands, and refuses in the same words. Services behind it
find the Authorization header that is left after keys were swapped under `AUTHORIZATION`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from sandbox.api_keys import authorization, check_api_key
from sandbox.broken_paths import BrokenPath
from sandbox.faults import Faults
from sandbox.keys import ProjectKeys
from sandbox.listener import reset
from sandbox.tokens import TokenVerifier

AUTHORIZATION = web.RequestKey("AUTHORIZATION", str)

OPEN_PATHS = ("/auth/v1/.well-known/",)
REST = "/rest/v1"
KEYED_PATHS = (REST, "/auth/v1")
# PostgREST's own answer to an expired token (12.0.2).
JWT_EXPIRED = {"code": "PGRST301", "details": None, "hint": None, "message": "JWT expired"}


@dataclass(frozen=True)
class Gateway:
    """The middlewares of the port, for one project and its faults."""

    keys: ProjectKeys
    verifier: TokenVerifier
    faults: Callable[[], Faults]

    def middlewares(self) -> list[Middleware]:
        """In the order in which a request meets them."""
        return [self._break, self._admit]

    @web.middleware
    async def _break(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        fault = self.faults().broken_paths.find(request.path, asyncio.get_running_loop().time())
        return await handler(request) if fault is None else await self._fail(request, fault)

    async def _fail(self, request: web.Request, fault: BrokenPath) -> web.StreamResponse:
        if fault.how == "503":
            return web.json_response({"message": "Service Unavailable"}, status=503)
        if fault.how == "hang":
            await self._hang(fault.until)
        if request.transport is not None:
            reset(request.transport)
        return web.Response(status=503)  # nobody reads it: the connection is gone

    async def _hang(self, until: float) -> None:
        try:
            async with asyncio.timeout_at(until):
                await self.faults().mended.wait()
        except TimeoutError:
            return

    @web.middleware
    async def _admit(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        key = request.headers.get("apikey") or request.query.get("apikey")
        if request.path.startswith(KEYED_PATHS) and not request.path.startswith(OPEN_PATHS):
            refusal = check_api_key(self.keys, key)
            if refusal is not None and request.method != "OPTIONS":
                return web.json_response(refusal.body(), status=401)
        allowed = authorization(self.keys, key, request.headers.get("Authorization"))
        if allowed is not None:
            request[AUTHORIZATION] = allowed
        if request.path.startswith(REST) and self.verifier.was_ended(bearer(request) or ""):
            return web.json_response(JWT_EXPIRED, status=401, headers={"WWW-Authenticate": "Bearer"})
        return await handler(request)


def bearer(request: web.Request) -> str | None:
    """The token that a service behind the gateway gets, if any."""
    scheme, _, token = request.get(AUTHORIZATION, "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" and token.strip() else None
