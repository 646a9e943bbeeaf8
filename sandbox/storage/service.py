"""What Storage does with objects, apart from HTTP: uploads, reads, lists, moves, deletions."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from fnmatch import fnmatchcase
from typing import Any

from psycopg.rows import DictRow

from sandbox.pools import Pool
from sandbox.storage import errors, rows
from sandbox.storage.caller import Caller, acting_as
from sandbox.storage.files import MAX_BYTES, FileStore, Received
from sandbox.storage.names import check_object_name, folder_prefix
from sandbox.storage.signing import UrlSigner

MAX_LISTED = 1000
REPLACED_MEANWHILE = 3  # lookups before an object counts as gone


@dataclass(frozen=True)
class Upload:
    """What a client sends with a file."""

    content: AsyncIterator[bytes]
    mimetype: str
    cache_control: str = "max-age=3600"
    user_metadata: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class StoredObject:
    """An object that the caller may read: its row and its bytes."""

    row: DictRow
    content: bytes


@dataclass(frozen=True)
class StorageService:
    """Objects of one project. `pool` connects as Storage's own role. Raises StorageError for refusals."""

    pool: Pool
    files: FileStore
    signer: UrlSigner
    clock: Callable[[], datetime]

    async def upload(self, caller: Caller, bucket: str, name: str, upload: Upload, *, upsert: bool) -> dict[str, str]:
        """Stores a file under a path, in the caller's role; with `upsert` over what is there."""
        check_object_name(name)
        found = await self._bucket(bucket)
        _check_type(found, upload.mimetype)
        received = await self.files.receive(upload.content, found["file_size_limit"] or MAX_BYTES)
        try:
            object_id = await self._book(caller, bucket, name, received, upload, upsert=upsert)
        finally:
            received.path.unlink(missing_ok=True)
        return {"Key": f"{bucket}/{name}", "Id": object_id}

    async def read(self, caller: Caller, bucket: str, name: str) -> StoredObject:
        """An object that the caller's policies let it see."""
        check_object_name(name)

        async def look() -> DictRow | None:
            async with acting_as(self.pool, caller) as connection:
                return await rows.find(connection, bucket, name)

        return await self._load(look)

    async def read_public(self, bucket: str, name: str) -> StoredObject:
        """An object of a public bucket, for anybody."""
        if not (await self._bucket(bucket))["public"]:
            raise errors.bucket_not_found()
        return await self._read_as_owner(bucket, name)

    async def read_signed(self, token: str, bucket: str, name: str) -> StoredObject:
        """An object, for whoever holds a signed URL of it."""
        self.signer.check(token, bucket, name)
        return await self._read_as_owner(bucket, name)

    async def sign(self, caller: Caller, bucket: str, name: str, seconds: int) -> str:
        """A signed URL's path for an object that the caller may see."""
        await self.read(caller, bucket, name)
        return self.signer.sign(bucket, name, seconds, self.clock())

    async def delete(self, caller: Caller, bucket: str, names: Sequence[str]) -> list[DictRow]:
        """Deletes what the caller may delete; what that was."""
        async with acting_as(self.pool, caller) as connection:
            deleted = await rows.delete(connection, bucket, [check_object_name(name) for name in names])
        for row in deleted:
            await self.files.drop(row["version"])
        return deleted

    async def move(self, caller: Caller, source: tuple[str, str], target: tuple[str, str]) -> None:
        """Renames an object, in the caller's role."""
        async with acting_as(self.pool, caller) as connection:
            moved = await rows.rename(connection, source[0], source[1], target[0], check_object_name(target[1]))
        if not moved:
            raise errors.object_not_found()

    async def copy(self, caller: Caller, source: tuple[str, str], target: tuple[str, str]) -> dict[str, str]:
        """Copies an object, in the caller's role."""
        stored = await self.read(caller, *source)
        check_object_name(target[1])
        await self._bucket(target[0])
        metadata = stored.row["metadata"]
        received = await self.files.receive(_blocks(stored.content), MAX_BYTES)
        upload = Upload(
            _blocks(stored.content), metadata["mimetype"], metadata["cacheControl"], stored.row["user_metadata"]
        )
        try:
            object_id = await self._book(caller, *target, received, upload, upsert=False)
        finally:
            received.path.unlink(missing_ok=True)
        return {"Key": "/".join(target), "Id": object_id}

    async def list(self, caller: Caller, bucket: str, body: Mapping[str, Any]) -> list[DictRow]:
        """One folder's objects and folders, as far as the caller may see them."""
        sort = body.get("sortBy") or {}
        async with acting_as(self.pool, caller) as connection:
            return await rows.listing(
                connection,
                bucket,
                folder_prefix(str(body.get("prefix") or "")),
                search=str(body.get("search") or ""),
                limit=min(int(body.get("limit") or 100), MAX_LISTED),
                offset=max(int(body.get("offset") or 0), 0),
                column=str(sort.get("column", "name")),
                descending=sort.get("order") == "desc",
            )

    async def _book(
        self, caller: Caller, bucket: str, name: str, received: Received, upload: Upload, *, upsert: bool
    ) -> str:
        """Writes the object's row as the caller; the file is in place before the row is committed."""
        previous = await self._version(bucket, name) if upsert else None
        values = self._values(caller, bucket, name, received, upload)
        async with acting_as(self.pool, caller) as connection:
            await rows.insert(connection, values, upsert=upsert)
            await self.files.keep(received, values["version"])
        await self.files.drop(previous)
        return str(values["id"])

    def _values(self, caller: Caller, bucket: str, name: str, received: Received, upload: Upload) -> dict[str, Any]:
        metadata = {
            "eTag": received.etag,
            "size": received.size,
            "mimetype": upload.mimetype,
            "cacheControl": upload.cache_control,
            "lastModified": self.clock().isoformat(),
            "contentLength": received.size,
            "httpStatusCode": 200,
        }
        return {
            "id": str(uuid.uuid4()),
            "bucket_id": bucket,
            "name": name,
            "owner": caller.owner,
            "metadata": metadata,
            "user_metadata": dict(upload.user_metadata) if upload.user_metadata is not None else None,
            "version": str(uuid.uuid4()),
        }

    async def _bucket(self, bucket: str) -> DictRow:
        async with self.pool.connection() as connection:
            found = await rows.bucket(connection, bucket)
        if found is None:
            raise errors.bucket_not_found()
        return found

    async def _version(self, bucket: str, name: str) -> str | None:
        async with self.pool.connection() as connection:
            row = await rows.find(connection, bucket, name)
        return None if row is None else str(row["version"])

    async def _read_as_owner(self, bucket: str, name: str) -> StoredObject:
        check_object_name(name)

        async def look() -> DictRow | None:
            async with self.pool.connection() as connection:
                return await rows.find(connection, bucket, name)

        return await self._load(look)

    async def _load(self, look: Callable[[], Awaitable[DictRow | None]]) -> StoredObject:
        """The object as one version: looked up again when it was replaced between row and file."""
        for _ in range(REPLACED_MEANWHILE):
            row = await look()
            if row is None or not row["version"]:
                break
            content = await self.files.read(row["version"])
            if content is not None:
                return StoredObject(row, content)
        raise errors.object_not_found()


def _check_type(bucket: DictRow, mimetype: str) -> None:
    allowed = bucket["allowed_mime_types"]
    bare = mimetype.split(";")[0].strip().lower()
    if allowed and not any(fnmatchcase(bare, pattern) for pattern in allowed):
        raise errors.wrong_type(mimetype)


async def _blocks(content: bytes) -> AsyncIterator[bytes]:
    yield content
