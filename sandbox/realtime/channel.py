"""One joined topic on one socket: its bindings, its token, and the task that subscribes them.

A join's reply says only that the channel exists. Whether and when its bindings are live is told by
a `system` message, from a task that tries until the feed takes them or refuses them for good, and
that starts anew with every refreshed token.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import psycopg

from sandbox.realtime.bindings import Binding, BindingRefused, request
from sandbox.realtime.catalog import describe_error
from sandbox.realtime.feed import Feed, NotConnected
from sandbox.realtime.frames import to_json
from sandbox.realtime.profile import Profile, Range
from sandbox.realtime.rooms import RoomConfig, Rooms, Seat
from sandbox.realtime.subscriptions import Subscription
from sandbox.realtime.tokens import Claims, TokenRefused, TokenVerifier, accept
from sandbox.realtime.visibility import Viewer

SUBSCRIBED = "Subscribed to PostgreSQL"
EXTENSION, SYSTEM = "postgres_changes", "system"
PREFIX = "realtime:"
AT_ONCE: Range = (0.0, 0.0)


class Wire(Protocol):
    """The socket, as its channels use it."""

    def send(self, topic: str, event: str, payload: str, ref: Any = None, join_ref: Any = None) -> None:
        """Puts a frame in line."""

    def send_change(self, topic: str, event: str, payload: str) -> None:
        """Puts a change in line; counted, and never with a join_ref."""

    def closed(self, channel: Channel) -> None:
        """The channel ended itself."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What all channels of the server share."""

    feed: Feed
    rooms: Rooms
    keys: TokenVerifier
    profile: Profile
    rng: random.Random
    now: Callable[[], float] = time.time


@dataclass(frozen=True, slots=True)
class Join:
    """What the client asked for when it joined."""

    topic: str
    join_ref: Any
    bindings: Sequence[Binding]
    old_api: bool
    token: str
    room: RoomConfig
    may_write: bool = True
    replayed: Sequence[str] = ()

    @property
    def name(self) -> str:
        """The topic without its prefix: how system messages and SQL call the channel."""
        return self.topic.removeprefix(PREFIX)


class Channel:
    """A joined topic. Made after its token was accepted; `start` begins to subscribe."""

    def __init__(self, join: Join, claims: Claims, wire: Wire, around: Surroundings) -> None:
        self.join = join
        self._wire = wire
        self._around = around
        self._token = join.token
        self._claims = claims
        self._subscribing: asyncio.Task[None] | None = None
        self._leaving: asyncio.Task[None] | None = None
        self._expiry: asyncio.TimerHandle | None = None
        self.seat = Seat(join.name, join.room, self._push, join.may_write)
        self._ended = False
        self._idle = asyncio.Event()  # no attempt to subscribe is under way
        self._idle.set()

    def start(self) -> None:
        """Takes its seat, is sent what it missed, subscribes the bindings and watches the token's expiry."""
        for payload in self.join.replayed:
            self._push("broadcast", payload)
        self._around.rooms.take(self.seat)
        self._watch_token()
        self.resubscribe()

    def stop(self) -> None:
        """Ends all that the channel does; says nothing to the client."""
        self._ended = True
        self._idle.set()
        self._around.feed.unsubscribe(self)
        self._around.rooms.leave(self.seat)
        if self._subscribing:
            self._subscribing.cancel()
        if self._expiry:
            self._expiry.cancel()

    def reply(self) -> str:
        """The join reply's response: the bindings echoed, each with its id."""
        return '{"postgres_changes":[' + ",".join(binding.echo() for binding in self.join.bindings) + "]}"

    def deliver(self, payload: str, ids: list[int], event: str) -> None:
        """Sends a change; a channel of the old API gets it bare, under the event's own name."""
        if self._ended:
            return  # left while the poll was under way
        if self.join.old_api:
            self._wire.send_change(self.join.topic, event, payload)
        else:
            listed = ",".join(map(str, ids))
            self._wire.send_change(self.join.topic, EXTENSION, f'{{"data":{payload},"ids":[{listed}]}}')

    def resubscribe(self, after: Range = AT_ONCE) -> None:
        """Subscribes again after a random time in the range; until then what was live stays so."""
        if self._subscribing:
            self._subscribing.cancel()
            self._idle.set()
        if self.join.bindings:
            if after == AT_ONCE:
                self._idle.clear()
            self._subscribing = asyncio.create_task(self._subscribe(after), name=f"subscribe {self.join.topic}")

    def refresh(self, token: object) -> None:
        """Takes an `access_token` push: ignored, applied, or the channel's end."""
        if not isinstance(token, str) or token.startswith("sb_") or token == self._token:
            return
        try:
            self._claims = accept(self._around.keys, token, self._around.now())
        except TokenRefused as error:
            self.shut(error.refusal.refresh)
            return
        self._token = token
        self._watch_token()
        self.resubscribe(self._around.profile.resubscribe)

    def leave(self, answer: Callable[[], None]) -> None:
        """Answers and ends, but only after an attempt to subscribe that is under way: the real
        channel does one thing after the other."""
        if self._idle.is_set():
            answer()
            self.close()
        else:
            self._leaving = asyncio.create_task(self._leave(answer), name=f"leave {self.join.topic}")

    async def _leave(self, answer: Callable[[], None]) -> None:
        await self._idle.wait()
        if not self._ended:
            answer()
            self.close()

    def expire(self) -> None:
        """Ends the channel as its token's expiry does."""
        self.shut("Token has expired 0 seconds ago")

    def subscribed(self) -> None:
        """Tells the client that its bindings are live."""
        self.system(EXTENSION, SUBSCRIBED, "ok")

    def shut(self, reason: str) -> None:
        """Tells the reason and closes the channel; the socket stays."""
        self.system(SYSTEM, reason, "error")
        self.close()

    def close(self) -> None:
        """Ends the channel with a phx_close, which carries the join's ref."""
        self.stop()
        self._wire.send(self.join.topic, "phx_close", "{}", self.join.join_ref, self.join.join_ref)
        self._wire.closed(self)

    def broadcast(self, payload: Mapping[str, Any]) -> None:
        """Passes the client's message to the others on the topic."""
        self._around.rooms.broadcast(self.seat, payload)

    def show(self, payload: Mapping[str, Any]) -> None:
        """Takes a presence message: shows the client to the others, or no more."""
        if payload.get("event") == "track":
            meta = payload.get("payload")
            self._around.rooms.track(self.seat, meta if isinstance(meta, Mapping) else {})
        elif payload.get("event") == "untrack":
            self._around.rooms.untrack(self.seat)

    def _push(self, event: str, payload: str) -> None:
        self._wire.send(self.join.topic, event, payload)

    def system(self, extension: str, message: str, status: str) -> None:
        """Sends a system message."""
        content = {"channel": self.join.name, "extension": extension, "message": message, "status": status}
        self._wire.send(self.join.topic, "system", to_json(content), None, self.join.join_ref)

    def _watch_token(self) -> None:
        """Looks at the token again when it expires, or after the longest time between two looks."""
        if self._expiry:
            self._expiry.cancel()
        left = float(self._claims["exp"]) - self._around.now()
        profile = self._around.profile
        wait = min(max(left, 0.0) * profile.second, profile.token_check)
        self._expiry = asyncio.get_running_loop().call_later(wait, self._check_token)

    def _check_token(self) -> None:
        try:
            self._claims = accept(self._around.keys, self._token, self._around.now())
        except TokenRefused as error:
            self.shut(error.refusal.refresh)
        else:
            self._watch_token()

    async def _subscribe(self, after: Range) -> None:
        profile = self._around.profile
        wait: Range | None = after
        while wait is not None:
            await asyncio.sleep(self._around.rng.uniform(*wait))
            self._idle.clear()
            try:
                self._around.feed.subscribe(self, await self._subscriptions())
                self.subscribed()
                wait = None
            except NotConnected:
                wait = profile.resubscribe
            except BindingRefused as error:
                self.system(EXTENSION, str(error), "error")
                wait = None
            except psycopg.Error as error:
                self.system(EXTENSION, describe_error(error), "error")
                wait = profile.retry_subscribe
            finally:
                self._idle.set()

    async def _subscriptions(self) -> list[Subscription]:
        viewer = Viewer(str(self._claims["role"]), to_json(dict(self._claims)))
        requests = [request(binding.params) for binding in self.join.bindings]
        resolved = [await self._around.feed.resolve(wanted, viewer.role) for wanted in requests]
        return [
            Subscription(self, binding.id, wanted.event, viewer, _sorted(wanted.select), tables)
            for binding, wanted, tables in zip(self.join.bindings, requests, resolved, strict=True)
        ]


def _sorted(select: tuple[str, ...] | None) -> tuple[str, ...] | None:
    return None if select is None else tuple(sorted(select))
