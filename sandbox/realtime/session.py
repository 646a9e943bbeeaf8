"""One socket: reads frames, keeps its channels, answers as the real socket's process does.

Frames are handled one after the other, and a join that fails holds up everything on the socket for
five seconds, in both directions: the real process sleeps. A socket from which nothing came for a
minute is closed.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any

from aiohttp import WSMessage, WSMsgType, web

from sandbox.realtime.channel import PREFIX, Channel
from sandbox.realtime.frames import Frame, Serializer, to_json
from sandbox.realtime.joining import Hub, JoinRefused, join
from sandbox.realtime.outbox import Outbox

NORMAL_CLOSURE = 1000
HEARTBEAT_TOPIC = "phoenix"
ENDINGS = (WSMsgType.CLOSE, WSMsgType.CLOSING, WSMsgType.CLOSED, WSMsgType.ERROR)


class Session:
    """A connected client; `token` is the JWT behind its API key."""

    def __init__(
        self,
        socket: web.WebSocketResponse,
        transport: asyncio.Transport | None,
        serializer: Serializer,
        token: str,
        hub: Hub,
    ) -> None:
        self.token = token
        self.channels: dict[str, Channel] = {}
        self.ever_joined = False
        self.half_open = hub.faults.half_open
        self._socket = socket
        self._transport = transport
        self._serializer = serializer
        self._hub = hub
        self._outbox = Outbox(socket, hub.profile.max_heap_bytes, self._drop_slow_reader)

    async def run(self) -> None:
        """Serves the client until the socket is closed, by whomever."""
        writer = asyncio.create_task(self._outbox.write(), name="realtime writer")
        try:
            while (message := await self._receive()) is not None:
                await self._take(message)
        finally:
            for channel in list(self.channels.values()):
                channel.stop()
            self.channels.clear()
            writer.cancel()
            await asyncio.gather(writer, return_exceptions=True)

    def send(self, topic: str, event: str, payload: str, ref: Any = None, join_ref: Any = None) -> None:
        """Puts a frame in line, unless the socket has gone silent."""
        if not self.half_open:
            self._outbox.put(self._serializer.encode(topic, event, payload, ref, join_ref))

    def send_change(self, topic: str, event: str, payload: str) -> None:
        """Puts a change in line and counts it."""
        if self.half_open:
            self._hub.counters.dropped["half_open"] += 1
            return
        self._hub.counters.delivered += 1
        self._outbox.put(self._serializer.encode(topic, event, payload))

    def closed(self, channel: Channel) -> None:
        """Forgets a channel that ended itself."""
        if self.channels.get(channel.join.topic) is channel:
            del self.channels[channel.join.topic]

    async def close(self, code: int) -> None:
        """Sends a close frame without a reason."""
        await self._socket.close(code=code)

    def abort(self) -> None:
        """Ends the connection without a close frame."""
        if self._transport is not None:
            self._transport.abort()

    def _drop_slow_reader(self) -> None:
        self._hub.counters.dropped["slow_reader"] += 1
        self.abort()

    async def _receive(self) -> WSMessage | None:
        """The next message; None when the socket is closed, which silence for a minute brings about."""
        try:
            message = await self._socket.receive(timeout=self._hub.profile.idle_close)
        except TimeoutError:
            await self.close(NORMAL_CLOSURE)
            return None
        return None if message.type in ENDINGS else message

    async def _take(self, message: WSMessage) -> None:
        if self.half_open:
            return
        if message.type is WSMsgType.PING:
            await self._socket.pong(message.data)
        elif message.type in (WSMsgType.TEXT, WSMsgType.BINARY):
            frame = self._serializer.parse(message.data)
            if frame is not None:
                await self._handle(frame)

    async def _handle(self, frame: Frame) -> None:
        if frame.topic == HEARTBEAT_TOPIC and frame.event == "heartbeat":
            self._reply(frame, "{}")
        elif frame.event == "phx_join" and frame.topic.startswith(PREFIX):
            await self._join(frame)
        elif (channel := self.channels.get(frame.topic)) is not None:
            self._pass_on(frame, channel)
        elif frame.event == "phx_leave":
            self._reply(frame, "{}")
        else:
            self._refuse(frame, "unmatched topic")

    def _pass_on(self, frame: Frame, channel: Channel) -> None:
        """An event for a joined channel. Unknown ones, and a leave with another join's ref, are ignored."""
        payload = frame.payload if isinstance(frame.payload, dict) else {}
        if frame.event == "phx_leave":
            if frame.join_ref == channel.join.join_ref:
                channel.leave(lambda: self._reply(frame, "{}"))
        elif frame.event == "broadcast":
            channel.broadcast(payload)
            if channel.join.room.acknowledges:
                self._reply(frame, "{}")
        elif frame.event == "presence":
            self._reply(frame, "{}")
            channel.show(payload)
        elif frame.event == "access_token":
            channel.refresh(payload.get("access_token"))

    async def _join(self, frame: Frame) -> None:
        replaced = self.channels.pop(frame.topic, None)
        if replaced is not None:
            replaced.stop()
        try:
            channel = await self._while_blocking(frame)
        except JoinRefused as error:
            self._hub.counters.refused[error.reason.partition(":")[0]] += 1
            self._refuse(frame, error.reason)
            if error.kick:
                await self._kick()
            return
        self.channels[frame.topic] = channel
        self.ever_joined = True
        self._reply(frame, channel.reply())
        if replaced is not None:
            replaced.close()
        channel.start()

    async def _while_blocking(self, frame: Frame) -> Channel:
        """The join, during which, and for five seconds after its failure, the socket stands still."""
        async with self._outbox.standstill():
            try:
                return await join(frame, self, self._hub)
            except JoinRefused:
                await asyncio.sleep(self._hub.profile.join_error_delay)
                raise

    async def _kick(self) -> None:
        with suppress(ConnectionError):
            await self._outbox.drained()
            await self.close(NORMAL_CLOSURE)

    def _reply(self, frame: Frame, response: str) -> None:
        self._answer(frame, f'{{"response":{response},"status":"ok"}}')

    def _refuse(self, frame: Frame, reason: str) -> None:
        self._answer(frame, f'{{"response":{to_json({"reason": reason})},"status":"error"}}')

    def _answer(self, frame: Frame, payload: str) -> None:
        self.send(frame.topic, "phx_reply", payload, frame.ref, frame.join_ref)
