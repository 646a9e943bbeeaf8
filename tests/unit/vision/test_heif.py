"""What a HEIC makes its decoder unpack: one tile that is used hundreds of times is seen before it is decoded."""

from __future__ import annotations

import io
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from aura.errors import Permanent
from aura.vision.bmff import Damaged, boxes, items, meta_of
from aura.vision.heif import unpacked_pixels
from aura.vision.image import DecodeLimits, decode_photo

TILE = 64


def heic(size: tuple[int, int] = (TILE, TILE), mode: str = "RGB") -> bytes:
    out = io.BytesIO()
    Image.new(mode, size, "red").save(out, "HEIF", quality=10)
    return out.getvalue()


def box(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", 8 + len(content)) + kind + content


def full(kind: bytes, content: bytes, version: int = 0) -> bytes:
    return box(kind, bytes([version, 0, 0, 0]) + content)


def grid(side: int, out: int, made_of: int = 2, twice: bytes = b"") -> bytes:
    """A grid of ``side`` by ``side`` tiles, all of them the same item, ``out`` pixels wide and high."""
    tile = heic()
    stream = next(item.data for item in items(tile) if item.kind == b"hvc1")
    config = dict(boxes(dict(boxes(meta_of(tile)[b"iprp"]))[b"ipco"]))[b"hvcC"]
    shape = bytes([0, 1, side - 1, side - 1]) + struct.pack(">II", out, out)
    kinds = ((1, b"grid"), (2, b"hvc1"))
    entries = b"".join(full(b"infe", struct.pack(">HH", number, 0) + kind + b"\0", 2) for number, kind in kinds)
    count = side * side
    parts = struct.pack(">IH", 1, count) + struct.pack(">I", made_of) * count
    sizes = b"".join(full(b"ispe", struct.pack(">II", each, each)) for each in (out, TILE))
    use = struct.pack(">I", 2) + struct.pack(">HBB", 1, 1, 1) + struct.pack(">HBBB", 2, 2, 2, 0x83)
    head = box(b"ftyp", b"heic" + bytes(4) + b"mif1heic")

    def meta(start: int) -> bytes:
        places = struct.pack(">HHHHII", 1, 1, 0, 1, 0, len(shape))
        places += struct.pack(">HHHHII", 2, 0, 0, 1, start, len(stream))
        return full(
            b"meta",
            full(b"hdlr", bytes(4) + b"pict" + bytes(13))
            + full(b"pitm", struct.pack(">H", 1))
            + full(b"iinf", struct.pack(">H", 2) + entries)
            + full(b"iref", box(b"dimg", parts), 1)
            + full(b"iloc", b"\x44\x00" + struct.pack(">H", 2) + places, 1)
            + box(b"iprp", box(b"ipco", sizes + box(b"hvcC", config)) + full(b"ipma", use))
            + box(b"idat", shape)
            + twice,
        )

    return head + meta(len(head) + len(meta(0)) + 8) + box(b"mdat", stream)


@pytest.mark.parametrize("size", [(64, 64), (200, 100)])
def test_one_picture_is_all_there_is(size: tuple[int, int]) -> None:
    own, total = unpacked_pixels(heic(size))
    assert own == total >= size[0] * size[1]


def test_a_real_grid_is_read_and_counts_its_tiles() -> None:
    data = grid(4, 4 * TILE)
    assert unpacked_pixels(data) == (256 * 256, 2 * 256 * 256)
    photo = decode_photo(data, DecodeLimits(max_pixels=70_000))
    assert (photo.width, photo.height) == (256, 256)


def test_tiles_that_nobody_sees_are_counted_too() -> None:
    data = grid(20, 4 * TILE)
    assert unpacked_pixels(data)[1] == 256 * 256 + 400 * TILE * TILE
    with pytest.raises(Permanent) as refused:
        decode_photo(data, DecodeLimits(max_pixels=70_000))
    assert refused.value.code == "photo_too_large"


def test_a_picture_made_of_itself() -> None:
    with pytest.raises(Damaged):
        unpacked_pixels(grid(4, 4 * TILE, made_of=1))


def test_two_boxes_where_there_may_be_one() -> None:
    """Else this reader might look at the one and the decoder at the other."""
    with pytest.raises(Damaged):
        unpacked_pixels(grid(4, 4 * TILE, twice=full(b"iref", b"", 1)))


SAMPLE = grid(4, 4 * TILE)


@given(st.integers(0, len(SAMPLE) - 1), st.binary(min_size=1, max_size=8))
def test_a_damaged_file_is_read_or_refused(at: int, patch: bytes) -> None:
    try:
        own, total = unpacked_pixels(SAMPLE[:at] + patch + SAMPLE[at + len(patch) :])
    except Damaged:
        return
    assert 0 <= own <= total
