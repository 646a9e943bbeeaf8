"""Rooms: who hears whom, and who is shown to whom."""

from __future__ import annotations

import json
from typing import Any

from sandbox.realtime.rooms import Replay, RoomConfig, Rooms, Seat


class Member:
    """A seat and what it heard."""

    def __init__(self, rooms: Rooms, name: str = "room", **config: Any) -> None:
        self.heard: list[tuple[str, Any]] = []
        self.seat = Seat(name, RoomConfig(**config), self._hear)
        rooms.take(self.seat)

    def _hear(self, event: str, payload: str) -> None:
        self.heard.append((event, json.loads(payload)))


def test_a_message_reaches_the_others_and_oneself_if_wished() -> None:
    rooms = Rooms()
    sender, other = Member(rooms, hears_itself=True), Member(rooms)
    elsewhere, behind_the_door = Member(rooms, "elsewhere"), Member(rooms, private=True)
    rooms.broadcast(sender.seat, {"event": "hi"})
    assert sender.heard == other.heard == [("broadcast", {"event": "hi"})]
    assert elsewhere.heard == behind_the_door.heard == []
    rooms.broadcast(other.seat, {"event": "again"})
    assert len(other.heard) == 1


def test_who_may_not_write_is_not_heard() -> None:
    rooms = Rooms()
    mute, other = Member(rooms), Member(rooms)
    mute.seat.may_write = False
    rooms.broadcast(mute.seat, {"event": "hi"})
    assert other.heard == []


def test_presence_is_shown_on_entering_on_tracking_and_on_leaving() -> None:
    rooms = Rooms()
    watcher = Member(rooms, presence=True)
    shown = Member(rooms, presence_key="k")
    rooms.track(shown.seat, {"u": 1})
    late = Member(rooms, presence=True)
    rooms.leave(shown.seat)
    assert watcher.heard[0] == ("presence_state", {})
    assert watcher.heard[1][1]["joins"]["k"]["metas"][0]["u"] == 1
    assert late.heard[0][1]["k"]["metas"][0]["u"] == 1
    assert "k" in watcher.heard[2][1]["leaves"]
    assert shown.heard == []


def test_a_config_is_read_leniently() -> None:
    assert RoomConfig.of("x") == RoomConfig()
    config = RoomConfig.of({"private": True, "broadcast": {"ack": True, "replay": {"since": 5}}, "presence": None})
    assert config == RoomConfig(private=True, acknowledges=True, replay=Replay(5, 25))
