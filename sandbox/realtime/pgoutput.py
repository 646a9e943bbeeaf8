"""Decodes PostgreSQL's own logical replication messages (plugin pgoutput, protocol version 1).

The format is documented in PostgreSQL's manual, "Logical Replication Message Formats". Values come
as PostgreSQL's text output; they are kept as text here and turned into JSON by `values` only when
somebody follows the table.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

EPOCH = datetime(2000, 1, 1, tzinfo=UTC)  # PostgreSQL counts microseconds from here

Values = dict[str, str | None]  # an unchanged TOASTed value has no key


@dataclass(frozen=True, slots=True)
class Relation:
    """A table as it was when the change was made. `keys` are its replica identity's columns."""

    oid: int
    schema: str
    table: str
    identity: str  # d, n, f, i
    columns: tuple[str, ...]
    keys: frozenset[str]


@dataclass(frozen=True, slots=True)
class RowChange:
    """One row of one transaction. `old` holds the replica identity's values, where they were logged."""

    kind: str  # I, U, D
    relation: Relation
    new: Values | None
    old: Values | None
    size: int  # bytes of the message


@dataclass(slots=True)
class Transaction:
    """What one commit changed, in the order in which it did."""

    committed_at: datetime
    changes: list[RowChange] = field(default_factory=list)


class Decoder:
    """Turns the messages of one slot into transactions; keeps the tables' descriptions."""

    def __init__(self) -> None:
        self._relations: dict[int, Relation] = {}
        self._open: Transaction | None = None

    def feed(self, message: bytes) -> Transaction | None:
        """Takes one message; returns a transaction when this message ends it."""
        kind = message[:1]
        if kind in b"IUD":
            self._row(message)
        elif kind == b"B":
            self._open = Transaction(commit_time(message))
        elif kind == b"R":
            self._relation(message)
        elif kind == b"C":
            done, self._open = self._open, None
            return done
        return None  # truncations, types, origins and messages tell nobody anything

    def _row(self, message: bytes) -> None:
        relation = self._relations[int.from_bytes(message[1:5], "big")]
        old = new = None
        at, kind = 5, chr(message[0])
        while at < len(message):
            part = message[at]
            values, at = _tuple(message, at + 1, relation.columns)
            if part == 0x4E:  # N: the new row
                new = values
            elif part == 0x4B:  # K: the key alone; the other columns are sent as NULL
                old = {name: value for name, value in values.items() if name in relation.keys}
            else:  # O: the whole old row
                old = values
        if self._open is not None:
            self._open.changes.append(RowChange(kind, relation, new, old, len(message)))

    def _relation(self, message: bytes) -> None:
        oid = int.from_bytes(message[1:5], "big")
        schema, at = _text(message, 5)
        table, at = _text(message, at)
        identity, count = chr(message[at]), int.from_bytes(message[at + 1 : at + 3], "big")
        columns, keys, at = [], set(), at + 3
        for _ in range(count):
            is_key, (name, at) = message[at], _text(message, at + 1)
            at += 8  # the type's oid and modifier: the catalog's own are used
            columns.append(name)
            if is_key:
                keys.add(name)
        self._relations[oid] = Relation(oid, schema, table, identity, tuple(columns), frozenset(keys))


def commit_time(begin: bytes) -> datetime:
    """The commit's time out of a Begin message."""
    return EPOCH + timedelta(microseconds=struct.unpack_from(">q", begin, 9)[0])


def _tuple(message: bytes, at: int, columns: tuple[str, ...]) -> tuple[Values, int]:
    count = int.from_bytes(message[at : at + 2], "big")
    at += 2
    values: Values = {}
    for name in columns[:count]:
        kind = message[at]
        at += 1
        if kind == 0x74:  # t: text
            length = int.from_bytes(message[at : at + 4], "big")
            at += 4 + length
            values[name] = message[at - length : at].decode()
        elif kind == 0x6E:  # n: NULL; u, unchanged TOAST, leaves no key
            values[name] = None
    return values, at


def _text(message: bytes, at: int) -> tuple[str, int]:
    end = message.index(0, at)
    return message[at:end].decode(), end + 1
