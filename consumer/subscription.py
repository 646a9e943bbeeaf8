"""One subscription's life, from an address and a key to the ``Doubt`` that ends it.

One socket, one channel with all bindings. It hands over what it hears through a ``Listener`` and decides nothing:
at the first sign that something is wrong it stops, closes everything it opened within a bounded time, and says
why. ``supervisor`` then starts another from nothing, which is simpler to trust than any repair.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Protocol, Self

import structlog
import websockets
from pydantic import SecretStr
from realtime import AsyncRealtimeChannel
from realtime.message import SuccessSystemPayload
from realtime.types import RealtimePostgresChangesListenEvent as Event
from realtime.types import RealtimeSubscribeStates as Status

from aura.settings import Settings
from consumer.changes import Change, parse_change
from consumer.doubts import Cause, Doubt, refused_handshake, said_by_server
from consumer.realtime_client import FencedClient, Ping
from consumer.router import BINDINGS, WAKE_ID, Binding, canary_binding
from consumer.traces import told

log = structlog.get_logger(__name__)

_MAX_DETAIL = 500


class Listener(Protocol):
    """Receives what a subscription hears. Called from the socket's reader: must return at once."""

    def joined(self) -> None:
        """The server accepted the channel; nothing is heard yet."""
        ...

    def system_ok(self) -> None:
        """The server said "Subscribed to PostgreSQL"."""
        ...

    def change(self, change: Change) -> None:
        """A row changed."""
        ...


@dataclass(frozen=True, slots=True)
class Address:
    """Where and how to subscribe. ``key``: a service key, as a legacy JWT or in the ``sb_secret_`` form."""

    url: str
    key: SecretStr
    topic: str
    bindings: Sequence[Binding]
    join_timeout: float = 20.0
    heartbeat: float = 25.0
    ping: Ping = field(default_factory=Ping)

    @classmethod
    def of(cls, settings: Settings, topic: str, canary_id: str) -> Self:
        """A daemon's subscription: the tables, its own canary and other processes' words.

        Raises:
            ConfigurationError: the project's URL or service key is not set.
        """
        realtime = settings.realtime
        return cls(
            url=settings.required("supabase", "url"),
            key=SecretStr(settings.required("supabase", "service_key")),
            topic=topic,
            bindings=(*BINDINGS, canary_binding(canary_id), canary_binding(WAKE_ID)),
            join_timeout=realtime.join_timeout_seconds,
            heartbeat=realtime.heartbeat_seconds,
            ping=Ping(realtime.ping_interval_seconds, realtime.ping_timeout_seconds),
        )


class Subscription:
    """Runs once."""

    def __init__(self, address: Address, listener: Listener) -> None:
        self._address = address
        self._listener = listener
        self._doubt: asyncio.Future[Doubt] = asyncio.get_running_loop().create_future()
        self._subscribed = asyncio.Event()

    async def run(self) -> Doubt:
        """Subscribe and listen until something is doubtful; returns what. Only cancelling raises."""
        client = self._client()
        try:
            refusal = await self._open(client)
            return refusal if refusal is not None else await self._listen()
        finally:
            await asyncio.shield(asyncio.ensure_future(client.shut()))

    def doubt(self, doubt: Doubt) -> None:
        """End the subscription; the first doubt counts."""
        if not self._doubt.done():
            self._doubt.set_result(doubt)

    def changed(self, payload: object) -> None:
        """See ``realtime_client.Watch``."""
        self._guarded(self._hear_change, payload)

    def lost(self, detail: str) -> None:
        """See ``realtime_client.Watch``."""
        self.doubt(Doubt(Cause.SOCKET_LOST, detail))

    def died(self, detail: str) -> None:
        """See ``realtime_client.Watch``."""
        self.doubt(Doubt(Cause.LISTENER_ENDED, detail))

    def _client(self) -> FencedClient:
        address = self._address
        return FencedClient(
            f"{address.url.rstrip('/')}/realtime/v1",
            address.key.get_secret_value(),
            watch=self,
            open_timeout=address.join_timeout,
            heartbeat=address.heartbeat,
            ping=address.ping,
        )

    async def _open(self, client: FencedClient) -> Doubt | None:
        try:
            await client.connect()
        except websockets.exceptions.InvalidStatus as refused:
            return refused_handshake(refused.response.status_code, _body(refused.response.body))
        except (OSError, TimeoutError, websockets.exceptions.WebSocketException) as error:
            return Doubt(Cause.CONNECT_FAILED, f"{type(error).__name__}: {error}"[:_MAX_DETAIL])
        return await self._join(client)

    async def _join(self, client: FencedClient) -> Doubt | None:
        channel = self._bind(client.channel(self._address.topic))
        joining = asyncio.ensure_future(channel.subscribe(self._guard(self._on_status)))
        try:
            async with asyncio.timeout(self._address.join_timeout):
                await asyncio.wait((joining, self._doubt), return_when=asyncio.FIRST_COMPLETED)
        except TimeoutError:
            return Doubt(Cause.JOIN_TIMEOUT, f"no reply to the join within {self._address.join_timeout:g} s")
        finally:
            joining.cancel()
        if joining.done() and not joining.cancelled() and joining.exception() is not None:
            return Doubt(Cause.SOCKET_LOST, f"join failed: {type(joining.exception()).__name__}")
        return None

    async def _listen(self) -> Doubt:
        waiting = asyncio.ensure_future(self._subscribed.wait())
        try:
            timeout = self._address.join_timeout
            await asyncio.wait((waiting, self._doubt), timeout=timeout, return_when=asyncio.FIRST_COMPLETED)
        finally:
            waiting.cancel()
        if not self._subscribed.is_set() and not self._doubt.done():
            return Doubt(Cause.JOIN_TIMEOUT, f'no "Subscribed to PostgreSQL" within {timeout:g} s of the join')
        return await self._doubt

    def _bind(self, channel: AsyncRealtimeChannel) -> AsyncRealtimeChannel:
        for binding in self._address.bindings:
            channel.on_postgres_changes(
                Event.All,
                _heard_elsewhere,
                table=binding.table,
                schema="public",
                filter=binding.filter,
                select=list(binding.columns),
            )
        return channel.on_system(self._guard(self._on_system))

    def _hear_change(self, payload: object) -> None:
        change = parse_change(payload)
        if change is not None:
            self._listener.change(change)

    def _on_system(self, message: SuccessSystemPayload) -> None:
        if message.extension == "postgres_changes":
            self._subscribed.set()
            self._listener.system_ok()

    def _on_status(self, status: Status, error: Exception | None) -> None:
        if status is Status.SUBSCRIBED:
            self._listener.joined()
        else:
            self.doubt(self._doubt_of(status, error))

    def _doubt_of(self, status: Status, error: Exception | None) -> Doubt:
        if status is Status.TIMED_OUT:
            return Doubt(Cause.JOIN_TIMEOUT, "the server did not answer the join")
        if status is Status.CLOSED:
            return Doubt(Cause.CHANNEL_CLOSED, "the server closed the channel")
        said = _said(error)
        return said_by_server(Cause.JOIN_REFUSED if "reason" in said else Cause.SYSTEM_ERROR, _words(said))

    def _guard(self, callback: Callable[..., None]) -> Callable[..., None]:
        """The package's reader dies of a callback that raises; so ours end the subscription instead."""
        return partial(self._guarded, callback)

    def _guarded(self, callback: Callable[..., None], *arguments: Any) -> None:
        try:
            callback(*arguments)
        except Exception as error:  # noqa: BLE001 - whatever it is, the reader must survive it
            log.error("callback_failed", callback=callback.__name__, **told(error))  # noqa: TRY400 - see ``told``
            self.died(f"{callback.__name__} raised {type(error).__name__}")


def _heard_elsewhere(_payload: object) -> None:
    """The package wants a callback for each binding; changes come through ``Subscription.changed`` instead."""


def _said(error: Exception | None) -> dict[str, Any]:
    """What the server said; the package wraps it as JSON text into an exception."""
    text = str(error) if error is not None else ""
    try:
        content = json.loads(text)
    except json.JSONDecodeError:
        return {"reason": text}
    return content if isinstance(content, dict) else {"reason": text}


def _words(said: dict[str, Any]) -> str:
    return str(said.get("message") or said.get("reason") or "the server's channel failed")[:_MAX_DETAIL]


def _body(body: bytes | None) -> str:
    return (body or b"")[:_MAX_DETAIL].decode("utf-8", "replace").strip()
