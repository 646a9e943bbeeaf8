"""Serves the application on the public port, to clients that may be slow, many, broken or hostile.

It promises that a request that was accepted is answered, also during a shutdown; that nobody holds a connection
without using it (``connection``); that their number is bounded (``crowd``); and that a port that cannot be opened is
said in one line that names the setting.
"""

from __future__ import annotations

import asyncio
import errno
import os
import socket

from aiohttp import web

from aura.errors import ConfigurationError
from aura.settings.model import ApiSettings
from aura.telemetry.metrics import Metrics
from http_api.answering import GOODBYE_SECONDS, Answering
from http_api.connection import Connection, Watch
from http_api.cors import Cors
from http_api.crowd import Crowd, TurnedAway
from http_api.descriptors import make_room
from http_api.problems import Problem
from http_api.raw_answers import raw_answer

# Connections that the kernel holds until they are accepted: a burst of as many is not refused.
_BACKLOG = 1_024


class ApiServer:
    """One listening socket and all its connections; ``port`` is the real one once started."""

    def __init__(self, app: web.Application, settings: ApiSettings, metrics: Metrics | None = None) -> None:
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=GOODBYE_SECONDS)
        self._settings = settings
        self._metrics = metrics
        self._crowd = Crowd(settings.max_connections, metrics.api_connections if metrics else None)
        self._cors = Cors.of(settings.allowed_origins)
        self._watch = Watch(self._crowd, settings.header_timeout_seconds, self._cut, self._cors)
        self._listener: asyncio.Server | None = None
        self._answering: Answering | None = None
        self.port = settings.port

    @property
    def in_flight(self) -> int:
        """Requests that are being answered."""
        return len(self._answering) if self._answering is not None else 0

    async def start(self) -> None:
        """Start the application and listen.

        Raises:
            ConfigurationError: the address cannot be listened on.
        """
        await self._runner.setup()
        try:
            self._listener = await self._listen()
        except OSError as error:
            await self._runner.cleanup()
            raise _cannot_listen(error, self._settings) from None
        self.port = self._listener.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Refuse what is new, let what is in flight finish within the grace period, then cut it off with a 503."""
        if self._listener is not None and self._answering is not None:
            self._listener.close()
            await asyncio.sleep(0)  # what was accepted just now is read once
            for connection in self._crowd:
                connection.finish()
            await self._answering.finish(self._settings.grace_seconds)
        await self._runner.cleanup()

    async def _listen(self) -> asyncio.Server:
        manager = self._runner.server
        if manager is None:
            raise RuntimeError("an AppRunner that is set up has a server")
        self._crowd.most = make_room(self._settings.max_connections)
        self._answering = Answering(manager.request_handler, self._cors)
        manager.request_handler = self._answering
        loop = asyncio.get_running_loop()

        def accept() -> asyncio.Protocol:
            if self._crowd.make_room():
                return Connection(manager, self._watch, loop)
            self._cut("too_many")
            return TurnedAway(raw_answer(_TOO_MANY, further=self._cors.raw_headers()))

        return await loop.create_server(accept, self._settings.host, self._settings.port, backlog=_BACKLOG)

    def _cut(self, cause: str) -> None:
        if self._metrics is not None:
            self._metrics.api_cut.labels(cause=cause).inc()


_TOO_MANY = Problem("overloaded", "There are too many connections just now.", headers={"Retry-After": "1"})


def _cannot_listen(error: OSError, settings: ApiSettings) -> ConfigurationError:
    place = f"The API's address {settings.host}:{settings.port} cannot be opened"
    # Python 3.13 says "could not bind on any address" in an error without a number.
    if isinstance(error, socket.gaierror) or error.errno in {errno.EADDRNOTAVAIL, None}:
        return ConfigurationError(f"{place}: set AURA__API__HOST to an address of this machine.")
    reason = os.strerror(error.errno or 0)
    remedy = "set PORT (or AURA__API__PORT) to a free one of 1024 or above (0 picks one)"
    return ConfigurationError(f"{place} ({reason}): {remedy}.")
