"""A real Redis or Valkey server of a test's own: started, frozen and killed as the test likes."""

from __future__ import annotations

import asyncio
import shutil
import signal
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from tests.support.waiting import wait_for

BINARY = shutil.which("redis-server") or shutil.which("valkey-server")


class RedisServer:
    """One server that keeps nothing on disk; ``url`` stays the same over restarts."""

    def __init__(self, directory: Path, password: str | None = None) -> None:
        self._directory = directory
        self._password = password
        self._process: asyncio.subprocess.Process | None = None
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port: int = free.getsockname()[1]

    @property
    def url(self) -> str:
        secret = f":{self._password}@" if self._password else ""
        return f"redis://{secret}127.0.0.1:{self.port}/0"

    @property
    def socket_url(self) -> str:
        return f"unix://{self._directory / 'redis.sock'}"

    async def start(self) -> None:
        """Start it and wait until it accepts connections."""
        assert BINARY is not None
        options = {"port": self.port, "bind": "127.0.0.1", "save": "", "appendonly": "no", "dir": self._directory}
        options |= {"unixsocket": self._directory / "redis.sock"}
        if self._password:
            options["requirepass"] = self._password
        words = [word for name, value in options.items() for word in (f"--{name}", str(value))]
        quiet = asyncio.subprocess.DEVNULL
        self._process = await asyncio.create_subprocess_exec(BINARY, *words, stdout=quiet, stderr=quiet)
        await wait_for(self._accepts, what="redis-server's port")

    def freeze(self) -> None:
        """Stop it from answering, with its connections open."""
        self._send(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let a frozen server go on."""
        self._send(signal.SIGCONT)

    async def kill(self) -> None:
        """End it at once."""
        if self._process is not None and self._process.returncode is None:
            self._send(signal.SIGKILL)
            await self._process.wait()

    def _send(self, number: signal.Signals) -> None:
        assert self._process is not None
        self._process.send_signal(number)

    async def _accepts(self) -> bool:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", self.port)
        except OSError:
            return False
        writer.close()
        return True


@asynccontextmanager
async def redis_server(directory: Path, password: str | None = None) -> AsyncIterator[RedisServer]:
    """A running server."""
    server = RedisServer(directory, password)
    await server.start()
    try:
        yield server
    finally:
        await server.kill()
