"""The only place where bytes from outside become a picture.

Promises: whatever the bytes are, ``decode_photo`` returns a ``Photo`` or raises ``Permanent`` with a code
that the app can show; nothing is unpacked before its size is known; what comes out is upright, in sRGB,
free of metadata and no larger than asked for. It needs tens to hundreds of milliseconds of CPU and no
event loop: call it in a thread.

The type is read from the first bytes, never from a name or a header that a server sent, and only that
one decoder is then allowed to look at the rest.
"""

from __future__ import annotations

import io
import struct
import warnings
import zlib
from dataclasses import dataclass

import numpy as np
import pillow_heif
from PIL import Image, ImageCms, ImageOps

from aura.errors import Permanent
from aura.vision.photo import Photo, content_hash

JPEG_QUALITY = 90
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
    picture = _plain(_decode(data, kind, limits), limits)
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


def _decode(data: bytes, kind: str, limits: DecodeLimits) -> Image.Image:
    """The pixels, at no more than about twice the wanted size where the format can scale."""
    Image.MAX_IMAGE_PIXELS = limits.max_pixels
    try:
        picture = Image.open(io.BytesIO(data), formats=(kind,))
        _check_size(picture.size, limits)
        picture.draft("RGB", (limits.max_side_px, limits.max_side_px))
        picture.load()
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):  # the warning where it is made an error
        raise _too_many_pixels(limits) from None
    except DECODER_ERRORS as error:
        raise Permanent("unreadable_photo", f"The {kind} picture is damaged ({type(error).__name__}).") from error
    return picture


def _check_size(size: tuple[int, int], limits: DecodeLimits) -> None:
    width, height = size
    if width * height > limits.max_pixels:
        raise _too_many_pixels(limits)
    if min(size) < limits.min_side_px:
        raise Permanent("unreadable_photo", f"The photo is only {width} by {height} pixels.")


def _too_many_pixels(limits: DecodeLimits) -> Permanent:
    return Permanent("photo_too_large", f"The photo has more than {limits.max_pixels / 1e6:g} million pixels.")


def _plain(picture: Image.Image, limits: DecodeLimits) -> Image.Image:
    """Upright, small, sRGB, on white; a new image, so that no metadata comes along."""
    profile = picture.info.get("icc_profile")
    picture = _eight_bits(_upright(picture))
    picture.thumbnail((limits.max_side_px, limits.max_side_px), Image.Resampling.LANCZOS, reducing_gap=2.0)
    picture = _standard_colours(picture, profile)
    plain = Image.new("RGB", picture.size, "white")
    plain.paste(picture.convert("RGB"), mask=picture.getchannel("A") if picture.mode == "RGBA" else None)
    return plain


def _upright(picture: Image.Image) -> Image.Image:
    try:
        return ImageOps.exif_transpose(picture)
    except DECODER_ERRORS:  # a good picture with damaged EXIF is still a good picture
        return picture


def _eight_bits(picture: Image.Image) -> Image.Image:
    """One of the modes L, RGB, RGBA, CMYK: those that resize smoothly and have 8 bits a channel."""
    if picture.mode.startswith("I"):
        grey = np.asarray(picture).astype(np.int64).clip(0, 0xFFFF) >> 8
        return Image.fromarray(grey.astype(np.uint8))
    if picture.has_transparency_data:
        return picture.convert("RGBA")
    return picture if picture.mode in ("L", "RGB", "CMYK") else picture.convert("RGB")


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
