"""A port of this machine that nobody may ever reach: it counts who connects."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field


@dataclass
class Canary:
    """Listens at 127.0.0.1 and, where there is IPv6, at ::1; ``visits`` are the first bytes of each connection."""

    port: int = 0
    visits: list[bytes] = field(default_factory=list)

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Count, and show what would be stolen."""
        self.visits.append(await reader.read(1024))
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\nConnection: close\r\n\r\nsecret")
        await writer.drain()
        writer.close()


@asynccontextmanager
async def canary() -> AsyncIterator[Canary]:
    """A listening canary on a free port."""
    bird = Canary()
    first = await asyncio.start_server(bird.answer, "127.0.0.1", 0)
    bird.port = first.sockets[0].getsockname()[1]
    servers = [first, *([await asyncio.start_server(bird.answer, "::1", bird.port)] if _has_ipv6() else [])]
    try:
        yield bird
    finally:
        for server in servers:
            server.close()
            await server.wait_closed()


def _has_ipv6() -> bool:
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return False
    return True
