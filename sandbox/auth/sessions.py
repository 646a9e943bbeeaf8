"""Sessions and their refresh tokens: each is good for one exchange, as in Supabase Auth.

A token that is presented a second time within ten seconds gets the session's current one (two
tabs, a lost answer); later it means theft, and the session is ended.
"""

from __future__ import annotations

import secrets
import uuid
from datetime import datetime, timedelta

from psycopg.rows import DictRow

from sandbox.auth import errors
from sandbox.auth.users import Connection

REUSE_INTERVAL = timedelta(seconds=10)  # GOTRUE_SECURITY_REFRESH_TOKEN_REUSE_INTERVAL of a new project
TOKEN_BYTES = 9  # 12 characters, as Auth issues them


async def open_session(connection: Connection, user_id: str, now: datetime) -> tuple[str, str]:
    """Starts a session and books the sign-in; the session's id and its first refresh token."""
    session_id = str(uuid.uuid4())
    await connection.execute(
        "insert into auth.sessions (id, user_id, created_at, updated_at) values (%s, %s, %s, %s)",
        [session_id, user_id, now, now],
    )
    await connection.execute("update auth.users set last_sign_in_at = %s where id = %s", [now, user_id])
    return session_id, await _add_token(connection, user_id, session_id, None, now)


async def exchange(connection: Connection, token: str, now: datetime) -> tuple[str, str, str] | None:
    """Trades a refresh token: user id, session id, the next token.

    None means that a used token was presented and its session is ended (to be committed by the
    caller). Raises AuthError when the token is unknown.
    """
    row = await _locked(connection, token)
    if row is None:
        raise errors.refresh_token_unknown()
    user_id, session_id = row["user_id"], str(row["session_id"])
    if not row["revoked"]:
        await connection.execute(
            "update auth.refresh_tokens set revoked = true, updated_at = %s where token = %s", [now, token]
        )
        return user_id, session_id, await _add_token(connection, user_id, session_id, token, now)
    current = await _successor(connection, session_id, token)
    if current is not None and now - row["updated_at"] <= REUSE_INTERVAL:
        return user_id, session_id, current
    await connection.execute("delete from auth.sessions where id = %s", [session_id])
    return None


async def exists(connection: Connection, session_id: str) -> bool:
    """Whether a session has not been ended."""
    cursor = await connection.execute("select from auth.sessions where id = %s", [session_id])
    return await cursor.fetchone() is not None


async def close(connection: Connection, user_id: str, session_id: str | None, scope: str) -> None:
    """Ends sessions of a user: this one (`local`), all others (`others`) or all (`global`)."""
    await connection.execute(
        """delete from auth.sessions where user_id = %(user)s
           and case %(scope)s when 'local' then id = %(session)s when 'others' then id <> %(session)s else true end""",
        {"user": user_id, "session": session_id, "scope": scope},
    )


async def _locked(connection: Connection, token: str) -> DictRow | None:
    cursor = await connection.execute(
        "select user_id, session_id, revoked, updated_at from auth.refresh_tokens where token = %s for update",
        [token],
    )
    return await cursor.fetchone()


async def _successor(connection: Connection, session_id: str, parent: str) -> str | None:
    """The session's current token, if it was issued for `parent` and not for an older one."""
    cursor = await connection.execute(
        "select token from auth.refresh_tokens where session_id = %s and not revoked and parent = %s",
        [session_id, parent],
    )
    row = await cursor.fetchone()
    return None if row is None else str(row["token"])


async def _add_token(connection: Connection, user_id: str, session_id: str, parent: str | None, now: datetime) -> str:
    token = secrets.token_urlsafe(TOKEN_BYTES)
    await connection.execute(
        """insert into auth.refresh_tokens (token, user_id, session_id, parent, created_at, updated_at)
           values (%s, %s, %s, %s, %s, %s)""",
        [token, user_id, session_id, parent, now, now],
    )
    return token
