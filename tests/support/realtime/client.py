"""A bare WebSocket client for replaying: sends what it is told, keeps the raw text of what comes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from aiohttp import ClientSession, ClientWebSocketResponse, ClientWSTimeout, WSMsgType

UPGRADE = {
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
}


def is_change(frame: str) -> bool:
    """Whether a raw frame carries a row."""
    return '"commit_timestamp"' in frame  # no other frame has the key


def is_on(topic: str, frame: str) -> bool:
    """Whether a raw frame of the old version belongs to a topic."""
    return f'"topic":"{topic}"' in frame


@dataclass
class Client:
    """One connection. `code` is set when it is closed; 1006 without a close frame."""

    socket: ClientWebSocketResponse
    frames: list[str] = field(default_factory=list)
    code: int | None = None
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    _reader: asyncio.Task[None] | None = None

    @classmethod
    async def connect(cls, http: ClientSession, url: str, headers: dict[str, str]) -> Client:
        """Opens a socket and starts to read."""
        timeout = ClientWSTimeout(ws_close=1.0)
        socket = await http.ws_connect(url, headers=headers, max_msg_size=0, timeout=timeout)
        client = cls(socket)
        client._reader = asyncio.create_task(client._read(), name="replay reader")
        return client

    async def send(self, text: str) -> None:
        """Sends a text frame."""
        await self.socket.send_str(text)

    async def wait_for(self, frames: int, seconds: float, *, changes: bool = True) -> None:
        """Returns when so many frames have come, counting changes or not, the socket is closed, or the time is up."""

        def arrived() -> int:
            return sum(changes or not is_change(frame) for frame in self.frames)

        await self._until(lambda: arrived() >= frames or self.code is not None, seconds)

    async def wait_closed(self, seconds: float) -> None:
        """Returns when the socket is closed or the time is up."""
        await self._until(lambda: self.code is not None, seconds)

    def pause(self) -> asyncio.ReadTransport:
        """Stops reading from the connection; the returned transport can be resumed."""
        connection = self.socket._response.connection
        assert connection is not None
        transport = connection.transport
        assert isinstance(transport, asyncio.ReadTransport)
        transport.pause_reading()
        return transport

    async def close(self) -> None:
        """Closes from this side and stops reading."""
        await self.socket.close()
        if self._reader is not None:
            self._reader.cancel()
            await asyncio.gather(self._reader, return_exceptions=True)

    async def _until(self, reached: Callable[[], bool], seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                while not reached():
                    self.changed.clear()
                    await self.changed.wait()
        except TimeoutError:
            return

    async def _read(self) -> None:
        async for message in self.socket:
            if message.type is WSMsgType.TEXT:
                self.frames.append(message.data)
                self.changed.set()
        self.code = self.socket.close_code or 1006
        self.changed.set()
