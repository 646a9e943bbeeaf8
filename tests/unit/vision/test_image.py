"""Whatever bytes arrive: a small plain picture comes out, or a code the app can show."""

from __future__ import annotations

import hashlib
import io
import time
import zlib
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageCms

import aura.vision.image as image_module
from aura.errors import Permanent
from aura.vision.image import DecodeLimits, decode_photo
from aura.vision.photo import Photo

RED = (200, 30, 40)
LIMITS = DecodeLimits(max_bytes=2_000_000, max_pixels=1_000_000, max_side_px=256)
FORMATS = ("JPEG", "PNG", "WEBP", "AVIF", "HEIF")


def picture(size: tuple[int, int] = (320, 200)) -> Image.Image:
    """Red on the left, a gradient on the right."""
    pixels = np.zeros((size[1], size[0], 3), np.uint8)
    pixels[:] = np.linspace(0, 255, size[0], dtype=np.uint8)[None, :, None]
    pixels[:, : size[0] // 2] = RED
    return Image.fromarray(pixels)


def encoded(image: Image.Image, kind: str, **options: object) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def opened(photo: Photo) -> Image.Image:
    image = Image.open(io.BytesIO(photo.jpeg))
    assert image.format == "JPEG"
    assert (image.mode, image.size) == ("RGB", (photo.width, photo.height))
    return image


def near(image: Image.Image, at: tuple[int, int], colour: tuple[int, int, int], within: int = 12) -> bool:
    seen = image.getpixel(at)
    assert isinstance(seen, tuple)
    return all(abs(one - other) <= within for one, other in zip(seen, colour, strict=True))


def code(data: bytes, limits: DecodeLimits = LIMITS) -> str:
    with pytest.raises(Permanent) as caught:
        decode_photo(data, limits)
    return caught.value.code


@pytest.mark.parametrize("kind", FORMATS)
def test_every_format_is_read_and_made_small(kind: str) -> None:
    data = encoded(picture(), kind)
    photo = decode_photo(data, LIMITS)
    assert (photo.width, photo.height) == (256, 160)
    assert near(opened(photo), (40, 80), RED)
    assert photo.content_hash == f"sha256:{hashlib.sha256(data).hexdigest()}"


@pytest.mark.parametrize(
    ("mode", "kind"),
    [("CMYK", "JPEG"), ("L", "JPEG"), ("P", "PNG"), ("LA", "PNG"), ("1", "PNG"), ("RGBA", "WEBP"), ("RGBA", "AVIF")],
)
def test_every_mode_becomes_rgb(mode: str, kind: str) -> None:
    opened(decode_photo(encoded(picture().convert(mode), kind), LIMITS))


def test_sixteen_bits_keep_their_brightness() -> None:
    grey = Image.fromarray(np.full((64, 64), 0x8000, np.uint16))
    assert near(opened(decode_photo(encoded(grey, "PNG"), LIMITS)), (30, 30), (128, 128, 128), 1)


def test_transparency_becomes_white() -> None:
    half = picture().convert("RGBA")
    half.paste((0, 0, 0, 0), (0, 0, 160, 200))
    image = opened(decode_photo(encoded(half, "PNG"), LIMITS))
    assert near(image, (20, 80), (255, 255, 255), 2)


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_of_an_animation_the_first_frame_is_shown(kind: str) -> None:
    frames = [Image.new("RGB", (64, 64), colour) for colour in (RED, (0, 0, 255))]
    data = encoded(frames[0], kind, save_all=True, append_images=frames[1:], duration=100)
    assert near(opened(decode_photo(data, LIMITS)), (30, 30), RED)


def test_orientation_is_honoured_and_metadata_left_behind() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by 90 degrees
    exif[0x010E] = "a secret description"
    exif.get_ifd(0x8825)[2] = (52.0, 30.0, 1.0)  # GPS latitude
    photo = decode_photo(encoded(picture(), "JPEG", exif=exif, comment=b"a secret comment"), LIMITS)
    assert (photo.width, photo.height) == (160, 256)
    assert near(opened(photo), (80, 20), RED)
    assert not opened(photo).getexif()
    assert b"secret" not in photo.jpeg
    assert b"Exif" not in photo.jpeg


@pytest.mark.filterwarnings("ignore:Corrupt EXIF")
def test_damaged_exif_does_not_spoil_a_good_picture() -> None:
    data = encoded(picture(), "JPEG", exif=b"Exif\x00\x00MM\x00*\xff\xff\xff\xff garbage")
    assert near(opened(decode_photo(data, LIMITS)), (40, 80), RED)


def test_colour_profiles_are_applied_and_dropped() -> None:
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    for profile in (srgb, lab, b"no profile"):
        image = opened(decode_photo(encoded(picture(), "JPEG", icc_profile=profile), LIMITS))
        assert near(image, (40, 80), RED)
        assert "icc_profile" not in image.info


def test_the_name_of_the_type_is_read_from_the_content() -> None:
    zipped = encoded(picture(), "JPEG") + b"PK\x03\x04<script>alert(1)</script>"
    assert b"script" not in decode_photo(zipped, LIMITS).jpeg


@pytest.mark.parametrize(
    "data",
    [
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"<!doctype html><img src=x>",
        b"GIF89a" + bytes(100),
        b"BM" + bytes(100),
        b"%PDF-1.7",
        b"\x1f\x8b\x08" + bytes(50),
        b"%!PS-Adobe-3.0 EPSF-3.0",
        b"II*\x00" + bytes(50),
        b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom",
        b"x",
    ],
)
def test_other_types_are_refused(data: bytes) -> None:
    assert code(data) == "photo_unsupported_type"


def test_an_empty_file() -> None:
    assert code(b"") == "unreadable_photo"


@pytest.mark.parametrize("kind", FORMATS)
def test_truncated_files(kind: str) -> None:
    data = encoded(picture(), kind)
    assert code(data[: len(data) // 2]) == "unreadable_photo"


def test_too_many_bytes() -> None:
    assert code(encoded(picture(), "PNG") + bytes(LIMITS.max_bytes)) == "photo_too_large"


@pytest.mark.parametrize("kind", FORMATS)
def test_too_many_pixels(kind: str) -> None:
    assert code(encoded(Image.new("L", (1200, 900)).convert("RGB"), kind)) == "photo_too_large"


def test_a_bomb_is_not_unpacked() -> None:
    """65,500 by 65,500 pixels in a few kilobytes: judged by its header."""
    small = bytearray(encoded(Image.new("L", (64, 64)), "PNG"))
    header = b"IHDR" + (65_500).to_bytes(4, "big") * 2 + small[24:29]
    small[12:33] = header + zlib.crc32(header).to_bytes(4, "big")
    assert code(bytes(small)) == "photo_too_large"


MEGABYTES = 14 * 1024 * 1024
FULL = DecodeLimits()
AVIF_HEAD = b"\x00\x00\x00\x0cftypavif"


def table(kind: bytes, content: bytes) -> bytes:
    return (8 + len(content)).to_bytes(4, "big") + kind + content


@pytest.mark.timeout(120)
@pytest.mark.parametrize(
    "data",
    [
        b"\xff\xd8\xff\xe0\x00\x02" + b"\xff\x01" * (MEGABYTES // 2),
        AVIF_HEAD + b"\x00\x00\x00\x08free" * (MEGABYTES // 8),
        AVIF_HEAD + table(b"meta", bytes(4) + table(b"iloc", b"\x02\x00\x00\x00" + b"\x00\x00" + b"\xff" * MEGABYTES)),
        AVIF_HEAD + table(b"meta", bytes(4) + table(b"iloc", b"\x01\x00\x00\x00\x00\x00\xff\xff" + b"\xff" * 500_000)),
        AVIF_HEAD.replace(b"avif", b"heic")
        + table(b"meta", bytes(4) + table(b"iprp", table(b"ipma", bytes(4) + b"\xff" * MEGABYTES))),
    ],
    ids=["markers", "boxes", "items", "pieces", "associations"],
)
def test_megabytes_that_only_keep_a_reader_busy(data: bytes) -> None:
    """Each would take a reader that believes it minutes; the time-out is for slow machines."""
    began = time.process_time()
    assert code(data, FULL) == "unreadable_photo"
    assert time.process_time() - began < 30


@pytest.mark.parametrize("size", [(1, 1), (500, 3)])
def test_pictures_too_small_to_show_anything(size: tuple[int, int]) -> None:
    assert code(encoded(Image.new("RGB", size), "PNG")) == "unreadable_photo"


def test_a_container_that_lies_about_the_size_of_its_stream() -> None:
    """64 by 64 pixels are announced, 512 by 512 would be unpacked."""
    tight = DecodeLimits(max_pixels=100_000, max_side_px=256)
    honest = encoded(Image.new("RGB", (512, 512), RED), "AVIF")
    at = honest.index(b"ispe") + 8
    assert code(honest, tight) == "photo_too_large"
    assert code(honest[:at] + (64).to_bytes(4, "big") * 2 + honest[at + 8 :], tight) == "photo_too_large"


def test_an_animated_avif_is_its_still_picture() -> None:
    frames = [Image.new("RGB", (64, 64), colour) for colour in (RED, (0, 0, 255))]
    data = encoded(frames[0], "AVIF", save_all=True, append_images=frames[1:], duration=100)
    assert data[8:12] == b"avis"
    assert near(opened(decode_photo(data, LIMITS)), (30, 30), RED)


def test_a_thousand_scans_are_not_made() -> None:
    """Each is a pass over the whole picture, for a few bytes."""
    data = encoded(picture(), "JPEG", progressive=True)
    last = data.rindex(b"\xff\xda")
    assert decode_photo(data, LIMITS)
    assert code(data[:-2] + data[last:-2] * 1000 + data[-2:]) == "unreadable_photo"


def test_what_follows_a_picture_is_not_counted() -> None:
    """A motion photo carries a film behind it, in which anything may stand."""
    film = b"\xff\xda\x00\x08" * 10_000
    assert near(opened(decode_photo(encoded(picture(), "JPEG") + film, LIMITS)), (40, 80), RED)


def test_an_embedded_preview_is_not_counted() -> None:
    """A maker note may hold whole JPEGs."""
    exif = Image.Exif()
    exif[0x927C] = b"\xff\xda\x00\x08" * 1000
    assert decode_photo(encoded(picture(), "JPEG", exif=exif), LIMITS)


MODES = {"JPEG": "RGB L CMYK", "PNG": "RGB RGBA LA P L I;16", "WEBP": "RGB RGBA", "AVIF": "RGB RGBA"}


@pytest.mark.parametrize(("kind", "mode"), [(kind, mode) for kind, modes in MODES.items() for mode in modes.split()])
def test_every_mode_in_every_format_stands_upright(kind: str, mode: str) -> None:
    """Red at the left of what is stored, turned by 90 degrees: red on top."""
    deep = Image.fromarray(np.asarray(picture().convert("L")).astype(np.uint16) * 257)
    exif = Image.Exif()
    exif[0x0112] = 6
    data = encoded(deep if mode == "I;16" else picture().convert(mode), kind, exif=exif)
    photo = decode_photo(data, LIMITS)
    assert (photo.width, photo.height) == (160, 256)
    pixels = np.asarray(opened(photo).convert("L"), np.int64)
    assert abs(pixels[20:100].mean() - 85) < 40
    assert pixels[200:].mean() > 180


def test_large_pictures_wait_for_each_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(image_module, "LARGE_PIXELS", 1000)
    data, under_way, most = encoded(picture(), "PNG"), 0, 0

    def loaded(opened: Image.Image, *rest: Any) -> Image.Image:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        try:
            return load(opened, *rest)
        finally:
            under_way -= 1

    load = image_module._load
    monkeypatch.setattr(image_module, "_load", loaded)
    with ThreadPoolExecutor(8) as threads:
        assert len(list(threads.map(lambda _: decode_photo(data, LIMITS), range(40)))) == 40
    assert most == 1
