"""Finds the items in a HEIF or AVIF file (ISO 14496-12 boxes, ISO 23008-12 items). Pure; reads no more than it must.

Only what is needed to look at an item's own bytes before a decoder does. Whatever the bytes are, it ends: with items,
or with ``Damaged``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass


class Damaged(ValueError):
    """The file is not what it should be."""


@dataclass(frozen=True, slots=True)
class Item:
    """One item: its type, such as ``av01`` or ``grid``, and its bytes."""

    kind: bytes
    data: bytes


class _Reader:
    """Numbers from the front of some bytes."""

    def __init__(self, data: bytes, at: int = 0) -> None:
        self._data = data
        self.at = at

    def number(self, size: int) -> int:
        """An unsigned number of ``size`` bytes; 0 for none."""
        return int.from_bytes(self.bytes(size), "big")

    def bytes(self, size: int) -> bytes:
        """The next ``size`` bytes."""
        taken = self._data[self.at : self.at + size]
        if len(taken) < size:
            raise Damaged("a box is cut short")
        self.at += size
        return taken

    def version(self) -> int:
        """The version of a full box; its flags are passed over."""
        return self.number(4) >> 24


def boxes(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """(type, content) of each box in ``data``."""
    at = 0
    while at + 8 <= len(data):
        reader = _Reader(data, at)
        size, kind = reader.number(4), reader.bytes(4)
        size = reader.number(8) if size == 1 else size or len(data) - at
        if size < reader.at - at:
            raise Damaged("a box is shorter than its head")
        yield kind, data[reader.at : at + size]
        at += size


def items(data: bytes) -> Iterator[Item]:
    """Every item of the file's ``meta`` box that has bytes of its own.

    Raises:
        Damaged: as far as it was read, the file is broken.
    """
    meta = next((content for kind, content in boxes(data) if kind == b"meta"), None)
    if meta is None:
        raise Damaged("there is no meta box")
    inside = dict(boxes(meta[4:]))
    kinds = dict(_kinds(inside.get(b"iinf", b"")))
    for number, spans, within in _places(inside.get(b"iloc", b"")):
        source = inside.get(b"idat", b"") if within else data
        found = b"".join(source[start : start + length if length else None] for start, length in spans)
        if number in kinds:
            yield Item(kinds[number], found)


def _kinds(iinf: bytes) -> Iterator[tuple[int, bytes]]:
    """(item, type) of each entry of an ``iinf`` box."""
    reader = _Reader(iinf)
    reader.number(2 if reader.version() == 0 else 4)
    for kind, entry in boxes(iinf[reader.at :]):
        if kind == b"infe":
            inner = _Reader(entry)
            number = inner.number(2 if inner.version() < 3 else 4)
            inner.number(2)
            yield number, inner.bytes(4)


def _places(iloc: bytes) -> Iterator[tuple[int, list[tuple[int, int]], bool]]:
    """(item, its spans as (start, length), whether they lie in the ``idat`` box) of each entry of an ``iloc`` box."""
    reader = _Reader(iloc)
    version, sizes = reader.version(), reader.number(2)
    offset_size, length_size, base_size = sizes >> 12, sizes >> 8 & 15, sizes >> 4 & 15
    index_size = sizes & 15 if version else 0
    wide = 2 if version < 2 else 4
    for _ in range(reader.number(wide)):
        number = reader.number(wide)
        method = reader.number(2) & 15 if version else 0
        reader.number(2)
        base, spans = reader.number(base_size), []
        for _ in range(reader.number(2)):
            reader.number(index_size)
            start = base + reader.number(offset_size)
            spans.append((start, reader.number(length_size)))
        yield number, spans, method == 1
