"""Finds the items in a HEIF or AVIF file (ISO 14496-12 boxes, ISO 23008-12 items). Pure; reads no more than it must.

Only what is needed to look at an item's own bytes before a decoder does. Whatever the bytes are, it ends soon: with
items, or with ``Damaged``. What no camera writes (more boxes, larger tables, items over each other) counts as damaged.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

MOST_BOXES = 20_000
MOST_SPANS = 64
MOST_TABLE_BYTES = 1024 * 1024
# Items may share bytes, but not all of them all the others'; a span costs its length and something.
MOST_TIMES_READ, SPAN_COST = 2, 64
# At most one of each in its place.
SINGLE = frozenset({b"meta", b"iinf", b"iloc", b"iref", b"iprp", b"ipco", b"idat", b"pitm"})


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

    def head(self) -> tuple[int, int]:
        """The version and the flags of a full box."""
        return self.number(1), self.number(3)


def boxes(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """(type, content) of each box in ``data``."""
    at = 0
    for _ in range(MOST_BOXES):
        if at + 8 > len(data):
            return
        reader = _Reader(data, at)
        size, kind = reader.number(4), reader.bytes(4)
        size = reader.number(8) if size == 1 else size or len(data) - at
        if size < reader.at - at:
            raise Damaged("a box is shorter than its head")
        yield kind, data[reader.at : at + size]
        at += size
    raise Damaged("there are too many boxes")


def single(content: bytes) -> dict[bytes, bytes]:
    """The boxes in ``content`` by type. One that is there twice is refused: another reader may take the other one."""
    found: dict[bytes, bytes] = {}
    for kind, inner in boxes(content):
        if kind in found and kind in SINGLE:
            raise Damaged("a box is there twice")
        found[kind] = inner
    return found


def meta_of(data: bytes) -> dict[bytes, bytes]:
    """The boxes in a file's ``meta`` box."""
    content = single(data).get(b"meta")
    if content is None:
        raise Damaged("there is no meta box")
    inside = single(content[4:])
    if any(len(inner) > MOST_TABLE_BYTES for kind, inner in inside.items() if kind != b"idat"):
        raise Damaged("a table is too large")
    return inside


def items(data: bytes) -> Iterator[Item]:
    """Every item of the file that has bytes of its own.

    Raises:
        Damaged: as far as it was read, the file is broken.
    """
    meta = meta_of(data)
    kinds, left = kinds_of(meta), MOST_TIMES_READ * len(data)
    for number, spans, within in _places(meta.get(b"iloc", b"")):
        source = meta.get(b"idat", b"") if within else data
        parts = []
        for start, length in spans:
            parts.append(source[start : start + length if length else None])
            left -= len(parts[-1]) + SPAN_COST
            if left < 0:
                raise Damaged("items lie over each other")
        if number in kinds:
            yield Item(kinds[number], b"".join(parts))


def kinds_of(meta: Mapping[bytes, bytes]) -> dict[int, bytes]:
    """The type of each item."""
    iinf = meta.get(b"iinf", b"")
    reader = _Reader(iinf)
    reader.number(2 if reader.head()[0] == 0 else 4)
    found: dict[int, bytes] = {}
    for kind, entry in boxes(iinf[reader.at :]):
        if kind == b"infe":
            inner = _Reader(entry)
            number = inner.number(2 if inner.head()[0] < 3 else 4)
            inner.number(2)
            if number in found:
                raise Damaged("an item is there twice")
            found[number] = inner.bytes(4)
    return found


def primary_of(meta: Mapping[bytes, bytes]) -> int:
    """The item that is the picture."""
    reader = _Reader(meta.get(b"pitm", b""))
    return reader.number(2 if reader.head()[0] == 0 else 4)


def references_of(meta: Mapping[bytes, bytes], kind: bytes) -> dict[int, list[int]]:
    """To which items each item refers in this way, ``dimg``: what it is made of; as often as it does."""
    found: dict[int, list[int]] = {}
    if b"iref" not in meta:
        return found
    reader = _Reader(meta[b"iref"])
    wide = 2 if reader.head()[0] == 0 else 4
    for each, content in boxes(meta[b"iref"][reader.at :]):
        inner = _Reader(content)
        if each == kind:
            number = inner.number(wide)
            found.setdefault(number, []).extend(inner.number(wide) for _ in range(inner.number(2)))
    return found


def sizes_of(meta: Mapping[bytes, bytes]) -> dict[int, tuple[int, int]]:
    """Width and height of each item that says so (property ``ispe``)."""
    iprp = meta.get(b"iprp", b"")
    properties = list(boxes(single(iprp).get(b"ipco", b"")))
    found: dict[int, tuple[int, int]] = {}
    for kind, content in boxes(iprp):
        for number, index in _associations(content) if kind == b"ipma" else ():
            if 0 < index <= len(properties) and properties[index - 1][0] == b"ispe":
                reader = _Reader(properties[index - 1][1], 4)
                found[number] = reader.number(4), reader.number(4)
    return found


def _associations(ipma: bytes) -> Iterator[tuple[int, int]]:
    """(item, property counted from 1) of an ``ipma`` box."""
    reader = _Reader(ipma)
    version, flags = reader.head()
    for _ in range(reader.number(4)):
        number = reader.number(2 if version == 0 else 4)
        for _ in range(reader.number(1)):
            yield number, reader.number(2) & 0x7FFF if flags & 1 else reader.number(1) & 0x7F


def _places(iloc: bytes) -> Iterator[tuple[int, list[tuple[int, int]], bool]]:
    """(item, its spans as (start, length), whether they lie in the ``idat`` box) of each entry of an ``iloc`` box."""
    reader = _Reader(iloc)
    version, sizes = reader.head()[0], reader.number(2)
    offset_size, length_size, base_size = sizes >> 12, sizes >> 8 & 15, sizes >> 4 & 15
    index_size = sizes & 15 if version else 0
    wide = 2 if version < 2 else 4
    for _ in range(reader.number(wide)):
        number = reader.number(wide)
        method = reader.number(2) & 15 if version else 0
        reader.number(2)
        base, count, spans = reader.number(base_size), reader.number(2), []
        if count > MOST_SPANS:
            raise Damaged("an item is in too many pieces")
        for _ in range(count):
            reader.number(index_size)
            start = base + reader.number(offset_size)
            spans.append((start, reader.number(length_size)))
        yield number, spans, method == 1
