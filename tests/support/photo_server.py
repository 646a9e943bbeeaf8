"""Serves photos on the loopback interface, for tests whose project has no bucket for them."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from uuid import uuid4

from aiohttp import web

HOST = "127.0.0.1"


@dataclass
class PhotoServer:
    """Photos by path, and how often each was fetched. While ``gate`` is not set, whoever asks waits."""

    port: int = 0
    fetched: dict[str, int] = field(default_factory=dict)
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    _photos: dict[str, bytes] = field(default_factory=dict)

    @property
    def origin(self) -> str:
        """Scheme, host and port."""
        return f"http://{HOST}:{self.port}"

    def publish(self, photo: bytes) -> str:
        """The URL under which a JPEG can be fetched now."""
        path = f"/{uuid4()}.jpg"
        self._photos[path] = photo
        return self.origin + path

    @property
    def content_hashes(self) -> list[str]:
        """Of everything published, as ``ai_tags`` names them."""
        return ["sha256:" + hashlib.sha256(photo).hexdigest() for photo in self._photos.values()]

    async def answer(self, request: web.Request) -> web.Response:
        """A photo, or 404."""
        if request.path not in self._photos:
            raise web.HTTPNotFound
        self.fetched[request.path] = self.fetched.get(request.path, 0) + 1
        await self.gate.wait()
        return web.Response(body=self._photos[request.path], content_type="image/jpeg")


@asynccontextmanager
async def serving_photos() -> AsyncIterator[PhotoServer]:
    """A running server on a free port."""
    photos = PhotoServer()
    photos.gate.set()
    app = web.Application()
    app.router.add_get("/{path:.*}", photos.answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        site = web.TCPSite(runner, HOST, 0)
        await site.start()
        photos.port = runner.addresses[0][1]
        yield photos
    finally:
        photos.gate.set()
        await runner.cleanup()
