"""The accounts: rows of auth.users and auth.identities, and a user as Auth's JSON shows it."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any, TypeAlias

import psycopg
from psycopg.rows import DictRow
from psycopg.types.json import Jsonb

from sandbox.auth import errors

Connection: TypeAlias = psycopg.AsyncConnection[DictRow]
User: TypeAlias = dict[str, Any]

EMAIL_PROVIDER = {"provider": "email", "providers": ["email"]}
SELECT = b"""select u.*, coalesce((select jsonb_agg(to_jsonb(i) order by i.created_at) from auth.identities i
  where i.user_id = u.id), '[]') as identities from auth.users u """


async def by_email(connection: Connection, email: str) -> DictRow | None:
    """The row of the account with an address."""
    cursor = await connection.execute(SELECT + b"where lower(u.email) = lower(%s)", [email])
    return await cursor.fetchone()


async def by_id(connection: Connection, user_id: str) -> DictRow | None:
    """The row of one account."""
    cursor = await connection.execute(SELECT + b"where u.id = %s", [user_id])
    return await cursor.fetchone()


async def page(connection: Connection, number: int, size: int) -> tuple[list[DictRow], int]:
    """One page of all accounts, newest first, and how many there are."""
    query = SELECT + b"order by u.created_at desc, u.id limit %s offset %s"
    rows = await (await connection.execute(query, [size, (number - 1) * size])).fetchall()
    total = await (await connection.execute("select count(*) as total from auth.users")).fetchone()
    return rows, total["total"] if total else 0


async def insert(
    connection: Connection,
    *,
    email: str,
    password_hash: str | None,
    user_metadata: Mapping[str, Any],
    app_metadata: Mapping[str, Any],
    user_id: str | None,
    now: datetime,
) -> str:
    """Creates a confirmed account with its e-mail identity; its id.

    Raises psycopg.errors.UniqueViolation when the address is taken.
    """
    user_id = user_id or str(uuid.uuid4())
    await connection.execute(
        """insert into auth.users (id, email, encrypted_password, email_confirmed_at, raw_app_meta_data,
             raw_user_meta_data, created_at, updated_at) values (%s, lower(%s), %s, %s, %s, %s, %s, %s)""",
        [
            user_id,
            email,
            password_hash,
            now,
            Jsonb({**app_metadata, **EMAIL_PROVIDER}),
            Jsonb({**user_metadata, "sub": user_id, "email": email.lower(), "email_verified": True}),
            now,
            now,
        ],
    )
    await _insert_identity(connection, user_id, email.lower(), now)
    return user_id


async def _insert_identity(connection: Connection, user_id: str, email: str, now: datetime) -> None:
    data = {"sub": user_id, "email": email, "email_verified": True, "phone_verified": False}
    await connection.execute(
        """insert into auth.identities (provider_id, user_id, identity_data, provider, last_sign_in_at)
           values (%s, %s, %s, 'email', %s)""",
        [user_id, user_id, Jsonb(data), now],
    )


async def update(
    connection: Connection,
    user_id: str,
    *,
    email: str | None = None,
    password_hash: str | None = None,
    user_metadata: Mapping[str, Any] | None = None,
    app_metadata: Mapping[str, Any] | None = None,
) -> None:
    """Changes what is given; metadata are merged into what is there, a null value deletes its key."""
    await connection.execute(
        """update auth.users set email = coalesce(lower(%s), email),
             encrypted_password = coalesce(%s, encrypted_password),
             raw_user_meta_data = jsonb_strip_nulls(coalesce(raw_user_meta_data, '{}') || %s),
             raw_app_meta_data = jsonb_strip_nulls(coalesce(raw_app_meta_data, '{}') || %s),
             updated_at = now() where id = %s""",
        [email, password_hash, Jsonb(dict(user_metadata or {})), Jsonb(dict(app_metadata or {})), user_id],
    )


async def delete(connection: Connection, user_id: str) -> bool:
    """Deletes an account with its sessions; False when there is none."""
    cursor = await connection.execute("delete from auth.users where id = %s", [user_id])
    return cursor.rowcount > 0


async def existing(connection: Connection, user_id: str) -> DictRow:
    """The row of an account that a token speaks of. Raises AuthError when it was deleted."""
    row = await by_id(connection, user_id)
    if row is None:
        raise errors.user_gone()
    return row


def as_json(row: Mapping[str, Any]) -> User:
    """A user as every Auth answer shows it."""
    return {
        "id": str(row["id"]),
        "aud": row["aud"] or "authenticated",
        "role": row["role"] or "authenticated",
        "email": row["email"] or "",
        "email_confirmed_at": _iso(row["email_confirmed_at"]),
        "phone": row["phone"] or "",
        "confirmed_at": _iso(row["confirmed_at"]),
        "last_sign_in_at": _iso(row["last_sign_in_at"]),
        "app_metadata": row["raw_app_meta_data"] or {},
        "user_metadata": row["raw_user_meta_data"] or {},
        "identities": [_identity(identity) for identity in row["identities"]],
        "created_at": _iso(row["created_at"]),
        "updated_at": _iso(row["updated_at"]),
        "is_anonymous": row["is_anonymous"],
    }


def _identity(identity: Mapping[str, Any]) -> dict[str, Any]:
    return {"identity_id": identity["id"], **identity, "id": identity["provider_id"]}


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat().replace("+00:00", "Z")
