"""Files that are served from memory as they are: few, small when packed, and the same for everybody.

They are kept packed, because nearly every client takes them so; for the others they are unpacked off the event
loop. Each has an ETag of its contents, so a browser that has it asks in vain only once in a while.
"""

from __future__ import annotations

import asyncio
import gzip
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Self

from aiohttp import ETag, hdrs, web

_PACK_FROM_BYTES = 1024


@dataclass(frozen=True, slots=True)
class StaticFile:
    """One file: its contents (packed or not), its type, and headers of its own."""

    body: bytes = field(repr=False)
    packed: bool
    content_type: str
    tag: str
    headers: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, content: bytes, content_type: str, *, packed: bool = False, headers: dict[str, str]) -> Self:
        """A file with these contents; packed here if that is worth it and was not done before."""
        if not packed and len(content) >= _PACK_FROM_BYTES:
            content, packed = gzip.compress(content, 9, mtime=0), True
        return cls(content, packed, content_type, sha256(content).hexdigest()[:32], headers)

    async def answer(self, request: web.Request) -> web.Response:
        """The file, or that what the client has is still it."""
        headers = {**self.headers, hdrs.VARY: hdrs.ACCEPT_ENCODING}
        response = web.Response(status=304, headers=headers)
        if not self._known(request):
            response = web.Response(headers=headers, content_type=self.content_type, charset=self._charset())
            await self._fill(response, request)
        response.etag = ETag(self.tag, is_weak=True)
        return response

    async def _fill(self, response: web.Response, request: web.Request) -> None:
        if self.packed and not _takes_gzip(request):
            response.body = await asyncio.to_thread(gzip.decompress, self.body)
            return
        if self.packed:
            response.headers[hdrs.CONTENT_ENCODING] = "gzip"
        response.body = self.body

    def _known(self, request: web.Request) -> bool:
        return any(etag.value in {self.tag, "*"} for etag in request.if_none_match or ())

    def _charset(self) -> str | None:
        return "utf-8" if self.content_type.startswith("text/") else None


def _takes_gzip(request: web.Request) -> bool:
    """Whether gzip is named and not refused by ``q=0``."""
    for part in request.headers.get(hdrs.ACCEPT_ENCODING, "").lower().split(","):
        name, _, quality = part.partition(";")
        if name.strip() == "gzip":
            return quality.replace(" ", "") not in {"q=0", "q=0.0", "q=0.00", "q=0.000"}
    return False
