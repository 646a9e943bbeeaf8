"""The gateway's TCP port, which faults close and open again while the services go on.

A real outage refuses connections or resets them; answering 503 would test something else. So the
listener is really closed, and open connections are really reset.
"""

from __future__ import annotations

import socket
import struct
from asyncio import Transport

from aiohttp import web

from sandbox.errors import SandboxError
from sandbox.ports import LOOPBACK

# Hosted gateways take long URLs; PostgREST stops at about 51,200 bytes by itself.
MAX_LINE = 65_536
BACKLOG = 1024
RESET_ON_CLOSE = struct.pack("ii", 1, 0)  # SO_LINGER on, zero seconds: close() sends RST


class Listener:
    """Serves one application on one port of the loopback interface."""

    def __init__(self, app: web.Application, port: int) -> None:
        self.port = port
        self._runner = web.AppRunner(
            app, access_log=None, max_line_size=MAX_LINE, max_field_size=MAX_LINE, shutdown_timeout=1.0
        )
        self._site: web.TCPSite | None = None

    async def start(self) -> None:
        """Starts the application and accepts connections; SandboxError when the port is taken."""
        await self._runner.setup()
        await self.accept()

    async def stop(self) -> None:
        """Ends everything: the port, the connections, the application."""
        self.reset_connections()
        await self._runner.cleanup()

    async def accept(self) -> None:
        """Opens the port if it is closed."""
        if self._site is not None:
            return
        site = web.TCPSite(self._runner, LOOPBACK, self.port, backlog=BACKLOG, reuse_address=True)
        try:
            await site.start()
        except OSError as error:
            raise SandboxError(
                f"port {self.port} is taken: stop what listens there, or choose another with --port (0: any)"
            ) from error
        self._site = site

    async def refuse(self) -> None:
        """Closes the port and resets what is connected, as a machine does that is down."""
        if self._site is not None:
            await self._site.stop()
            self._site = None
        self.reset_connections()

    def reset_connections(self) -> None:
        """Resets every open connection at once."""
        server = self._runner.server
        if not isinstance(server, web.Server):
            return
        for connection in server.connections:
            if isinstance(connection.transport, Transport):
                reset(connection.transport)


def reset(transport: Transport) -> None:
    """Closes a connection with RST: the other side sees an error, not an end."""
    raw = transport.get_extra_info("socket")
    if raw is not None:
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
    transport.abort()
