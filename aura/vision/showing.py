"""An analysis together with where the garment was seen, for people who want to look at how it came about."""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

from PIL import Image

from aura.vision.analyzer import Analysis
from aura.vision.photo import Photo

THUMBNAIL_PX = 256


@dataclass(frozen=True, slots=True)
class Seen:
    """An analysis; ``mask`` is a grey PNG of the photo's proportions, white where the garment is, or None."""

    analysis: Analysis
    mask: bytes | None = field(default=None, repr=False)


@runtime_checkable
class Seeing(Protocol):
    """An analyzer that can say where on the photo it saw the garment."""

    async def see(self, photo: Photo) -> Seen:
        """As ``Analyzer.analyze``, with the mask."""
        ...


def thumbnail(photo: Photo) -> bytes:
    """The photo as a JPEG whose longer side has at most 256 pixels."""
    picture = Image.open(io.BytesIO(photo.jpeg), formats=("JPEG",))
    picture.draft("RGB", (THUMBNAIL_PX, THUMBNAIL_PX))
    picture.thumbnail((THUMBNAIL_PX, THUMBNAIL_PX))
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=85)
    return out.getvalue()
