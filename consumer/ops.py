"""The ops port: is the process alive, is it doing its job, and the numbers behind both.

Health is computed from progress (a canary that came round, work that is done in time), never from "the
socket is open": a process that looks alive and hears nothing is the failure that this port exists to show.

- ``/healthz``: 200 while the event loop turns; restart the container when it does not answer.
- ``/readyz``: 200 when every role can do its job, else 503; the JSON body gives each role's reasons.
- ``/metrics``: Prometheus text format.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping

from aiohttp import web
from prometheus_client import CollectorRegistry
from prometheus_client.aiohttp import make_aiohttp_handler

from aura.errors import ConfigurationError
from aura.roles import RoleHealth
from aura.settings import OpsSettings

Probe = Callable[[], Mapping[str, RoleHealth]]


def ops_app(
    probe: Probe, registry: CollectorRegistry, loop_age: Callable[[], float], stall_seconds: float
) -> web.Application:
    """The application behind the ops port.

    Args:
        probe: gives each role's health, cheaply (it is called for every scrape of ``/readyz``).
        loop_age: seconds since the event loop was last seen to turn.
        stall_seconds: the age from which ``/healthz`` answers 503.
    """

    async def healthz(_request: web.Request) -> web.Response:
        age = loop_age()
        alive = age < stall_seconds
        return web.json_response({"alive": alive, "loop_age_seconds": round(age, 3)}, status=200 if alive else 503)

    async def readyz(_request: web.Request) -> web.Response:
        roles = probe()
        ready = all(role.ready for role in roles.values())
        body = {"ready": ready, "roles": {name: _told(role) for name, role in roles.items()}}
        return web.json_response(body, status=200 if ready else 503)

    app = web.Application()
    app.router.add_get("/healthz", healthz)
    app.router.add_get("/readyz", readyz)
    app.router.add_get("/metrics", make_aiohttp_handler(registry))
    return app


def _told(role: RoleHealth) -> dict[str, object]:
    return {"ready": role.ready, "reasons": list(role.reasons), **role.details}


class OpsServer:
    """Serves the ops application on its own port; ``port`` is the real one once started."""

    def __init__(self, app: web.Application, settings: OpsSettings) -> None:
        self._runner = web.AppRunner(app, access_log=None)
        self._settings = settings
        self.port = settings.port

    async def start(self) -> None:
        """Listen.

        Raises:
            ConfigurationError: the port is taken or not allowed.
        """
        await self._runner.setup()
        site = web.TCPSite(self._runner, self._settings.host, self._settings.port, shutdown_timeout=1.0)
        try:
            await site.start()
        except OSError as error:
            await self._runner.cleanup()
            place = f"{self._settings.host}:{self._settings.port}"
            raise ConfigurationError(
                f"The ops port {place} cannot be opened ({os.strerror(error.errno or 0)}): "
                "set AURA__OPS__PORT to a free one (0 picks one)."
            ) from None
        self.port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        """Stop listening."""
        await self._runner.cleanup()
