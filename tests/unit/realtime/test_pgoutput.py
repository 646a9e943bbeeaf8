"""The decoder of PostgreSQL's logical replication messages, on messages written by hand."""

from __future__ import annotations

import struct
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from sandbox.realtime.pgoutput import EPOCH, Decoder, RowChange, Values

COLUMNS = ("id", "name")
MISSING = object()


def begin(moment: datetime) -> bytes:
    microseconds = (moment - EPOCH) // timedelta(microseconds=1)
    return b"B" + struct.pack(">qqi", 1, microseconds, 7)


COMMIT = b"C" + struct.pack(">bqqq", 0, 1, 2, 3)


def relation(identity: bytes = b"d") -> bytes:
    columns = b"".join(described(name, key=name == "id") for name in COLUMNS)
    return b"R" + struct.pack(">i", 5) + b"public\0items\0" + identity + struct.pack(">h", 2) + columns


def described(name: str, *, key: bool) -> bytes:
    return bytes([key]) + name.encode() + b"\0" + struct.pack(">ii", 25, -1)


def row(*values: object) -> bytes:
    parts = [struct.pack(">h", len(values))]
    for value in values:
        if value is MISSING:
            parts.append(b"u")
        elif value is None:
            parts.append(b"n")
        else:
            data = str(value).encode()
            parts.append(b"t" + struct.pack(">i", len(data)) + data)
    return b"".join(parts)


def change(kind: bytes, *parts: bytes) -> bytes:
    return kind + struct.pack(">i", 5) + b"".join(parts)


def decoded(*messages: bytes) -> list[RowChange]:
    decoder = Decoder()
    for message in (begin(datetime(2026, 1, 1, tzinfo=UTC)), relation(), *messages):
        assert decoder.feed(message) is None
    done = decoder.feed(COMMIT)
    assert done is not None
    return done.changes


def test_a_transaction_has_its_commit_time_and_its_rows_in_order() -> None:
    moment = datetime(2026, 11, 22, 20, 20, 33, 577123, tzinfo=UTC)
    decoder = Decoder()
    for message in (begin(moment), relation(), change(b"I", b"N", row("1", "a")), change(b"I", b"N", row("2", None))):
        decoder.feed(message)
    done = decoder.feed(COMMIT)
    assert done is not None
    assert done.committed_at == moment
    assert [item.new for item in done.changes] == [{"id": "1", "name": "a"}, {"id": "2", "name": None}]
    assert done.changes[0].relation.schema == "public"


def test_an_update_without_a_new_key_logs_no_old_row() -> None:
    (update,) = decoded(change(b"U", b"N", row("1", MISSING)))
    assert (update.new, update.old) == ({"id": "1"}, None)


def test_an_update_of_the_key_logs_the_old_key_alone() -> None:
    (update,) = decoded(change(b"U", b"K", row("1", None), b"N", row("2", "a")))
    assert (update.new, update.old) == ({"id": "2", "name": "a"}, {"id": "1"})


def test_identity_full_logs_the_old_row() -> None:
    (update,) = decoded(change(b"U", b"O", row("1", "long"), b"N", row("1", MISSING)))
    assert (update.new, update.old) == ({"id": "1"}, {"id": "1", "name": "long"})


def test_a_delete_has_no_new_row_and_a_truncation_is_nothing() -> None:
    (delete,) = decoded(b"T" + bytes(9), change(b"D", b"K", row("1", None)))
    assert (delete.kind, delete.new, delete.old) == ("D", None, {"id": "1"})


@given(st.lists(st.dictionaries(st.sampled_from(COLUMNS), st.none() | st.text(), min_size=2, max_size=2), max_size=5))
def test_what_was_written_is_read(rows: list[Values]) -> None:
    messages = [change(b"I", b"N", row(*(values[name] for name in COLUMNS))) for values in rows]
    assert [item.new for item in decoded(*messages)] == rows
