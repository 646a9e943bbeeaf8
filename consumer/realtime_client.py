"""The official ``realtime`` client with its ways of dying silently closed off.

realtime 2.34 ends its reader when a callback raises, drops frames that its models refuse (a damaged change has no
commit timestamp), closes the socket on frames over 1 MiB, and reconnects a few times before it gives up in a task
nobody looks at. ``FencedClient`` connects once and tells a ``Watch`` of each of these troubles as it happens;
whoever owns it then throws it away and starts from nothing. Changes do not pass through the package's models, which
also costs a tenth of the time (15 instead of 150 µs a frame, most of which goes into debug lines nobody reads).

It overrides ``connect``, ``_listen`` and ``_on_connect_error``: the last two are hooks of the package without a
promise, so a test holds the installed version to them.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

import orjson
import websockets
from pydantic import ValidationError
from realtime import AsyncRealtimeChannel, AsyncRealtimeClient
from realtime.message import ServerMessageAdapter
from realtime.types import ChannelEvents, RealtimeChannelOptions
from websockets.exceptions import ConnectionClosed

# A change is at most 1 MiB of WAL text; with the whole old row beside it, and escapes, a frame is a few times that.
MAX_FRAME_BYTES = 16 * 1024 * 1024
CLOSE_SECONDS = 1.0


class Watch(Protocol):
    """Is told what the package would keep to itself. Called from the reader; must return at once."""

    def changed(self, payload: object) -> None:
        """The payload of a ``postgres_changes`` frame, damaged or not."""
        ...

    def lost(self, detail: str) -> None:
        """The socket is closed."""
        ...

    def died(self, detail: str) -> None:
        """One of the client's own tasks ended, which only happens when something is wrong."""
        ...


@dataclass(frozen=True, slots=True)
class Ping:
    """How often the peer is asked for a sign of life, and how long it has for it. Seconds.

    A server that is held up by a join that fails sleeps for 5 s and answers nothing: ``timeout`` is longer than that.
    """

    interval: float = 4.0
    timeout: float = 8.0


class FencedClient(AsyncRealtimeClient):
    """One connection's life: ``connect`` once, ``shut`` once. It never reconnects."""

    def __init__(
        self, url: str, key: str, watch: Watch, *, open_timeout: float, heartbeat: float, ping: Ping | None = None
    ) -> None:
        super().__init__(url, key, auto_reconnect=False, hb_interval=int(heartbeat), timeout=max(1, int(open_timeout)))
        self._watch = watch
        self._made: list[AsyncRealtimeChannel] = []
        self._open_timeout = open_timeout
        self._ping = ping or Ping()

    async def connect(self) -> None:
        """Open the socket.

        Raises:
            OSError, TimeoutError, websockets.exceptions.WebSocketException: it cannot be opened.
        """
        if self.is_connected:
            return
        self._ws_connection = await websockets.connect(
            self.endpoint_url(),
            open_timeout=self._open_timeout,
            close_timeout=CLOSE_SECONDS,
            ping_interval=self._ping.interval,
            ping_timeout=self._ping.timeout,
            max_size=MAX_FRAME_BYTES,
        )
        await self._on_connect()
        for name, task in (("listener", self._listen_task), ("heartbeat", self._heartbeat_task)):
            if task is not None:
                task.add_done_callback(partial(self._report, name))

    def channel(self, topic: str, params: RealtimeChannelOptions | None = None) -> AsyncRealtimeChannel:
        """A channel; remembered here, because the package forgets one that the server closes, timers and all."""
        made = super().channel(topic, params)
        self._made.append(made)
        return made

    async def shut(self) -> None:
        """Close the socket and end every task of this client; bounded in time, whatever state it is in."""
        loops = [task for task in (self._listen_task, self._heartbeat_task) if task is not None]
        try:
            async with asyncio.timeout(2 * CLOSE_SECONDS):
                await self.close()
        except (TimeoutError, OSError, websockets.exceptions.WebSocketException):
            pass  # the transport is gone or going; there is nothing left to close
        await _end(loops)
        while tasks := [task for channel in self._made for task in _tasks_of(channel) if not task.done()]:
            await _end(tasks)

    async def _listen(self) -> None:
        connection = self._ws_connection
        if connection is None:
            return
        try:
            async for frame in connection:
                self._hear(frame)
            self._watch.lost(f"closed with code {connection.close_code}")
        except ConnectionClosed as closed:
            self._watch.lost(_told(closed))

    async def _on_connect_error(self, e: websockets.exceptions.ConnectionClosedError) -> None:
        self._watch.lost(_told(e))

    def _hear(self, frame: str | bytes) -> None:
        content = _json_object(frame)
        channel = self.channels.get(str(content.get("topic")))
        if channel is None:
            return
        if content.get("event") == ChannelEvents.postgres_changes:
            self._watch.changed(content.get("payload"))
            return
        try:
            message = ServerMessageAdapter.validate_python(content)
        except ValidationError:
            return  # an event that this package does not know, of a newer server
        channel._handle_message(message)  # noqa: SLF001 - what the package's own reader does

    def _report(self, name: str, ended: asyncio.Task[Any]) -> None:
        if ended.cancelled():
            return
        error = ended.exception()
        self._watch.died(f"{name} ended" if error is None else f"{name} ended by {type(error).__name__}")


def _tasks_of(channel: AsyncRealtimeChannel) -> list[asyncio.Task[Any]]:
    """What a channel runs beside its socket: it ends none of it by itself."""
    pushes = [channel.join_push, *channel.messages_waiting_for_ack.values()]
    timers = [channel.rejoin_timer.timer, *(push.timeout_task for push in pushes)]
    background = channel._background_tasks  # noqa: SLF001 - the only place where they are kept
    return [task for task in (*timers, *background) if task is not None]


async def _end(tasks: list[asyncio.Task[Any]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def _json_object(frame: str | bytes) -> dict[str, Any]:
    try:
        content = orjson.loads(frame)
    except orjson.JSONDecodeError:
        return {}
    return content if isinstance(content, dict) else {}


def _told(closed: ConnectionClosed) -> str:
    """What the other side said when it closed, if it said anything."""
    frame = closed.rcvd or closed.sent
    if frame is None:
        return "closed without a close frame"
    return f"closed with code {frame.code} {frame.reason}".rstrip()
