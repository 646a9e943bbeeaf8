"""Shows the decoder thousands of damaged pictures, in a process of its own that may use little memory and time.

``python -m tests.support.decoder_fuzz EXAMPLES``. A crash ends the process, a picture that takes longer than
``SECONDS`` ends it with a trace of every thread, memory beyond ``MEMORY`` fails in the decoder. Says at the end how
many pictures were read and how many refused, and the most memory that was used, as JSON.
"""

from __future__ import annotations

import faulthandler
import io
import json
import resource
import sys
from collections import Counter
from pathlib import Path

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from aura.errors import Permanent
from aura.vision.image import DecodeLimits, decode_photo

SECONDS = 60
MEMORY = 1024 * 1024 * 1024
LIMITS = DecodeLimits(max_bytes=1_000_000, max_pixels=1_000_000, max_side_px=128)
EXPECTED = {"read", "photo_unsupported_type", "photo_too_large", "unreadable_photo"}
# Sizes and lengths that break readers.
NUMBERS = (0, 1, 2, 0x7F, 0xFF, 0x3FFF, 0x7FFF, 0xFFFF, 0x10000, 0x7FFFFFFF, 0x80000000, 0xFFFFFFF0, 0xFFFFFFFF)
Kinds = Counter[str]


def samples() -> list[bytes]:
    """A small real file of each format in each of its ways."""
    pixels = np.linspace(0, 255, 96 * 64 * 3).astype(np.uint8).reshape(64, 96, 3)
    image = Image.fromarray(pixels)
    clear = image.convert("RGBA")
    clear.putalpha(128)
    film = {"save_all": True, "append_images": [image.rotate(90), image.rotate(180)], "duration": 50}
    deep = Image.fromarray(pixels[:, :, 0].astype(np.uint16) * 257)
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010E] = "a description"
    profile = Path(__file__).parents[1] / "data" / "photos" / "polo-navy.jpg"
    written = [
        *(encoded(image, "JPEG", progressive=progressive, exif=exif) for progressive in (False, True)),
        *(encoded(image.convert(mode), "JPEG") for mode in ("L", "CMYK")),
        *(encoded(each, "PNG", exif=exif) for each in (image, clear, deep, image.convert("P"), image.convert("1"))),
        *(encoded(image, "WEBP", lossless=lossless) for lossless in (False, True)),
        *(encoded(clear, kind) for kind in ("WEBP", "AVIF", "HEIF")),
        *(encoded(image, kind, **film) for kind in ("PNG", "WEBP", "AVIF")),
        *(encoded(image, kind, exif=exif) for kind in ("AVIF", "HEIF")),
    ]
    return [*written, profile.read_bytes()]


def encoded(image: Image.Image, kind: str, **options: object) -> bytes:
    """The picture as a file."""
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


@st.composite
def damaged(draw: st.DrawFn, files: list[bytes]) -> bytes:
    """A real file with bytes overwritten, cut out, put in, repeated, or taken from another file; or cut short."""
    data = bytearray(draw(st.sampled_from(files)))
    for _ in range(draw(st.integers(1, 5))):
        at = draw(st.integers(0, len(data)))
        match draw(st.sampled_from(["patch", "number", "repeat", "splice", "cut short"])):
            case "patch":
                data[at : at + draw(st.integers(0, 8))] = draw(st.binary(max_size=8))
            case "number":
                size = draw(st.sampled_from([1, 2, 4]))
                number = draw(st.sampled_from(NUMBERS)) & ((1 << 8 * size) - 1)
                data[at : at + size] = number.to_bytes(size, draw(st.sampled_from(["big", "little"])))
            case "repeat":
                data[at:at] = data[at : at + draw(st.integers(1, 64))] * draw(st.integers(1, 50))
            case "splice":
                other = draw(st.sampled_from(files))
                start = draw(st.integers(0, len(other)))
                data[at : at + draw(st.integers(0, 64))] = other[start : start + draw(st.integers(1, 256))]
            case "cut short":
                del data[at:]
    return bytes(data)


def fuzz(examples: int) -> Kinds:
    """What became of that many pictures, by code."""
    became: Kinds = Counter()

    @settings(max_examples=examples, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(damaged(samples()))
    def show(data: bytes) -> None:
        faulthandler.dump_traceback_later(SECONDS, exit=True)
        try:
            photo = decode_photo(data, LIMITS)
        except Permanent as refused:
            became[refused.code] += 1
        else:
            assert max(photo.width, photo.height) <= LIMITS.max_side_px
            became["read"] += 1
        assert set(became) <= EXPECTED

    show()
    faulthandler.cancel_dump_traceback_later()
    return became


def main(examples: int) -> None:
    """Fuzz within bounds, and tell."""
    base = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (used + MEMORY, used + MEMORY))
    became = fuzz(examples)
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - base
    print(json.dumps({**became, "extra_mb": most // 1024}))


if __name__ == "__main__":
    main(int(sys.argv[1]))
