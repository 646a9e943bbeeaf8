"""Who asks: the database role and claims that a token stands for, and statements in that role."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, TypeAlias

import jwt
import orjson
import psycopg
from psycopg import sql
from psycopg.rows import DictRow

from sandbox.pools import Pool
from sandbox.storage import errors
from sandbox.tokens import TokenVerifier

Connection: TypeAlias = psycopg.AsyncConnection[DictRow]
ROLES = frozenset(("anon", "authenticated", "service_role"))


@dataclass(frozen=True)
class Caller:
    """A role, and the claims its policies look at."""

    role: str
    claims: dict[str, Any]

    @property
    def owner(self) -> str | None:
        """The user's id, or None for API keys."""
        return self.claims.get("sub")


def identify(verifier: TokenVerifier, authorization: str | None) -> Caller:
    """The caller behind an Authorization header; "Bearer" may be missing, as hosted Storage allows."""
    if not authorization:
        raise errors.no_authorization()
    try:
        claims = verifier.verify(authorization.removeprefix("Bearer ").strip())
    except jwt.ExpiredSignatureError:
        raise errors.invalid_token('"exp" claim timestamp check failed') from None
    except jwt.InvalidSignatureError:
        raise errors.invalid_token("signature verification failed") from None
    except jwt.InvalidTokenError:
        raise errors.invalid_token("Invalid Compact JWS") from None
    role = claims.get("role", "anon")
    if role not in ROLES:
        raise errors.invalid_token(f'role "{role}" does not exist')
    return Caller(role, claims)


@asynccontextmanager
async def acting_as(pool: Pool, caller: Caller) -> AsyncIterator[Connection]:
    """One transaction in the caller's role: committed at the end, rolled back on any error.

    A policy that forbids becomes StorageError, whatever statement met it.
    """
    try:
        async with pool.connection() as connection:
            await connection.execute(sql.SQL("set local role {}").format(sql.Identifier(caller.role)))
            await connection.execute(
                "select set_config('request.jwt.claims', %s, true)", [orjson.dumps(caller.claims).decode()]
            )
            yield connection
    except psycopg.errors.InsufficientPrivilege:
        raise errors.forbidden() from None
    except psycopg.errors.UniqueViolation:
        raise errors.duplicate() from None
