"""Whether a join succeeds: limits, token, database, in the real server's order and words."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sandbox.realtime.bindings import join_bindings
from sandbox.realtime.channel import PREFIX, Channel, Join, Surroundings
from sandbox.realtime.faults import Counters, Faults
from sandbox.realtime.frames import Frame
from sandbox.realtime.profile import Profile
from sandbox.realtime.rate import RateCounter
from sandbox.realtime.tokens import TokenRefused, accept

if TYPE_CHECKING:
    from sandbox.realtime.session import Session

NO_NAME = "TopicNameRequired: You must provide a topic name"
TOO_MANY_USERS = "ConnectionRateLimitReached: Too many connected users"
TOO_MANY_JOINS = "ClientJoinRateLimitReached: Too many joins per second"
TOO_MANY_CHANNELS = "ChannelRateLimitReached: Too many channels"
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
        """Nobody has joined anything for so long that the database connection was given up."""
        return self.users == 0

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
    wanted = Join(frame.topic, frame.join_ref, bindings, "config" not in payload, token)
    return Channel(wanted, claims, session, hub.around)


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
