"""Whether a join succeeds: limits, token, database, in the real server's order and words."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import psycopg

from sandbox.realtime.bindings import join_bindings
from sandbox.realtime.channel import PREFIX, Channel, Join, Surroundings
from sandbox.realtime.control import Control
from sandbox.realtime.faults import Counters, Faults
from sandbox.realtime.feed import State
from sandbox.realtime.frames import Frame, to_json
from sandbox.realtime.messages import permissions, replayed
from sandbox.realtime.profile import Profile
from sandbox.realtime.rate import RateCounter
from sandbox.realtime.rooms import RoomConfig
from sandbox.realtime.tokens import Claims, TokenRefused, accept
from sandbox.realtime.visibility import Viewer

if TYPE_CHECKING:
    from sandbox.realtime.session import Session

NO_NAME = "TopicNameRequired: You must provide a topic name"
TOO_MANY_USERS = "ConnectionRateLimitReached: Too many connected users"
TOO_MANY_JOINS = "ClientJoinRateLimitReached: Too many joins per second"
TOO_MANY_CHANNELS = "ChannelRateLimitReached: Too many channels"
NO_REPLAY = "UnableToReplayMessages: Replay is not allowed for public channels"
NO_POLICIES = "Realtime was unable to connect to the project database"
NOT_READABLE = "Unauthorized: You do not have permissions to read from this Channel topic"
DATABASE_AWAY = "UnknownErrorOnChannel: no case clause matching: {:error, connection not available}"


class JoinRefused(Exception):
    """The join's error reply; `kick` closes the socket after it."""

    def __init__(self, reason: str, *, kick: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.kick = kick


@dataclass(slots=True)
class Hub:
    """What all sockets of the server share."""

    around: Surroundings
    faults: Faults
    counters: Counters
    joins: RateCounter
    sessions: set[Session] = field(default_factory=set)

    @property
    def profile(self) -> Profile:
        return self.around.profile

    @property
    def users(self) -> int:
        """Sockets that joined a channel: what the limit of concurrent users counts."""
        return sum(session.ever_joined for session in self.sessions)

    @property
    def cold(self) -> bool:
        """Nobody has followed anything for so long that the database connection was given up."""
        return self.users == 0 and self.around.feed.state is State.COLD

    @property
    def full(self) -> bool:
        return self.users >= self.profile.max_concurrent_users


async def join(frame: Frame, session: Session, hub: Hub) -> Channel:
    """A channel for the join, not started yet. Raises JoinRefused."""
    if frame.topic == PREFIX:
        raise JoinRefused(NO_NAME)
    payload: Mapping[str, Any] = frame.payload if isinstance(frame.payload, Mapping) else {}
    _check_limits(session, hub)
    token = _token(payload, session.token)
    try:
        claims = accept(hub.around.keys, token, hub.around.now())
    except TokenRefused as error:
        raise JoinRefused(error.refusal.join) from None
    await _reach_database(hub)
    try:
        bindings = join_bindings(payload, frame.topic.removeprefix(PREFIX))
    except TypeError as error:
        raise JoinRefused(f"UnknownErrorOnChannel: {error}") from None
    room = RoomConfig.of(payload.get("config"))
    wanted = Join(frame.topic, frame.join_ref, bindings, "config" not in payload, token, room)
    return Channel(await _admitted(wanted, claims, hub), claims, session, hub.around)


async def _admitted(wanted: Join, claims: Claims, hub: Hub) -> Join:
    """The join with what the database says about its room. Raises JoinRefused."""
    if not wanted.room.private:
        if wanted.room.replay is not None:
            raise JoinRefused(NO_REPLAY)
        return wanted
    try:
        return await _permitted(wanted, Viewer(str(claims["role"]), to_json(dict(claims))), hub.around.feed.control)
    except psycopg.Error:
        raise JoinRefused(NO_POLICIES) from None


async def _permitted(wanted: Join, viewer: Viewer, control: Control) -> Join:
    allowed = await permissions(control, wanted.name, viewer)
    if not allowed.read:
        raise JoinRefused(f"{NOT_READABLE}: {wanted.name}")
    past = await replayed(control, wanted.name, wanted.room.replay) if wanted.room.replay else []
    return replace(wanted, may_write=allowed.write, replayed=past)


def _check_limits(session: Session, hub: Hub) -> None:
    if not session.ever_joined and hub.full:
        raise JoinRefused(TOO_MANY_USERS)
    if hub.joins.triggered:
        raise JoinRefused(TOO_MANY_JOINS, kick=True)
    hub.joins.add()
    if len(session.channels) >= hub.profile.max_channels:
        raise JoinRefused(TOO_MANY_CHANNELS)


def _token(payload: Mapping[str, Any], fallback: str) -> str:
    """The token to judge: the join's own, or what stands behind the socket's API key."""
    named = payload.get("access_token") or payload.get("user_token")
    if isinstance(named, str) and named.startswith("sb_"):
        return fallback
    for name in ("user_token", "access_token"):
        if isinstance(payload.get(name), str):
            return str(payload[name])
    return fallback


async def _reach_database(hub: Hub) -> None:
    """The first join opens the database connection; without a database it hangs twice its time-out."""
    profile = hub.profile
    if not await hub.around.feed.control.reachable(profile.metadata_trust):
        await asyncio.sleep(2 * profile.metadata_timeout - profile.join_error_delay)
        raise JoinRefused(DATABASE_AWAY)
    if hub.cold:
        await asyncio.sleep(hub.around.rng.uniform(*profile.cold_reply))
