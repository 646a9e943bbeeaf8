"""A host of photos, as many as are asked for, no two with the same bytes.

Every address below it answers with one of the sample photos, a JPEG comment that holds the address added: the
pictures decode at the cost of real ones while no answer of the analysis cache ever fits, so each item is analysed.
"""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from aiohttp import web

from sandbox.ports import LOOPBACK, free_port

SAMPLES = Path(__file__).resolve().parents[1] / "demo" / "photos"
# The start of a JPEG file and the marker of a comment segment (ITU-T T.81, B.1.1.3), whose length includes itself.
START, COMMENT = b"\xff\xd8", b"\xff\xfe"


class PhotoHost:
    """Addresses of photos that nobody has seen before. ``origin`` is what ``photos.allowed_hosts`` must name."""

    def __init__(self, origin: str) -> None:
        self.origin = origin
        self._numbers = itertools.count()

    def new_photo(self) -> str:
        """The address of another photo."""
        return f"{self.origin}/{next(self._numbers)}.jpg"


def commented(jpeg: bytes, comment: bytes) -> bytes:
    """The same picture with a comment."""
    return START + COMMENT + (len(comment) + 2).to_bytes(2, "big") + comment + jpeg[len(START) :]


def sample_photos() -> Sequence[Path]:
    """The demonstration's photos."""
    return sorted(SAMPLES.glob("*/*.jpg"))


@asynccontextmanager
async def photo_host() -> AsyncIterator[PhotoHost]:
    """The host, until the block ends."""
    photos = [path.read_bytes() for path in sample_photos()]

    async def answer(request: web.Request) -> web.Response:
        jpeg = photos[hash(request.path) % len(photos)]
        return web.Response(body=commented(jpeg, request.path.encode()), content_type="image/jpeg")

    app = web.Application()
    app.router.add_get("/{name}", answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    port = free_port()
    await web.TCPSite(runner, LOOPBACK, port).start()
    try:
        yield PhotoHost(f"http://{LOOPBACK}:{port}")
    finally:
        await runner.cleanup()
