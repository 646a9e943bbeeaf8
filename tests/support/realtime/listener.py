"""A client for tests of the Realtime server: joins a channel and waits for what it should hear."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import ClientSession

from tests.support.realtime.client import Client
from tests.support.realtime.stage import Stage

SUBSCRIBED = "Subscribed to PostgreSQL"
PATIENCE = 60.0


class Listener:
    """One socket with one channel, `realtime:t`."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self._ref = 0

    @property
    def frames(self) -> list[dict[str, Any]]:
        return [json.loads(frame) for frame in self.client.frames]

    @property
    def changes(self) -> list[dict[str, Any]]:
        """The data of all changes heard so far."""
        return [frame["payload"]["data"] for frame in self.frames if frame["event"] == "postgres_changes"]

    @property
    def systems(self) -> list[str]:
        """The texts of all system messages heard so far."""
        return [frame["payload"]["message"] for frame in self.frames if frame["event"] == "system"]

    async def push(self, event: str, payload: dict[str, Any], topic: str = "realtime:t") -> str:
        """Sends a frame; returns its ref."""
        self._ref += 1
        frame = {"topic": topic, "event": event, "payload": payload, "ref": str(self._ref), "join_ref": "1"}
        await self.client.send(json.dumps(frame))
        return str(self._ref)

    async def reply(self, ref: str) -> dict[str, Any]:
        """The answer to the frame with this ref."""
        await self.until(lambda: any(self._answers(ref)))
        return next(self._answers(ref))

    def _answers(self, ref: str) -> Any:
        return (frame["payload"] for frame in self.frames if frame["event"] == "phx_reply" and frame["ref"] == ref)

    async def until(self, reached: Callable[[], bool], seconds: float = PATIENCE) -> None:
        """Waits for a condition on what was heard; fails when the time is up, and says what was."""
        try:
            async with asyncio.timeout(seconds):
                while not reached():
                    self.client.changed.clear()
                    await self.client.changed.wait()
        except TimeoutError:
            raise AssertionError(f"not heard within {seconds:.0f} s; {self._heard()}") from None

    def _heard(self) -> str:
        frames = self.client.frames
        return f"closed: {self.client.code}; system messages: {self.systems}; {len(frames)} frames, last: {frames[-3:]}"

    async def heartbeat(self) -> dict[str, Any]:
        """Sends a heartbeat and returns the answer."""
        return await self.reply(await self.push("heartbeat", {}, "phoenix"))


@asynccontextmanager
async def connected(stage: Stage, token: str | None = None, **query: str) -> AsyncIterator[Listener]:
    """A socket that has joined nothing; the service role's unless a token is given."""
    key = token or stage.keys.token()
    async with ClientSession() as http:
        client = await Client.connect(http, f"{stage.url}?apikey={key}&vsn={query.get('vsn', '1.0.0')}", {})
        try:
            yield Listener(client)
        finally:
            await client.close()


@asynccontextmanager
async def listening(stage: Stage, *bindings: dict[str, Any], token: str | None = None) -> AsyncIterator[Listener]:
    """A socket whose channel is live."""
    async with connected(stage, token) as listener:
        await listener.push("phx_join", {"config": {"postgres_changes": list(bindings)}})
        await listener.until(lambda: SUBSCRIBED in listener.systems)
        yield listener


def table(name: str, **more: Any) -> dict[str, Any]:
    """A binding for all events of a table."""
    return {"event": "*", "schema": "public", "table": name, **more}
