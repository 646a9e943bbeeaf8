"""What Storage does with buckets. No policy lets people touch them: in effect the service key's matter."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg.rows import DictRow

from sandbox.pools import Pool
from sandbox.storage import errors, rows
from sandbox.storage.caller import Caller, acting_as
from sandbox.storage.files import FileStore
from sandbox.storage.names import check_bucket_name


@dataclass(frozen=True)
class BucketService:
    """Buckets of one project. Raises StorageError for refusals."""

    pool: Pool
    files: FileStore

    async def get(self, caller: Caller, bucket: str) -> DictRow:
        """A bucket that the caller may see."""
        async with acting_as(self.pool, caller) as connection:
            found = await rows.bucket(connection, bucket)
        if found is None:
            raise errors.bucket_not_found()
        return found

    async def list_all(self, caller: Caller) -> list[DictRow]:
        """The buckets that the caller may see."""
        async with acting_as(self.pool, caller) as connection:
            return await rows.buckets(connection)

    async def create(self, caller: Caller, body: Mapping[str, Any]) -> str:
        """Creates a bucket; its name."""
        values = _bucket_values(body) | {"owner": caller.owner, "public": bool(body.get("public"))}
        async with acting_as(self.pool, caller) as connection:
            await rows.insert_bucket(connection, values)
        return str(values["id"])

    async def update(self, caller: Caller, bucket: str, body: Mapping[str, Any]) -> None:
        """Changes whether a bucket is public, and its limits."""
        async with acting_as(self.pool, caller) as connection:
            if not await rows.update_bucket(connection, _bucket_values({**body, "name": bucket, "id": bucket})):
                raise errors.bucket_not_found()

    async def empty(self, caller: Caller, bucket: str) -> None:
        """Deletes every object of a bucket that the caller may delete."""
        await self.get(caller, bucket)
        async with acting_as(self.pool, caller) as connection:
            deleted = await rows.delete_all(connection, bucket)
        for row in deleted:
            await self.files.drop(row["version"])

    async def delete(self, caller: Caller, bucket: str) -> None:
        """Deletes an empty bucket."""
        try:
            async with acting_as(self.pool, caller) as connection:
                if not await rows.delete_bucket(connection, bucket):
                    raise errors.bucket_not_found()
        except psycopg.errors.ForeignKeyViolation:
            raise errors.not_empty() from None


def _bucket_values(body: Mapping[str, Any]) -> dict[str, Any]:
    name = check_bucket_name(str(body.get("name") or body.get("id") or ""))
    return {
        "id": check_bucket_name(str(body.get("id") or name)),
        "name": name,
        "public": body.get("public"),
        "file_size_limit": body.get("file_size_limit"),
        "allowed_mime_types": body.get("allowed_mime_types"),
    }
