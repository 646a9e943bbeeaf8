"""The statements on storage.objects and storage.buckets. Who may run them is the connection's role."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from psycopg import sql
from psycopg.rows import DictRow
from psycopg.types.json import Jsonb

from sandbox.storage.caller import Connection

SORT_COLUMNS = frozenset(("name", "updated_at", "created_at", "last_accessed_at"))
BUCKET_COLUMNS = (
    b"select id, name, owner, public, file_size_limit, allowed_mime_types, type, created_at, updated_at"
    b" from storage.buckets "
)
OBJECT_COLUMNS = (
    b"select id, bucket_id, name, owner, owner_id, version, metadata, user_metadata, created_at, updated_at,"
    b" last_accessed_at from storage.objects "
)


async def bucket(connection: Connection, bucket_id: str) -> DictRow | None:
    """One bucket."""
    return await (await connection.execute(BUCKET_COLUMNS + b"where id = %s", [bucket_id])).fetchone()


async def buckets(connection: Connection) -> list[DictRow]:
    """All buckets that the role sees."""
    return await (await connection.execute(BUCKET_COLUMNS + b"order by name")).fetchall()


async def insert_bucket(connection: Connection, values: Mapping[str, Any]) -> None:
    """Creates a bucket."""
    await connection.execute(
        """insert into storage.buckets (id, name, public, file_size_limit, allowed_mime_types, owner, owner_id)
           values (%(id)s, %(name)s, %(public)s, %(file_size_limit)s, %(allowed_mime_types)s, %(owner)s::uuid,
             %(owner)s::uuid::text)""",
        values,
    )


async def update_bucket(connection: Connection, values: Mapping[str, Any]) -> bool:
    """Changes a bucket's settings; False when the role finds none."""
    cursor = await connection.execute(
        """update storage.buckets set public = coalesce(%(public)s, public), file_size_limit = %(file_size_limit)s,
             allowed_mime_types = %(allowed_mime_types)s, updated_at = now() where id = %(id)s""",
        values,
    )
    return cursor.rowcount > 0


async def delete_bucket(connection: Connection, bucket_id: str) -> bool:
    """Deletes a bucket; False when the role finds none. ForeignKeyViolation when it holds objects."""
    cursor = await connection.execute("delete from storage.buckets where id = %s", [bucket_id])
    return cursor.rowcount > 0


async def find(connection: Connection, bucket_id: str, name: str, *, lock: bool = False) -> DictRow | None:
    """One object."""
    query = OBJECT_COLUMNS + b"where bucket_id = %s and name = %s" + (b" for update" if lock else b"")
    return await (await connection.execute(query, [bucket_id, name])).fetchone()


async def insert(connection: Connection, values: Mapping[str, Any], *, upsert: bool) -> None:
    """Books an object; nothing is returned, because a policy may allow writing without reading."""
    statement = b"""insert into storage.objects (id, bucket_id, name, owner, owner_id, metadata, user_metadata, version)
      values (%(id)s, %(bucket_id)s, %(name)s, %(owner)s::uuid, %(owner)s::uuid::text,
        %(metadata)s, %(user_metadata)s, %(version)s)"""
    if upsert:
        statement += b""" on conflict (bucket_id, name) do update set owner = excluded.owner,
          owner_id = excluded.owner_id, metadata = excluded.metadata, user_metadata = excluded.user_metadata,
          version = excluded.version, updated_at = now()"""
    wrapped = {name: Jsonb(value) if isinstance(value, dict) else value for name, value in values.items()}
    await connection.execute(statement, wrapped)


async def rename(connection: Connection, bucket_id: str, name: str, to_bucket: str, to_name: str) -> bool:
    """Moves an object; False when the role finds none that it may change."""
    cursor = await connection.execute(
        """update storage.objects set bucket_id = %s, name = %s, updated_at = now()
           where bucket_id = %s and name = %s""",
        [to_bucket, to_name, bucket_id, name],
    )
    return cursor.rowcount > 0


async def delete(connection: Connection, bucket_id: str, names: Sequence[str]) -> list[DictRow]:
    """Deletes objects; the rows that the role was allowed to delete."""
    cursor = await connection.execute(
        """delete from storage.objects where bucket_id = %s and name = any(%s) returning id, bucket_id, name, owner,
             owner_id, version, metadata, user_metadata, created_at, updated_at, last_accessed_at""",
        [bucket_id, list(names)],
    )
    return await cursor.fetchall()


async def delete_all(connection: Connection, bucket_id: str) -> list[DictRow]:
    """Empties a bucket; the rows that the role was allowed to delete."""
    cursor = await connection.execute("delete from storage.objects where bucket_id = %s returning version", [bucket_id])
    return await cursor.fetchall()


async def listing(
    connection: Connection,
    bucket_id: str,
    prefix: str,
    *,
    search: str,
    limit: int,
    offset: int,
    column: str,
    descending: bool,
) -> list[DictRow]:
    """One folder: its objects, and each folder inside it once (with null for all but the name)."""
    order = sql.SQL("{} {} nulls first, name").format(
        sql.Identifier(column if column in SORT_COLUMNS else "name"), sql.SQL("desc" if descending else "asc")
    )
    query = sql.SQL(
        """with below as (
             select o.*, substr(o.name, length(%(prefix)s) + 1) as rest from storage.objects o
             where o.bucket_id = %(bucket)s and starts_with(o.name, %(prefix)s)
           ), entries as (
             select rest as name, id, updated_at, created_at, last_accessed_at, metadata from below
               where strpos(rest, '/') = 0
             union all
             select distinct split_part(rest, '/', 1), null::uuid, null::timestamptz, null::timestamptz,
               null::timestamptz, null::jsonb from below where strpos(rest, '/') > 0
           )
           select * from entries where starts_with(lower(name), lower(%(search)s))
           order by {} limit %(limit)s offset %(offset)s"""
    ).format(order)
    values = {"prefix": prefix, "bucket": bucket_id, "search": search, "limit": limit, "offset": offset}
    return await (await connection.execute(query, values)).fetchall()
