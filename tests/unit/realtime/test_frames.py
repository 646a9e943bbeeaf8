"""Frames of both versions, and what is no frame."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.realtime.frames import SERIALIZERS, Frame, parse_binary

V1, V2 = SERIALIZERS["1.0.0"], SERIALIZERS["2.0.0"]


def test_version_1_is_written_in_the_servers_order() -> None:
    assert V1.encode("t", "e", "{}", "7", "1") == '{"event":"e","payload":{},"ref":"7","topic":"t"}'


def test_version_2_carries_the_join_ref() -> None:
    assert V2.encode("t", "e", "{}", None, "1") == '["1",null,"t","e",{}]'


@pytest.mark.parametrize("text", ["hello", "{}", "[]", '{"topic":"realtime:x"}', "1", '["1","1","t","e"]', "\x00"])
@pytest.mark.parametrize("version", SERIALIZERS)
def test_what_is_no_frame_is_none(text: str, version: str) -> None:
    assert SERIALIZERS[version].parse(text) is None


@given(st.text(), st.text(), st.none() | st.text(), st.none() | st.text())
def test_what_a_client_writes_is_read(topic: str, event: str, ref: str | None, join_ref: str | None) -> None:
    message = {"topic": topic, "event": event, "payload": {"a": 1}, "ref": ref, "join_ref": join_ref}
    expected = Frame(topic, event, {"a": 1}, ref, join_ref)
    assert V1.parse(json.dumps(message)) == expected
    assert V2.parse(json.dumps([join_ref, ref, topic, event, {"a": 1}])) == expected


def test_a_binary_broadcast_is_read() -> None:
    body = b'{"n":1}'
    data = bytes([3, 1, 1, 10, 2, 0, 1]) + b"12" + b"realtime:x" + b"hi" + body
    payload = {"type": "broadcast", "event": "hi", "payload": {"n": 1}}
    assert V2.parse(data) == Frame("realtime:x", "broadcast", payload, "2", "1")


@given(st.binary(max_size=40))
def test_any_bytes_are_a_frame_or_none(data: bytes) -> None:
    frame = parse_binary(data)
    assert frame is None or isinstance(frame, Frame)
