"""Reads from an AVIF file how large its pictures truly are: the size that AV1 decodes, not the one the container says.

A container may announce 64 by 64 pixels over a stream of 268 million: the decoder unpacks them all and then makes them
small. So the sizes in the streams themselves are read first, without decoding anything. Pure.

The container is ISO 14496-12 with the items of ISO 23008-12 (boxes ``meta``, ``iinf``, ``iloc``); the streams are the
OBUs of the AV1 Bitstream Specification, 5.3 to 5.5, where a sequence header gives the largest frame that may follow.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from itertools import islice

from aura.vision.bmff import Damaged, Item, items

SEQUENCE_HEADER = 1
MOST_UNITS = 10_000
# A picture is one stream, or as many as a grid has tiles (at most 256 by 256) and as many again for its alpha.
MOST_ITEMS = 2 * 256 * 256


def coded_pixels(data: bytes) -> Iterator[int]:
    """The pixels of each AV1 stream and each grid among the items of an AVIF file.

    Raises:
        Damaged: the container or a stream cannot be read.
    """
    return (_pixels(item) for item in islice(items(data), MOST_ITEMS))


def _pixels(item: Item) -> int:
    if item.kind == b"av01":
        return max((width * height for width, height in _frame_sizes(item.data)), default=0)
    return _grid_pixels(item.data) if item.kind == b"grid" else 0


def _grid_pixels(data: bytes) -> int:
    """ISO 23008-12, 6.6.2.3: version, flags, rows, columns, then the size in 16 or 32 bits."""
    try:
        width, height = struct.unpack_from(">II" if data[1] & 1 else ">HH", data, 4)
    except (struct.error, IndexError):
        raise Damaged("a grid is cut short") from None
    return int(width * height)


def _frame_sizes(stream: bytes) -> Iterator[tuple[int, int]]:
    at = 0
    for _ in range(MOST_UNITS):
        if at >= len(stream):
            return
        header = stream[at]
        kind, extended, sized = header >> 3 & 15, header & 4, header & 2
        at += 2 if extended else 1
        size, at = _leb128(stream, at) if sized else (len(stream) - at, at)
        if kind == SEQUENCE_HEADER:
            yield _frame_size(stream[at : at + size])
        at += size
    raise Damaged("a stream has too many units")


def _leb128(stream: bytes, at: int) -> tuple[int, int]:
    value = 0
    for number, byte in enumerate(stream[at : at + 8]):
        value |= (byte & 0x7F) << (7 * number)
        if not byte & 0x80:
            return value, at + number + 1
    raise Damaged("a length is cut short")


class _Bits:
    """Bits from the front, the highest first."""

    def __init__(self, data: bytes) -> None:
        self._value = int.from_bytes(data, "big")
        self._left = 8 * len(data)

    def take(self, number: int) -> int:
        """The next ``number`` bits."""
        self._left -= number
        if self._left < 0:
            raise Damaged("a sequence header is cut short")
        return self._value >> self._left & ((1 << number) - 1)

    def skip_uvlc(self) -> None:
        """A number of variable length (4.10.3)."""
        zeros = 0
        while not self.take(1):
            zeros += 1
        if zeros < 32:
            self.take(zeros)


def _frame_size(header: bytes) -> tuple[int, int]:
    """Width and height of the largest frame, from sequence_header_obu() (5.5.1)."""
    bits = _Bits(header[:256])
    bits.take(4)  # profile, still picture
    if bits.take(1):  # reduced header of a still picture
        bits.take(5)
    else:
        _skip_operating_points(bits, _delay_length(bits))
    width_bits, height_bits = bits.take(4) + 1, bits.take(4) + 1
    return bits.take(width_bits) + 1, bits.take(height_bits) + 1


def _delay_length(bits: _Bits) -> int:
    """Passes timing_info() and decoder_model_info(); the length of delays in bits, 0 without a decoder model."""
    if not bits.take(1):
        return 0
    bits.take(64)
    if bits.take(1):
        bits.skip_uvlc()
    if not bits.take(1):
        return 0
    length = bits.take(5) + 1
    bits.take(42)
    return length


def _skip_operating_points(bits: _Bits, delay_length: int) -> None:
    display_delay = bits.take(1)
    for _ in range(bits.take(5) + 1):
        bits.take(12)
        if bits.take(5) > 7:
            bits.take(1)
        if delay_length and bits.take(1):
            bits.take(2 * delay_length + 1)
        if display_delay and bits.take(1):
            bits.take(4)
