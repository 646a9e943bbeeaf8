"""The ``api`` role: serves the HTTP API on the public port, inside or beside the daemon's process.

It shares the process's services and nothing else with other roles. At the end it refuses what is new at once, so that
nobody is let in whom it could not answer, and only then finishes what it has: requests in flight and the work that
outlived its request, both within ``api.grace_seconds``.
"""

from __future__ import annotations

import asyncio

import structlog

from aura.roles import Role, RoleHealth
from handlers.roles import RoleContext
from http_api.app import build_app
from http_api.context import ApiContext
from http_api.heap import set_aside
from http_api.opening import open_context
from http_api.readiness import Readiness
from http_api.server import ApiServer
from http_api.warming import warm

log = structlog.get_logger(__name__)

# Seconds that cutting off what is late may take, beyond the grace period.
CUT_OFF_SECONDS = 5.0


def api_role(context: RoleContext) -> Role:
    """The role; named in the entry-point group ``aura.roles``."""
    part = ApiRole(context)
    grace = context.services.settings.api.grace_seconds + CUT_OFF_SECONDS
    return Role("api", part.run, part.finish, part.health, close=part.close, grace_seconds=grace)


class ApiRole:
    """Runs once: ``run`` until it is cancelled, ``close`` and ``finish`` before that."""

    def __init__(self, context: RoleContext) -> None:
        self._context = context
        self._server: ApiServer | None = None
        self._readiness: Readiness | None = None
        self._ending: asyncio.Task[None] | None = None
        self._api: ApiContext | None = None
        self._warming: asyncio.Task[None] | None = None

    async def run(self) -> None:
        """Serve until cancelled.

        Raises:
            ConfigurationError: the port cannot be opened, or another setting is missing or wrong.
        """
        services = self._context.services
        async with open_context(services, self._context.hints) as api:
            self._api = api
            self._readiness = Readiness(api.verifier.check, services.ledger.schema_version, api.limiter.check)
            server = ApiServer(build_app(api), services.settings.api, services.metrics)
            set_aside()
            await server.start()
            self._server = server
            log.info("api_listening", port=server.port)
            self._warming = api.background.start(warm(api.pool.run), "api-warming")
            try:
                await self._readiness.watch()
            finally:
                await self.finish()
                await server.stop()  # where the end had begun before the port was open

    async def close(self) -> None:
        """Accept nothing from now on; what is in flight goes on."""
        if self._ending is None:
            self._ending = asyncio.create_task(self._end(), name="api-end")
            await asyncio.sleep(0)  # the first thing that it does is to close the port
            log.info("api_closed")

    async def finish(self) -> None:
        """Wait for what is in flight, and for what outlived its request."""
        await self.close()
        if self._ending is not None:
            await asyncio.shield(self._ending)

    def health(self) -> RoleHealth:
        """Ready while the port is open, callers can be verified and the database answers."""
        if self._server is None or self._readiness is None:
            return RoleHealth(False, ("The API's port is not open yet.",))
        details: dict[str, object] = {"port": self._server.port, "in_flight": self._server.in_flight}
        if self._api is not None:
            details["rate_limits"] = f"counted {self._api.limiter.counting}"
        return self._readiness.health(details)

    async def _end(self) -> None:
        if self._server is None or self._api is None:
            return
        if self._warming is not None:
            self._warming.cancel()
        began = asyncio.get_running_loop().time()
        await self._server.stop()
        passed = asyncio.get_running_loop().time() - began
        await self._api.background.drain(max(0.0, self._context.services.settings.api.grace_seconds - passed))
