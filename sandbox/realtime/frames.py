"""Phoenix channel frames: text and binary on the socket, `Frame` inside the server.

Two serializers exist: vsn 1.0.0 (a JSON object; the Python client) and 2.0.0 (a JSON array; the
JavaScript client, which also pushes broadcasts as binary frames). Keys are written in the order in
which the real server writes them, so that frames can be compared byte by byte.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import orjson

PUSH, USER_BROADCAST_PUSH = 0, 3  # kinds of binary frames
JSON_ENCODING = 1


@dataclass(frozen=True, slots=True)
class Frame:
    """What a client sent. Refs are echoed as they came; the official clients send strings or null."""

    topic: str
    event: str
    payload: Any
    ref: Any = None
    join_ref: Any = None


class Serializer(Protocol):
    """One version of the wire format."""

    def parse(self, data: str | bytes) -> Frame | None:
        """The frame, or None for what is not one (the real server ignores those)."""

    def encode(self, topic: str, event: str, payload: str, ref: Any = None, join_ref: Any = None) -> str:
        """A frame whose payload is already JSON text."""


def to_json(value: object) -> str:
    """Compact JSON with sorted keys, as Elixir's maps come out."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()


def from_json(text: str | bytes) -> Any:
    """Parses JSON, including integers beyond 64 bits. Raises ValueError."""
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return json.loads(text)


class V1:
    """vsn 1.0.0: {"event", "payload", "ref", "topic"}; join_ref is never sent back."""

    def parse(self, data: str | bytes) -> Frame | None:
        if isinstance(data, bytes):
            return None
        try:
            message = from_json(data)
        except ValueError:
            return None
        if not isinstance(message, Mapping):
            return None
        return _frame(*(message.get(key) for key in ("topic", "event", "payload", "ref", "join_ref")))

    def encode(self, topic: str, event: str, payload: str, ref: Any = None, join_ref: Any = None) -> str:
        return f'{{"event":{to_json(event)},"payload":{payload},"ref":{to_json(ref)},"topic":{to_json(topic)}}}'


class V2:
    """vsn 2.0.0: [join_ref, ref, topic, event, payload], and binary pushes from the client."""

    def parse(self, data: str | bytes) -> Frame | None:
        if isinstance(data, bytes):
            return parse_binary(data)
        try:
            message = from_json(data)
        except ValueError:
            return None
        if not isinstance(message, list) or len(message) != 5:
            return None
        join_ref, ref, topic, event, payload = message
        return _frame(topic, event, payload, ref, join_ref)

    def encode(self, topic: str, event: str, payload: str, ref: Any = None, join_ref: Any = None) -> str:
        return f"[{to_json(join_ref)},{to_json(ref)},{to_json(topic)},{to_json(event)},{payload}]"


SERIALIZERS: Mapping[str, Serializer] = {"1.0.0": V1(), "2.0.0": V2()}


def parse_binary(data: bytes) -> Frame | None:
    """A binary push: one byte of kind, one byte of length per text, then the texts and the payload.

    Kind 0 carries join_ref, ref, topic, event; kind 3 (a user's broadcast) join_ref, ref, topic,
    the user's event, metadata, and one byte that tells JSON from raw bytes.
    """
    kind = data[0] if data else None
    try:
        if kind == PUSH:
            (join_ref, ref, topic, event), payload = _texts(data, data[1:5], 5)
            return Frame(topic, event, from_json(payload), ref, join_ref or None)
        if kind == USER_BROADCAST_PUSH:
            (join_ref, ref, topic, event, _metadata), payload = _texts(data, data[1:6], 7)
            content = from_json(payload) if data[6] == JSON_ENCODING else payload.hex()
            body = {"type": "broadcast", "event": event, "payload": content}
            return Frame(topic, "broadcast", body, ref or None, join_ref or None)
    except (ValueError, IndexError):
        return None
    return None


def _texts(data: bytes, lengths: bytes, start: int) -> tuple[list[str], bytes]:
    texts = []
    for length in lengths:
        texts.append(data[start : start + length].decode())
        start += length
    if start > len(data):
        raise ValueError("truncated frame")
    return texts, data[start:]


def _frame(topic: Any, event: Any, payload: Any, ref: Any, join_ref: Any) -> Frame | None:
    if not isinstance(topic, str) or not isinstance(event, str):
        return None
    return Frame(topic, event, payload, ref, join_ref)
