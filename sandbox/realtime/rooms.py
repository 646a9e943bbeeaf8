"""Broadcast and presence: what the members of one topic tell each other, without the database's log.

A room is a topic, public or private; both may exist under one name and do not hear each other. Its
state is who sits in it and what each has tracked. Payloads leave as JSON text with sorted keys, as
the real server writes them.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from sandbox.realtime.frames import to_json

Send = Callable[[str, str], None]  # event, payload as JSON text


@dataclass(frozen=True, slots=True)
class Replay:
    """Which past messages a join asks for: since a Unix time in milliseconds, at most so many."""

    since: int
    limit: int


@dataclass(frozen=True, slots=True)
class RoomConfig:
    """The part of a join's config that is not about the database's changes."""

    private: bool = False
    acknowledges: bool = False
    hears_itself: bool = False
    presence: bool = False
    presence_key: str = ""
    replay: Replay | None = None

    @classmethod
    def of(cls, config: object) -> RoomConfig:
        """Reads a join's config; what is missing or of the wrong kind is off."""
        config = config if isinstance(config, Mapping) else {}
        broadcast, presence = _mapping(config.get("broadcast")), _mapping(config.get("presence"))
        return cls(
            private=config.get("private") is True,
            acknowledges=broadcast.get("ack") is True,
            hears_itself=broadcast.get("self") is True,
            presence=presence.get("enabled") is True,
            presence_key=str(presence.get("key") or ""),
            replay=_replay(broadcast.get("replay")),
        )


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _replay(value: object) -> Replay | None:
    if not isinstance(value, Mapping):
        return None
    since, limit = value.get("since"), value.get("limit")
    return Replay(since if isinstance(since, int) else 0, limit if isinstance(limit, int) else 25)


@dataclass(eq=False, slots=True)
class Seat:
    """One channel's place in a room; `send` reaches its client, `may_write` is judged at the join."""

    name: str
    config: RoomConfig
    send: Send
    may_write: bool = True
    key: str = field(init=False)
    tracked: dict[str, Any] | None = None

    def __post_init__(self) -> None:
        self.key = self.config.presence_key or str(uuid4())


class Rooms:
    """All rooms of the server."""

    def __init__(self) -> None:
        self._seats: dict[tuple[str, bool], list[Seat]] = {}

    def take(self, seat: Seat) -> None:
        """Enters the room, and is shown who is present where it asked for that."""
        self._room(seat).append(seat)
        if seat.config.presence:
            seat.send("presence_state", to_json(self._present(seat)))

    def leave(self, seat: Seat) -> None:
        """Leaves the room; what it tracked is gone."""
        self.untrack(seat)
        if seat in self._room(seat):
            self._room(seat).remove(seat)

    def broadcast(self, sender: Seat, payload: Mapping[str, Any]) -> None:
        """Passes a member's message on."""
        if not sender.may_write:
            return
        text = to_json(dict(payload))
        for seat in list(self._room(sender)):
            if seat is not sender or seat.config.hears_itself:
                seat.send("broadcast", text)

    def publish(self, name: str, private: bool, payload: str) -> None:
        """Passes on a message that came from the database."""
        for seat in list(self._seats.get((name, private), ())):
            seat.send("broadcast", payload)

    def track(self, seat: Seat, meta: Mapping[str, Any]) -> None:
        """Shows the member to all who follow presence, in place of what it showed before."""
        left = {} if seat.tracked is None else {seat.key: {"metas": [seat.tracked]}}
        seat.tracked = {**meta, "phx_ref": secrets.token_urlsafe(12)}
        self._tell(seat, {seat.key: {"metas": [seat.tracked]}}, left)

    def untrack(self, seat: Seat) -> None:
        """Shows the member no more."""
        if seat.tracked is not None:
            left, seat.tracked = {seat.key: {"metas": [seat.tracked]}}, None
            self._tell(seat, {}, left)

    def _tell(self, about: Seat, joins: Mapping[str, Any], leaves: Mapping[str, Any]) -> None:
        text = to_json({"joins": joins, "leaves": leaves})
        for seat in list(self._room(about)):
            if seat.config.presence:
                seat.send("presence_diff", text)

    def _present(self, seat: Seat) -> dict[str, Any]:
        present: dict[str, Any] = {}
        for other in self._room(seat):
            if other.tracked is not None:
                present.setdefault(other.key, {"metas": []})["metas"].append(other.tracked)
        return present

    def _room(self, seat: Seat) -> list[Seat]:
        return self._seats.setdefault((seat.name, seat.config.private), [])
