"""The bytes of the objects: one file a version, under a random name, written before it is known.

An upload goes to a temporary file and is renamed into place only when its row is accepted, so a
reader never sees half a photo and a refused upload leaves nothing.
"""

from __future__ import annotations

import asyncio
import hashlib
import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

from sandbox.storage import errors

MAX_BYTES = 50 * 1024 * 1024  # a hosted project's default file size limit


@dataclass(frozen=True)
class Received:
    """An upload on disk that nobody can read yet; `etag` is quoted, as in the HTTP header."""

    path: Path
    size: int
    etag: str


class FileStore:
    """A folder of versions."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def create(self) -> None:
        """Makes the folder (readable by the sandbox only) and drops unfinished uploads."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for unfinished in self._folder.glob("*.part"):
            unfinished.unlink()

    def path(self, version: str) -> Path:
        """Where a version's bytes are. A version is a UUID that the sandbox chose."""
        return self._folder / str(uuid.UUID(version))

    async def receive(self, chunks: AsyncIterator[bytes], limit: int) -> Received:
        """Stores a stream; raises StorageError, and keeps nothing, when it exceeds `limit` bytes."""
        part = self._folder / f"{uuid.uuid4()}.part"
        try:
            return await self._write(part, chunks, min(limit, MAX_BYTES))
        except BaseException:
            part.unlink(missing_ok=True)
            raise

    async def keep(self, received: Received, version: str) -> None:
        """Makes an upload readable as `version`."""
        await asyncio.to_thread(received.path.rename, self.path(version))

    async def drop(self, version: str | None) -> None:
        """Deletes a version, if it is there."""
        if version is not None:
            await asyncio.to_thread(self.path(version).unlink, missing_ok=True)

    async def read(self, version: str) -> bytes | None:
        """A version's bytes; None when it was dropped meanwhile."""
        try:
            return await asyncio.to_thread(self.path(version).read_bytes)
        except FileNotFoundError:
            return None

    async def _write(self, part: Path, chunks: AsyncIterator[bytes], limit: int) -> Received:
        size, digest = 0, hashlib.md5(usedforsecurity=False)
        with await asyncio.to_thread(part.open, "xb") as target:
            async for chunk in chunks:
                size += len(chunk)
                if size > limit:
                    raise errors.too_large()
                digest.update(chunk)
                await asyncio.to_thread(target.write, chunk)
        return Received(part, size, f'"{digest.hexdigest()}"')
