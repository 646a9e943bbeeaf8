"""Asks a running sandbox for faults: what tests, the demo and `aura sandbox fault` use."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import aiohttp
from yarl import URL

from sandbox.broken_paths import How
from sandbox.errors import SandboxError

PREFIX = "/sandbox/v1"
REQUEST_SECONDS = 90.0  # stopping and starting PostgreSQL included
POLL_SECONDS = 0.05


@dataclass(frozen=True)
class FaultClient:
    """The faults of one sandbox. Each is in force when its call returns, unless it says otherwise."""

    url: str
    service_key: str

    async def cut_sockets(self) -> None:
        """Resets every Realtime socket."""
        await self.request("cut_sockets")

    async def refuse_connections(self, seconds: float) -> None:
        """Closes the port for `seconds` and resets all connections; returns when it is closed."""
        await self.request("refuse_connections", seconds=seconds)
        while await self._reachable():  # noqa: ASYNC110 - another process decides
            await asyncio.sleep(POLL_SECONDS)

    async def half_open(self, seconds: float) -> None:
        """Realtime accepts connections and says nothing any more, on the sockets of now and of the next `seconds`."""
        await self.request("half_open", seconds=seconds)

    async def swallow_changes(self, count: int) -> None:
        """Realtime loses the next changes."""
        await self.request("swallow_changes", count=count)

    async def delay_delivery(self, seconds: float) -> None:
        """Realtime delivers every change so much later, until `clear`."""
        await self.request("delay_delivery", seconds=seconds)

    async def resubscribed(self) -> None:
        """Realtime says "Subscribed to PostgreSQL" once more."""
        await self.request("resubscribed")

    async def restart_realtime(self, seconds: float) -> None:
        """Realtime closes all sockets, refuses connections for `seconds` and then starts cold."""
        await self.request("restart_realtime", seconds=seconds)

    async def stop_postgres(self, seconds: float, *, crash: bool = False) -> None:
        """Ends the database's process for `seconds`; with `crash` it has to recover from its WAL."""
        await self.request("stop_postgres", seconds=seconds, crash=crash)

    async def break_path(self, prefix: str, how: How, seconds: float) -> None:
        """Requests below `/rest/v1`, `/storage/v1`, … answer 503, hang, or are reset."""
        await self.request("break_path", prefix=prefix, how=how, seconds=seconds)

    async def expire_tokens(self) -> None:
        """Every user's token issued until now counts as expired."""
        await self.request("expire_tokens")

    async def clear(self) -> dict[str, Any]:
        """Mends everything, waiting for a closed port to open again; the state afterwards."""
        while not await self._reachable():  # noqa: ASYNC110 - another process decides
            await asyncio.sleep(POLL_SECONDS)
        return await self._send("DELETE", "/faults", None)

    async def status(self) -> dict[str, Any]:
        """What runs and what is broken."""
        return await self._send("GET", "/status", None)

    async def settled(self, seconds: float = 120.0) -> None:
        """Returns when no fault with a duration is in force; TimeoutError after `seconds`."""
        async with asyncio.timeout(seconds):
            while not await self._reachable() or (await self.status())["faults"]:  # noqa: ASYNC110
                await asyncio.sleep(POLL_SECONDS)

    async def request(self, name: str, **details: Any) -> dict[str, Any]:
        """Asks for a fault by its name. Raises SandboxError when the sandbox refuses or cannot be reached."""
        return await self._send("POST", "/faults", {"fault": name, **details})

    async def _send(self, method: str, path: str, body: dict[str, Any] | None) -> dict[str, Any]:
        timeout, headers = aiohttp.ClientTimeout(total=REQUEST_SECONDS), {"apikey": self.service_key}
        try:
            async with (
                aiohttp.ClientSession(timeout=timeout, headers=headers) as session,
                session.request(method, f"{self.url}{PREFIX}{path}", json=body) as answer,
            ):
                return await _content(answer)
        except (aiohttp.ClientError, TimeoutError) as error:
            raise SandboxError(f"no sandbox answers at {self.url}: {error}") from error

    async def _reachable(self) -> bool:
        url = URL(self.url)
        try:
            _, writer = await asyncio.open_connection(url.host, url.port)
        except OSError:
            return False
        writer.close()
        return True


async def _content(answer: aiohttp.ClientResponse) -> dict[str, Any]:
    if answer.status != HTTPStatus.OK:
        raise SandboxError(f"the sandbox refused ({answer.status}): {await answer.text()}")
    content: dict[str, Any] = await answer.json()
    return content
