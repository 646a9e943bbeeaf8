"""`/sandbox/v1`: how tests and people ask for faults, guarded by the service key.

    POST   /sandbox/v1/faults   {"fault": "stop_postgres", "seconds": 5}
    DELETE /sandbox/v1/faults
    GET    /sandbox/v1/status

A fault is in force when its answer arrives, except those that end the very connection: they begin
right after it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from aiohttp import web

from sandbox.errors import SandboxError
from sandbox.fault_client import PREFIX
from sandbox.faults import Faults
from sandbox.gateway import bearer
from sandbox.keys import ProjectKeys

if TYPE_CHECKING:
    from sandbox.fault_requests import AnyFault

AFTER_THE_ANSWER = 0.05  # seconds: the answer has left by then


class AdminRoutes:
    """The paths, for one sandbox; `state` tells what runs."""

    def __init__(
        self, keys: ProjectKeys, faults: Callable[[], Faults], state: Callable[[], Awaitable[dict[str, Any]]]
    ) -> None:
        self._keys = keys
        self._faults = faults
        self._state = state
        self._later: set[asyncio.Task[None]] = set()

    def add_to(self, app: web.Application) -> None:
        """Registers the paths."""
        app.router.add_post(f"{PREFIX}/faults", self._post)
        app.router.add_delete(f"{PREFIX}/faults", self._clear)
        app.router.add_get(f"{PREFIX}/status", self._status)

    async def _post(self, request: web.Request) -> web.Response:
        self._guard(request)
        try:
            fault = _parsed(await request.read())
        except ValueError as error:  # pydantic's ValidationError is one
            return web.json_response({"message": str(error)}, status=400)
        try:
            if fault.ends_connections:
                self._after_the_answer(fault)
            else:
                await fault.apply(self._faults())
        except SandboxError as error:
            return web.json_response({"message": str(error)}, status=500)
        return web.json_response(fault.model_dump())

    def _after_the_answer(self, fault: AnyFault) -> None:
        async def later() -> None:
            await asyncio.sleep(AFTER_THE_ANSWER)
            await fault.apply(self._faults())

        task = asyncio.create_task(later(), name=fault.fault)
        self._later.add(task)
        task.add_done_callback(self._later.discard)

    async def _clear(self, request: web.Request) -> web.Response:
        self._guard(request)
        await self._faults().clear()
        return web.json_response(await self._state())

    async def _status(self, request: web.Request) -> web.Response:
        self._guard(request)
        return web.json_response(await self._state())

    def _guard(self, request: web.Request) -> None:
        key = request.headers.get("apikey") or bearer(request) or ""
        if not self._keys.is_service_key(key):
            raise web.HTTPUnauthorized(
                text='{"message": "The sandbox\'s faults need its service key"}', content_type="application/json"
            )


def _parsed(body: bytes) -> AnyFault:
    # Imported when first needed: pydantic is a quarter of the time that a sandbox takes to start.
    from sandbox.fault_requests import REQUEST

    return REQUEST.validate_json(body)
