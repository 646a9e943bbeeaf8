"""A small application behind the real server, for tests of the server alone."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import web

from aura.settings.model import ApiSettings
from aura.telemetry.metrics import Metrics
from http_api.security_headers import security_headers
from http_api.server import ApiServer


@dataclass
class Held:
    """Requests that wait until the test lets them go."""

    arrived: int = 0
    cancelled: int = 0
    release: asyncio.Event = field(default_factory=asyncio.Event)

    async def answer(self, _request: web.Request) -> web.Response:
        self.arrived += 1
        try:
            await self.release.wait()
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        return web.Response(text="held")


@dataclass(frozen=True)
class Served:
    """The server, what its metrics say, and the requests it holds."""

    server: ApiServer
    metrics: Metrics
    held: Held

    @property
    def port(self) -> int:
        return self.server.port

    def cut(self, cause: str) -> float:
        """Connections that were refused or cut off for this cause."""
        return self.metrics.registry.get_sample_value("aura_api_connections_cut_total", {"cause": cause}) or 0.0

    @property
    def connections(self) -> float:
        """Connections that are open."""
        return self.metrics.registry.get_sample_value("aura_api_connections") or 0.0


@asynccontextmanager
async def served(**settings: float) -> AsyncIterator[Served]:
    """`/` answers, `/held` waits for the test, `/large` answers 8 MB, `/fails` raises, POST `/echo` repeats."""
    held, metrics = Held(), Metrics()
    app = web.Application()
    app.add_routes([web.get("/", _hello), web.get("/held", held.answer), web.get("/large", _large)])
    app.add_routes([web.get("/fails", _fails), web.post("/echo", _echo)])
    app.on_response_prepare.append(security_headers)
    chosen = ApiSettings.model_validate({"host": "127.0.0.1", "port": 0, "grace_seconds": 5.0, **settings})
    server = ApiServer(app, chosen, metrics)
    await server.start()
    try:
        yield Served(server, metrics, held)
    finally:
        held.release.set()
        await server.stop()


async def _hello(_request: web.Request) -> web.Response:
    return web.Response(text="hello")


async def _large(_request: web.Request) -> web.Response:
    return web.Response(body=bytes(8 * 1_048_576))


async def _fails(_request: web.Request) -> web.Response:
    raise ZeroDivisionError("a secret")


async def _echo(request: web.Request) -> web.Response:
    return web.Response(body=await request.read())
