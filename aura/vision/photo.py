"""The photo as every analyzer sees it: small, upright, plain RGB, and with nothing in it but the picture."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Photo:
    """A decoded photo, safe to show to an analyzer or to send away.

    Attributes:
        jpeg: the picture re-encoded as an sRGB JPEG without EXIF, GPS, comment or colour profile.
        width, height: of that picture, in pixels.
        content_hash: see ``content_hash``, of the *original* bytes.
    """

    jpeg: bytes = field(repr=False)
    width: int
    height: int
    content_hash: str


def content_hash(data: bytes) -> str:
    """``"sha256:"`` and the hex digest: what tells photos apart by what is in them."""
    return f"sha256:{hashlib.sha256(data).hexdigest()}"
