"""The size of AV1 streams, read without decoding: of real files as the codec says, of broken ones or not at all."""

from __future__ import annotations

import io
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from aura.vision.av1 import coded_pixels
from aura.vision.bmff import Damaged, Item, items


def avif(size: tuple[int, int], mode: str = "RGB", **options: Any) -> bytes:
    out = io.BytesIO()
    Image.new(mode, size, "red").save(out, "AVIF", speed=10, **options)
    return out.getvalue()


@pytest.mark.parametrize("size", [(16, 16), (64, 48), (37, 401), (1000, 16)])
def test_a_picture_is_as_large_as_its_stream(size: tuple[int, int]) -> None:
    assert list(coded_pixels(avif(size))) == [size[0] * size[1]]


def test_transparency_is_a_stream_of_its_own() -> None:
    out = io.BytesIO()
    Image.new("RGBA", (64, 48), (255, 0, 0, 128)).save(out, "AVIF", speed=10)
    assert list(coded_pixels(out.getvalue())) == [64 * 48] * 2


def test_the_header_of_a_sequence_is_read_too() -> None:
    """It is not the reduced one of a still picture."""
    data = avif((64, 48), save_all=True, append_images=[Image.new("RGB", (64, 48), "blue")], duration=100)
    assert set(coded_pixels(data)) == {64 * 48}


def test_metadata_is_no_picture() -> None:
    exif = Image.Exif()
    exif[0x010E] = "a description"
    data = avif((64, 48), exif=exif)
    assert {item.kind for item in items(data)} == {b"av01", b"Exif"}
    assert sum(coded_pixels(data)) == 64 * 48


def box(kind: bytes, content: bytes) -> bytes:
    return (8 + len(content)).to_bytes(4, "big") + kind + content


def holding(kind: bytes, payload: bytes) -> bytes:
    """A file with one item, whose bytes lie in the idat box."""
    infe = box(b"infe", bytes([2, 0, 0, 0]) + b"\x00\x01\x00\x00" + kind + b"\x00")
    iinf = box(b"iinf", bytes(4) + b"\x00\x01" + infe)
    place = b"\x00\x01" + b"\x00\x01" + b"\x00\x00" + b"\x00\x01" + bytes(4) + len(payload).to_bytes(4, "big")
    iloc = box(b"iloc", bytes([1, 0, 0, 0]) + b"\x44\x00" + b"\x00\x01" + place)
    return box(b"ftyp", b"avif") + box(b"meta", bytes(4) + iinf + iloc + box(b"idat", payload))


@pytest.mark.parametrize(
    ("payload", "pixels"),
    [
        (bytes([0, 0, 1, 1]) + b"\x10\x00\x08\x00", 4096 * 2048),
        (bytes([0, 1, 1, 1]) + b"\x00\x01\x00\x00\x00\x00\x80\x00", 65536 * 32768),
    ],
)
def test_a_grid_is_as_large_as_it_says(payload: bytes, pixels: int) -> None:
    data = holding(b"grid", payload)
    assert list(items(data)) == [Item(b"grid", payload)]
    assert list(coded_pixels(data)) == [pixels]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        box(b"ftyp", b"avif"),
        b"\x00\x00\x00\x03meta",
        holding(b"grid", b"\x00\x01"),
        holding(b"av01", b"\x0a\xff\xff\xff\xff\xff\xff\xff\xff"),
        holding(b"av01", b"\x0a\x02\x00\x00"),
    ],
)
def test_what_is_broken_is_said_to_be(data: bytes) -> None:
    with pytest.raises(Damaged):
        list(coded_pixels(data))


SAMPLE = avif((64, 48))


@given(st.binary(max_size=300) | st.binary(max_size=80).map(lambda stream: holding(b"av01", stream)))
def test_whatever_it_is_reading_it_ends(data: bytes) -> None:
    try:
        sizes = list(coded_pixels(data))
    except Damaged:
        return
    assert all(size >= 0 for size in sizes)


@given(st.integers(0, len(SAMPLE) - 1), st.binary(min_size=1, max_size=8))
def test_a_damaged_file_is_read_or_refused(at: int, patch: bytes) -> None:
    try:
        sizes = list(coded_pixels(SAMPLE[:at] + patch + SAMPLE[at + len(patch) :]))
    except Damaged:
        return
    assert all(size >= 0 for size in sizes)
