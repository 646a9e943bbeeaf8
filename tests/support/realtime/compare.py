"""Compares what the sandbox sent with what the real server was recorded to send.

Frames are compared as text, byte by byte, after what must differ was made equal: ids of rows are
numbered in the order of their appearance, times and presence refs are blanked, long random texts
keep only their length. The real server hands changes to channels in no fixed order, so frames are
compared topic by topic; the order of replies on a socket is compared as well.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
TIME = re.compile(r'"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|\+00:00)"')
PRESENCE_REF = re.compile(r'"phx_ref":"[^"]*"')
EXPIRED = re.compile(r"expired (\d+) seconds ago")  # a second may pass on the way
LONG_TEXT = re.compile(r'"[A-Za-z]{200,}"')
DATABASE_AWAY = re.compile(r'"UnknownErrorOnChannel: no case clause matching: \{:error, .*?"\}')
NUMBERED = re.compile(r'"(name|id)": ?("[A-Za-z-]+\d+"|\d+)')
CHANGE = "postgres_changes"


@dataclass(frozen=True, slots=True)
class Summary:
    """A received frame, taken apart as far as comparing needs it."""

    topic: str
    event: str
    ref: object
    row: str | None
    text: str


def summarize(raw: str) -> Summary:
    """Takes a frame of either version apart."""
    frame = json.loads(raw)
    if isinstance(frame, list):
        _, ref, topic, event, payload = frame
    else:
        ref, topic, event, payload = frame["ref"], frame["topic"], frame["event"], frame["payload"]
    record = payload.get("data", {}).get("record") or {}
    row = str(record.get("name") or payload["data"]["table"]) if event == CHANGE else None
    return Summary(topic, event, ref, row, raw)


def same_spacing(recorded: Sequence[str], received: Sequence[str]) -> tuple[list[str], list[str]]:
    """Both as they are, unless the recording itself wrote the frames anew, with other spaces."""
    if not any(frame.startswith('{"event": ') for frame in recorded):
        return list(recorded), list(received)
    return list(map(_compact, recorded)), list(map(_compact, received))


def _compact(frame: str) -> str:
    return json.dumps(json.loads(frame, parse_float=str), ensure_ascii=False, separators=(",", ":"))


def normalized(frames: Iterable[str]) -> list[str]:
    """The frames with what differs from run to run made equal."""
    numbers: dict[str, str] = {}

    def number(match: re.Match[str]) -> str:
        return numbers.setdefault(match[0], f"uuid-{len(numbers) + 1}")

    return [UUID.sub(number, _blanked(frame)) for frame in frames]


def _blanked(frame: str) -> str:
    frame = TIME.sub(lambda match: f'"time{match[2]}"', frame)
    frame = EXPIRED.sub(lambda match: f"expired {int(match[1]) // 5 * 5} seconds ago", frame)
    frame = PRESENCE_REF.sub('"phx_ref":"ref"', frame)
    frame = DATABASE_AWAY.sub('"UnknownErrorOnChannel"}', frame)
    return LONG_TEXT.sub(lambda match: f'"{len(match[0]) - 2} letters"', frame)


def differences(recorded: Sequence[str], received: Sequence[str]) -> list[str]:
    """What differs on one connection; empty when nothing does."""
    expected, actual = list(map(summarize, recorded)), list(map(summarize, received))
    found = _unequal("replies", _replies(expected), _replies(actual))
    for topic in sorted({frame.topic for frame in (*expected, *actual)}):
        ours = normalized(frame.text for frame in actual if frame.topic == topic)
        theirs = normalized(frame.text for frame in expected if frame.topic == topic)
        found += _unequal(topic, theirs, ours)
    return found


def loose_differences(recorded: Sequence[str], received: Sequence[str], slack: int) -> list[str]:
    """Like `differences` where chance decides which rows are delivered: `slack` rows may differ.

    All frames that are no changes must be equal; changes must have the recorded shapes, in order.
    """
    expected, actual = list(map(summarize, recorded)), list(map(summarize, received))
    found = differences(*([frame.text for frame in frames if frame.row is None] for frames in (expected, actual)))
    unknown = _shapes(actual) - _shapes(expected)
    found += [f"no such change was recorded: {shape[:300]}" for shape in sorted(unknown)]
    ours, theirs = _rows(actual), _rows(expected)
    if len(differing := set(ours) ^ set(theirs)) > slack:
        found.append(f"{len(differing)} rows differ, {slack} may: {sorted(differing)[:20]}")
    common = set(ours) & set(theirs)
    in_order = [row for row in theirs if row in common]
    return found + _unequal("order", in_order, [row for row in ours if row in common])


def _replies(frames: Sequence[Summary]) -> list[str]:
    order = ("phx_reply", "phx_close")
    return [f"{frame.event} {frame.topic} {frame.ref}" for frame in frames if frame.event in order]


def _rows(frames: Sequence[Summary]) -> list[tuple[str, str]]:
    return [(frame.topic, frame.row) for frame in frames if frame.row is not None]


def _shapes(frames: Sequence[Summary]) -> set[str]:
    changes = (frame.text for frame in frames if frame.row is not None)
    return {NUMBERED.sub(r'"\1": row', UUID.sub("uuid", _blanked(text))) for text in changes}


def _unequal(what: str, expected: Sequence[object], actual: Sequence[object]) -> list[str]:
    if list(expected) == list(actual):
        return []
    for at, (theirs, ours) in enumerate(zip(expected, actual, strict=False)):
        if theirs != ours:
            return [
                f"{what}, number {at + 1} of {len(expected)}/{len(actual)}:\n  recorded {theirs}\n  received {ours}"
            ]
    more, where = (expected, "missing") if len(expected) > len(actual) else (actual, "too many")
    return [
        f"{what}: {len(expected)} recorded, {len(actual)} received; {where}: {more[min(len(expected), len(actual))]}"
    ]
