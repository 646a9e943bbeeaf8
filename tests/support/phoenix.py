"""A Realtime server of a few lines that does exactly what a test tells it, however wrong.

It speaks the frames of the recorded transcripts (vsn 1.0.0). Each connection runs the test's own script.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

import websockets
from websockets.asyncio.server import ServerConnection
from websockets.http11 import Request, Response


@dataclass
class Peer:
    """One client, seen from the server."""

    socket: ServerConnection
    join: dict[str, Any] = field(default_factory=dict)

    async def expect_join(self) -> None:
        """Read until the client joins a channel."""
        while self.join.get("event") != "phx_join":
            self.join = json.loads(await self.socket.recv())

    async def accept(self) -> None:
        """Join and be told "Subscribed to PostgreSQL"."""
        await self.expect_join()
        await self.reply_ok()
        await self.system("ok", "Subscribed to PostgreSQL")

    async def reply_ok(self) -> None:
        """Accept the join: the bindings are echoed with ids from 1."""
        asked = self.join["payload"]["config"]["postgres_changes"]
        bindings = [{"id": number, **binding} for number, binding in enumerate(asked, start=1)]
        await self.reply("ok", {"postgres_changes": bindings})

    async def reply(self, status: str, response: dict[str, Any]) -> None:
        """Answer the join."""
        await self.send("phx_reply", {"response": response, "status": status}, ref=self.join["ref"])

    async def system(self, status: str, message: str, extension: str = "postgres_changes") -> None:
        """Send a system message."""
        payload = {"channel": "aura", "extension": extension, "message": message, "status": status}
        await self.send("system", payload)

    async def change(self, table: str, record: dict[str, Any], **data: Any) -> None:
        """Send a change to the binding of ``table``."""
        tables = [binding["table"] for binding in self.join["payload"]["config"]["postgres_changes"]]
        content: dict[str, Any] = {
            "columns": [],
            "commit_timestamp": "2026-11-22T20:22:23.254Z",
            "errors": None,
            "record": record,
            "schema": "public",
            "table": table,
            "type": "INSERT",
        }
        await self.send("postgres_changes", {"data": content | data, "ids": [tables.index(table) + 1]})

    async def send(self, event: str, payload: dict[str, Any], *, ref: str | None = None) -> None:
        """Send one frame."""
        frame = {"event": event, "payload": payload, "ref": ref, "topic": self.join.get("topic", "realtime:aura")}
        await self.socket.send(json.dumps(frame))


Script = Callable[[Peer], Awaitable[None]]


@asynccontextmanager
async def phoenix(script: Script, *, refuse: tuple[HTTPStatus, str] | None = None) -> AsyncIterator[str]:
    """Serve ``script`` (or refuse every handshake) and give the project's base URL."""

    async def serve(socket: ServerConnection) -> None:
        await script(Peer(socket))

    def answer(connection: ServerConnection, _request: Request) -> Response | None:
        return None if refuse is None else connection.respond(*refuse)

    async with websockets.serve(serve, "127.0.0.1", 0, process_request=answer, max_size=None) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        yield f"http://127.0.0.1:{port}"
