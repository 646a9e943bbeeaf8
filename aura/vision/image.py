"""The only place where bytes from outside become a picture.

Promises: whatever the bytes are, ``decode_photo`` returns a ``Photo`` or raises ``Permanent`` with a code
that the app can show; nothing is unpacked before its size is known, as its decoder will see it; what comes out is
upright, in sRGB, free of metadata and no larger than asked for. It needs tens of milliseconds to seconds of CPU (40
million pixels) and no event loop: call it in a thread. Memory: up to about 0.7 GB for 40 million pixels, one such
picture at a time.

The type is read from the first bytes, never from a name or a header that a server sent, and only that
one decoder is then allowed to look at the rest.
"""

from __future__ import annotations

import io
import struct
import threading
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass

import numpy as np
import pillow_heif
from PIL import Image, ImageCms, ImageOps

from aura.errors import Permanent
from aura.vision.av1 import coded_pixels
from aura.vision.bmff import Damaged
from aura.vision.heif import unpacked_pixels
from aura.vision.jpeg import scans
from aura.vision.photo import Photo, content_hash

JPEG_QUALITY = 90
# Pictures larger than phones take by default are unpacked one at a time.
LARGE_PIXELS = 13_000_000
STRIP_ROWS = 256
# Progressive pictures have about ten scans.
MOST_SCANS = 100
# Colour and alpha are streams of their own, tiles are rounded up, and a grid counts beside its tiles.
OVERHEAD = 4
HEIF_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"})
AVIF_BRANDS = frozenset({b"avif", b"avis"})
# What the decoders were seen to raise on damaged files; anything else would be a defect of ours.
DECODER_ERRORS = (
    OSError,
    ValueError,
    SyntaxError,
    EOFError,
    TypeError,
    LookupError,
    ArithmeticError,
    RuntimeError,
    struct.error,
    zlib.error,
)

pillow_heif.register_heif_opener()
_large = threading.Lock()
# Sizes are judged by our own limit below, with an error instead of a warning.
warnings.filterwarnings("ignore", category=Image.DecompressionBombWarning)


@dataclass(frozen=True, slots=True)
class DecodeLimits:
    """Bounds of what is accepted (bytes, pixels, shortest side) and of what comes out (longest side)."""

    max_bytes: int = 15 * 1024 * 1024
    max_pixels: int = 40_000_000
    max_side_px: int = 1024
    min_side_px: int = 16


def decode_photo(data: bytes, limits: DecodeLimits | None = None) -> Photo:
    """The picture in ``data``: JPEG, PNG, WebP, HEIC or AVIF; of an animation its first frame.

    Raises:
        Permanent: ``photo_unsupported_type`` (no such picture at all), ``photo_too_large`` (bytes or
            pixels) or ``unreadable_photo`` (damaged, empty or too small to show anything).
    """
    limits = limits or DecodeLimits()
    kind = _sniff(data, limits)
    _check_work(data, kind, limits)
    with _one_large_at_a_time(data, kind, limits) as opened:
        picture = _plain(_load(opened, kind, limits), limits)
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=JPEG_QUALITY)
    return Photo(out.getvalue(), picture.width, picture.height, content_hash(data))


def _sniff(data: bytes, limits: DecodeLimits) -> str:
    """Pillow's name of the format that the first bytes announce."""
    if not data:
        raise Permanent("unreadable_photo", "The photo is an empty file.")
    if len(data) > limits.max_bytes:
        raise Permanent("photo_too_large", f"The photo is larger than {limits.max_bytes / 2**20:g} MB.")
    if data.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "PNG"
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "WEBP"
    return _sniff_brands(data)


def _sniff_brands(data: bytes) -> str:
    """HEIC and AVIF share a container (ISO 14496-12), whose first box lists the brands of its content."""
    size = min(int.from_bytes(data[:4], "big"), 256)
    brands = {data[at : at + 4] for at in range(8, size, 4)} if data[4:8] == b"ftyp" else set()
    if brands & AVIF_BRANDS:
        return "AVIF"
    if brands & HEIF_BRANDS:
        return "HEIF"
    raise Permanent("photo_unsupported_type", "The file is not a JPEG, PNG, WebP, HEIC or AVIF picture.")


def _check_work(data: bytes, kind: str, limits: DecodeLimits) -> None:
    """Refuse what would cost its decoder more than the size that it announces."""
    if kind == "JPEG" and scans(data, MOST_SCANS + 1) > MOST_SCANS:
        raise Permanent("unreadable_photo", f"The JPEG picture has more than {MOST_SCANS} scans.")
    try:
        largest, total = _unpacked(data, kind)
    except Damaged as error:
        raise Permanent("unreadable_photo", f"The {kind} picture is damaged ({error}).") from error
    if largest > limits.max_pixels or total > OVERHEAD * limits.max_pixels:
        raise _too_many_pixels(limits)


def _unpacked(data: bytes, kind: str) -> tuple[int, int]:
    """Pixels of the largest picture that the decoder unpacks, and of all; 0 where it is as large as is announced."""
    if kind == "AVIF":
        pixels = list(coded_pixels(data))
        return max(pixels, default=0), sum(pixels)
    return unpacked_pixels(data) if kind == "HEIF" else (0, 0)


@contextmanager
def _one_large_at_a_time(data: bytes, kind: str, limits: DecodeLimits) -> Iterator[Image.Image]:
    """The picture, opened. Large ones wait for each other, for some need 20 bytes a pixel (WebP with transparency)."""
    picture = _open(data, kind, limits)
    large = picture.width * picture.height > LARGE_PIXELS
    with picture, _large if large else nullcontext():
        yield picture


def _open(data: bytes, kind: str, limits: DecodeLimits) -> Image.Image:
    """Nothing is unpacked yet."""
    Image.MAX_IMAGE_PIXELS = limits.max_pixels
    with _damage_told(kind, limits):
        picture = Image.open(io.BytesIO(_still(data, kind)), formats=(kind,))
        _check_size(picture.size, limits)
    return picture


def _load(picture: Image.Image, kind: str, limits: DecodeLimits) -> Image.Image:
    """The pixels, at no more than about twice the wanted size where the format can scale."""
    with _damage_told(kind, limits):
        picture.draft("RGB", (limits.max_side_px, limits.max_side_px))
        picture.load()
    return picture


@contextmanager
def _damage_told(kind: str, limits: DecodeLimits) -> Iterator[None]:
    try:
        yield
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):  # the warning where it is made an error
        raise _too_many_pixels(limits) from None
    except DECODER_ERRORS as error:
        raise Permanent("unreadable_photo", f"The {kind} picture is damaged ({type(error).__name__}).") from error


def _still(data: bytes, kind: str) -> bytes:
    """An animated AVIF as the still picture that it also is: its frames, of whatever size, are not looked at."""
    return data[:8] + b"avif" + data[12:] if kind == "AVIF" and data[8:12] == b"avis" else data


def _check_size(size: tuple[int, int], limits: DecodeLimits) -> None:
    width, height = size
    if width * height > limits.max_pixels:
        raise _too_many_pixels(limits)
    if min(size) < limits.min_side_px:
        raise Permanent("unreadable_photo", f"The photo is only {width} by {height} pixels.")


def _too_many_pixels(limits: DecodeLimits) -> Permanent:
    return Permanent("photo_too_large", f"The photo has more than {limits.max_pixels / 1e6:g} million pixels.")


def _plain(picture: Image.Image, limits: DecodeLimits) -> Image.Image:
    """Upright, small, sRGB, on white; a new image, so that no metadata comes along. Small first: each copy before
    that is a large one."""
    profile = picture.info.get("icc_profile")
    picture = _eight_bits(picture)
    picture.thumbnail((limits.max_side_px, limits.max_side_px), Image.Resampling.LANCZOS, reducing_gap=2.0)
    picture = picture.convert("RGBA") if picture.mode == "LA" else picture
    picture = _standard_colours(_upright(picture), profile)
    plain = Image.new("RGB", picture.size, "white")
    plain.paste(picture.convert("RGB"), mask=picture.getchannel("A") if picture.mode == "RGBA" else None)
    return plain


def _upright(picture: Image.Image) -> Image.Image:
    try:
        return ImageOps.exif_transpose(picture)
    except DECODER_ERRORS:  # a good picture with damaged EXIF is still a good picture
        return picture


def _eight_bits(picture: Image.Image) -> Image.Image:
    """One of the modes L, LA, RGB, RGBA, CMYK: those that resize smoothly and have 8 bits a channel."""
    if picture.mode.startswith("I"):
        return _upper_bits(picture)
    if picture.mode in ("LA", "RGBA"):
        return picture
    if picture.has_transparency_data:
        return picture.convert("RGBA")
    return picture if picture.mode in ("L", "RGB", "CMYK") else picture.convert("RGB")


def _upper_bits(picture: Image.Image) -> Image.Image:
    """The upper 8 of 16 bits of grey, a strip at a time."""
    grey = Image.new("L", picture.size)
    for top in range(0, picture.height, STRIP_ROWS):
        strip = np.asarray(picture.crop((0, top, picture.width, min(top + STRIP_ROWS, picture.height))))
        grey.paste(Image.fromarray((strip.clip(0, 0xFFFF) >> 8).astype(np.uint8)), (0, top))
    grey.info = picture.info
    return grey


def _standard_colours(picture: Image.Image, profile: bytes | None) -> Image.Image:
    """Colours in sRGB: phones save Display P3 and cameras Adobe RGB, where equal numbers look different."""
    if not profile:
        return picture
    mode = "RGBA" if picture.mode == "RGBA" else "RGB"
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        converted = ImageCms.profileToProfile(picture, source, ImageCms.createProfile("sRGB"), outputMode=mode)
    except (ImageCms.PyCMSError, *DECODER_ERRORS):  # a profile for other channels, or no profile at all
        return picture
    return converted or picture
