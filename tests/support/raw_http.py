"""HTTP requests as exactly the bytes that are given: for what no HTTP library would send."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

DEADLINE_SECONDS = 20.0


@dataclass(frozen=True)
class RawAnswer:
    """All bytes that came back until the server closed."""

    data: bytes

    @property
    def text(self) -> str:
        """Head and body."""
        return self.data.decode("utf-8", "replace")

    @property
    def status(self) -> int:
        """The status; 0 where the connection ended without an answer."""
        return int(self.data.split(b" ", 2)[1]) if self.data.startswith(b"HTTP/1.") else 0

    def header(self, name: str) -> str | None:
        """The one header of this name; AssertionError where there are more."""
        head = self.text.partition("\r\n\r\n")[0].split("\r\n")[1:]
        found = [line.partition(":")[2].strip() for line in head if line.lower().startswith(f"{name.lower()}:")]
        assert len(found) <= 1, found
        return found[0] if found else None

    def json(self) -> Any:
        """The body."""
        return json.loads(self.text.partition("\r\n\r\n")[2])


async def ask(url: str, method: str, path: str, headers: Iterable[tuple[str, str]] = ()) -> RawAnswer:
    """One request without a body on a connection of its own; lone surrogates become the bytes they stand for."""
    host = urlsplit(url)
    lines = [f"{method} {path} HTTP/1.1", f"Host: {host.netloc}", "Connection: close", "Content-Length: 0"]
    lines += [f"{name}: {value}" for name, value in headers]
    request = "\r\n".join([*lines, "", ""]).encode("utf-8", "surrogateescape")
    async with asyncio.timeout(DEADLINE_SECONDS):
        reader, writer = await asyncio.open_connection(host.hostname, host.port)
        try:
            return RawAnswer(await _exchanged(reader, writer, request))
        finally:
            writer.close()


async def _exchanged(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: bytes) -> bytes:
    """A server may answer and close before it has read everything: what it said by then still counts."""
    answer = bytearray()
    try:
        writer.write(request)
        await writer.drain()
        while piece := await reader.read(65536):
            answer += piece
    except ConnectionError:
        pass
    return bytes(answer)
