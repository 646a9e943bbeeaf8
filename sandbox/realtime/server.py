"""The server: handshakes, sockets, the feed behind them, and the faults that tests ask for.

One `RealtimeServer` serves one project. Its `websocket` handler is mounted by whoever owns the HTTP
port (the path is /realtime/v1/websocket on hosted projects).
"""

from __future__ import annotations

import asyncio
import math
import random
import time
from collections.abc import Callable

from aiohttp import WSCloseCode, web

from sandbox.realtime.channel import Surroundings
from sandbox.realtime.faults import Counters, Faults
from sandbox.realtime.feed import Feed
from sandbox.realtime.frames import SERIALIZERS, Serializer, to_json
from sandbox.realtime.joining import Hub
from sandbox.realtime.messages import install, listen
from sandbox.realtime.profile import REAL, Profile
from sandbox.realtime.rate import RateCounter
from sandbox.realtime.rooms import Rooms
from sandbox.realtime.session import Session
from sandbox.realtime.tokens import TokenRefused, TokenVerifier, accept

PUBLICATION = "supabase_realtime"
DEFAULT_VSN = "1.0.0"
TOO_MANY_USERS = "Too many connected users"
TOO_MANY_JOINS = "Too many joins per second"
NO_KEY = "API key is missing"
CLOSE_SECONDS = 3.0  # to wait for a client's half of a close handshake
DELAY_UNTIL_CLEARED = math.inf


class HandshakeRefused(Exception):
    """The HTTP answer in place of a WebSocket."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


class RealtimeServer:
    """Supabase Realtime's protocol over the database at `dsn` (a superuser's URL, for decoding and roles).

    `keys` checks tokens and swaps API keys; `rng` makes the random delays repeatable; `now` (Unix time) is
    the clock by which tokens expire.
    """

    def __init__(
        self,
        dsn: str,
        keys: TokenVerifier,
        profile: Profile = REAL,
        *,
        publication: str = PUBLICATION,
        rng: random.Random | None = None,
        now: Callable[[], float] = time.time,
    ) -> None:
        rng = rng or random.Random()  # noqa: S311 - delays, no secrets
        self._dsn = dsn
        self.faults = Faults()
        self.counters = Counters()
        self.feed = Feed(dsn, publication, profile, self.faults, self.counters, rng)
        joins = RateCounter(profile.max_joins_per_second, profile.rate_tick, profile.rate_buckets)
        self._hub = Hub(Surroundings(self.feed, Rooms(), keys, profile, rng, now), self.faults, self.counters, joins)
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Prepares the database and starts the server's own tasks; the feed waits for the first subscriber.

        Raises psycopg.OperationalError when the database cannot be reached.
        """
        await install(self._dsn)
        self._tasks = [
            asyncio.create_task(self._count_joins(), name="realtime joins"),
            asyncio.create_task(self._sweep(), name="realtime sweep"),
            asyncio.create_task(listen(self._dsn, self._hub.around.rooms.publish), name="realtime messages"),
        ]

    async def stop(self) -> None:
        """Closes every socket with 1012, as a server does that is shut down, and drops the slot."""
        tasks, self._tasks = self._tasks, []
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._close_all()

    async def websocket(self, request: web.Request) -> web.StreamResponse:
        """Handles GET …/websocket?apikey=…&vsn=…: refuses it, or serves the socket until it is closed."""
        if self.faults.refusing:
            return web.Response(status=503)
        serializer = SERIALIZERS.get(request.query.get("vsn", DEFAULT_VSN))
        if serializer is None:
            return web.Response(status=403)
        try:
            token = await self._admit(request)
        except HandshakeRefused as refusal:
            self.counters.refused[refusal.message] += 1
            return await self._refuse(refusal)
        return await self._serve(request, serializer, token)

    async def _admit(self, request: web.Request) -> str:
        """The JWT behind the request's API key. Raises HandshakeRefused."""
        around = self._hub.around
        key = request.headers.get("x-api-key") or request.query.get("apikey")
        if not key:
            raise HandshakeRefused(401, NO_KEY)
        if not await around.feed.control.reachable(around.profile.metadata_trust):
            raise HandshakeRefused(500, "Internal Server Error")
        token = around.keys.resolve_api_key(key)
        try:
            accept(around.keys, token, around.now())
        except TokenRefused as error:
            raise HandshakeRefused(401, error.refusal.handshake) from None
        self._check_limits()
        return token

    def _check_limits(self) -> None:
        if self._hub.full:
            raise HandshakeRefused(429, TOO_MANY_USERS)
        if self._hub.joins.triggered:
            raise HandshakeRefused(429, TOO_MANY_JOINS)

    async def _refuse(self, refusal: HandshakeRefused) -> web.Response:
        profile = self._hub.profile
        if refusal.status == 500:
            await asyncio.sleep(profile.metadata_timeout)
            return web.Response(status=500, text=refusal.message, content_type="text/html")
        await asyncio.sleep(profile.refusal_delay)
        return web.json_response({"error": refusal.message}, status=refusal.status, dumps=to_json)

    async def _serve(self, request: web.Request, serializer: Serializer, token: str) -> web.StreamResponse:
        socket = web.WebSocketResponse(
            autoping=False, compress=False, timeout=CLOSE_SECONDS, max_msg_size=self._hub.profile.max_frame_bytes + 1
        )
        await socket.prepare(request)
        session = Session(socket, request.transport, serializer, token, self._hub)
        self._hub.sessions.add(session)
        try:
            await session.run()
        finally:
            self._hub.sessions.discard(session)
        return socket

    # Faults: what tests ask for.

    async def cut_sockets(self) -> None:
        """Ends every connection without a close frame."""
        for session in list(self._hub.sessions):
            session.abort()

    async def half_open(self, seconds: float) -> None:
        """All sockets, and those opened within `seconds`, stay connected and never hear anything again."""
        self.faults.half_open_for(seconds)
        for session in self._hub.sessions:
            session.half_open = True

    async def swallow_changes(self, count: int) -> None:
        """The next `count` changes that anybody would get disappear."""
        self.faults.swallow = count

    async def delay_delivery(self, seconds: float, lasting: float = DELAY_UNTIL_CLEARED) -> None:
        """Each batch of changes is held back `seconds`, for `lasting` seconds."""
        self.faults.delay_for(seconds, lasting)

    async def resubscribed(self) -> None:
        """Every subscribed channel gets another "Subscribed to PostgreSQL"."""
        for subscriber in self.feed.subscriptions.subscribers:
            subscriber.subscribed()

    async def restart(self, seconds: float) -> None:
        """Closes all sockets with 1012, drops the slot, and answers 503 to connections for `seconds`."""
        self.faults.refuse_for(seconds)
        await self._close_all()

    async def expire_tokens(self) -> None:
        """Ends every channel as the expiry of its token does."""
        for session in list(self._hub.sessions):
            for channel in list(session.channels.values()):
                channel.expire()

    async def clear(self) -> None:
        """Ends all faults; half-open sockets are cut, since no real one recovers."""
        self.faults.clear()
        for session in list(self._hub.sessions):
            if session.half_open:
                session.abort()

    def status(self) -> dict[str, object]:
        """Figures for a status page."""
        sessions = self._hub.sessions
        return {
            **self.feed.status(),
            "sockets": len(sessions),
            "channels": sum(len(session.channels) for session in sessions),
            **self.counters.as_dict(),
        }

    async def _close_all(self) -> None:
        sessions = list(self._hub.sessions)
        await asyncio.gather(*(session.close(WSCloseCode.SERVICE_RESTART) for session in sessions))
        await self.feed.stop()

    async def _count_joins(self) -> None:
        while True:
            await asyncio.sleep(self._hub.profile.rate_tick)
            self._hub.joins.tick()

    async def _sweep(self) -> None:
        """Kills sockets that joined and left all their channels, every ten minutes."""
        while True:
            await asyncio.sleep(self._hub.profile.sweep)
            for session in list(self._hub.sessions):
                if session.ever_joined and not session.channels:
                    session.abort()
