"""What Auth does for each request, apart from HTTP: sign up, sign in, refresh, look up, change."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import jwt
import psycopg

from sandbox.auth import errors, passwords, sessions, users
from sandbox.auth.users import Connection, User
from sandbox.pools import Pool
from sandbox.tokens import Claims, TokenIssuer, TokenVerifier

EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
MAX_PASSWORD = 72  # Auth's own limit, from bcrypt


@dataclass(frozen=True)
class AuthService:
    """Accounts and sessions of one project. Every method raises AuthError for a refusal."""

    pool: Pool
    issuer: TokenIssuer
    verifier: TokenVerifier
    clock: Callable[[], datetime]

    async def sign_up(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Creates an account and signs it in."""
        if not body.get("email") and not body.get("phone"):
            raise errors.AuthError(422, "anonymous_provider_disabled", "Anonymous sign-ins are disabled")
        email, digest = _email(body), await _new_password(body.get("password"))
        async with self.pool.connection() as connection:
            if await users.by_email(connection, email) is not None:
                raise errors.user_already_exists()
            user_id = await self._insert(connection, email, digest, body, metadata="data")
            return await self._open(connection, user_id)

    async def sign_in(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Opens a session for an address and a password."""
        async with self.pool.connection() as connection:
            row = await users.by_email(connection, str(body.get("email", "")))
            stored = (row or {}).get("encrypted_password") or ""
            if row is None or not await _verify(str(body.get("password", "")), stored):
                raise errors.invalid_credentials()
            return await self._open(connection, str(row["id"]))

    async def refresh(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Trades a refresh token for a new session answer."""
        async with self.pool.connection() as connection:
            traded = await sessions.exchange(connection, str(body.get("refresh_token", "")), self.clock())
            if traded is not None:
                return await self._answer(connection, *traded)
        raise errors.refresh_token_used()

    async def user(self, token: str | None) -> User:
        """The user of a token."""
        claims = self.claims(token)
        async with self.pool.connection() as connection:
            return users.as_json(await self._signed_in(connection, claims))

    async def update_own(self, token: str | None, body: Mapping[str, Any]) -> User:
        """Changes address, password or metadata of the token's user."""
        claims = self.claims(token)
        async with self.pool.connection() as connection:
            row = await self._signed_in(connection, claims)
            if body.get("password") and await _verify(body["password"], row["encrypted_password"] or ""):
                raise errors.same_password()
            await self._change(connection, str(row["id"]), body, {"user_metadata": body.get("data")})
            return users.as_json(await users.existing(connection, str(row["id"])))

    async def sign_out(self, token: str | None, scope: str) -> None:
        """Ends the token's session, all others, or all. Access tokens live on until they expire."""
        claims = self.claims(token)
        async with self.pool.connection() as connection:
            await self._signed_in(connection, claims)
            await sessions.close(connection, claims["sub"], claims.get("session_id"), scope)

    async def create_user(self, body: Mapping[str, Any]) -> User:
        """Administration: creates an account without signing it in."""
        email = _email(body)
        digest = await _new_password(body["password"]) if body.get("password") else None
        async with self.pool.connection() as connection:
            if await users.by_email(connection, email) is not None:
                raise errors.email_exists()
            user_id = await self._insert(connection, email, digest, body, metadata="user_metadata")
            return users.as_json(await users.existing(connection, user_id))

    async def list_users(self, page: int, size: int) -> tuple[list[User], int]:
        """Administration: one page of the accounts, and how many there are."""
        async with self.pool.connection() as connection:
            rows, total = await users.page(connection, page, size)
            return [users.as_json(row) for row in rows], total

    async def get_user(self, user_id: str) -> User:
        """Administration: one account."""
        async with self.pool.connection() as connection:
            row = await users.by_id(connection, user_id)
            if row is None:
                raise errors.user_not_found()
            return users.as_json(row)

    async def update_user(self, user_id: str, body: Mapping[str, Any]) -> User:
        """Administration: changes one account."""
        metadata = {name: body.get(name) for name in ("user_metadata", "app_metadata")}
        async with self.pool.connection() as connection:
            await self._change(connection, user_id, body, metadata)
        return await self.get_user(user_id)

    async def delete_user(self, user_id: str) -> User:
        """Administration: deletes an account and what hangs on it; the account as it was."""
        user = await self.get_user(user_id)
        async with self.pool.connection() as connection:
            await users.delete(connection, user_id)
        return user

    def claims(self, token: str | None) -> Claims:
        """The claims of a user's valid token."""
        if token is None:
            raise errors.no_bearer()
        try:
            claims = self.verifier.verify(token)
        except jwt.ExpiredSignatureError:
            raise errors.bad_jwt("token has invalid claims: token is expired") from None
        except jwt.InvalidTokenError as error:
            raise errors.bad_jwt(str(error)) from None
        if not claims.get("sub"):
            raise errors.AuthError(403, "bad_jwt", "invalid claim: missing sub claim")
        return claims

    def require_admin(self, token: str | None) -> None:
        """Lets only the service role pass."""
        if token is None:
            raise errors.no_bearer()
        try:
            role = self.verifier.verify(token).get("role")
        except jwt.InvalidTokenError as error:
            raise errors.bad_jwt(str(error)) from None
        if role not in {"service_role", "supabase_admin"}:
            raise errors.not_admin()

    async def _insert(
        self, connection: Connection, email: str, digest: str | None, body: Mapping[str, Any], *, metadata: str
    ) -> str:
        try:
            return await users.insert(
                connection,
                email=email,
                password_hash=digest,
                user_metadata=body.get(metadata) or {},
                app_metadata=body.get("app_metadata") or {},
                user_id=body.get("id"),
                now=self.clock(),
            )
        except psycopg.errors.UniqueViolation:
            raise errors.user_already_exists() from None

    async def _change(
        self, connection: Connection, user_id: str, body: Mapping[str, Any], metadata: Mapping[str, Any]
    ) -> None:
        email = _email(body) if body.get("email") else None
        digest = await _new_password(body["password"]) if body.get("password") else None
        try:
            await users.update(connection, user_id, email=email, password_hash=digest, **metadata)
        except psycopg.errors.UniqueViolation:
            raise errors.email_exists() from None

    async def _signed_in(self, connection: Connection, claims: Claims) -> dict[str, Any]:
        session_id = claims.get("session_id")
        if session_id and not await sessions.exists(connection, session_id):
            raise errors.session_gone()
        return await users.existing(connection, claims["sub"])

    async def _open(self, connection: Connection, user_id: str) -> dict[str, Any]:
        session_id, refresh_token = await sessions.open_session(connection, user_id, self.clock())
        return await self._answer(connection, user_id, session_id, refresh_token)

    async def _answer(
        self, connection: Connection, user_id: str, session_id: str, refresh_token: str
    ) -> dict[str, Any]:
        user = users.as_json(await users.existing(connection, user_id))
        token, expires_at = self.issuer.issue(user, session_id, self.clock())
        return {
            "access_token": token,
            "token_type": "bearer",
            "expires_in": self.issuer.lifetime,
            "expires_at": expires_at,
            "refresh_token": refresh_token,
            "user": user,
        }


def _email(body: Mapping[str, Any]) -> str:
    email = body.get("email")
    if not isinstance(email, str) or not EMAIL.fullmatch(email.strip()):
        raise errors.invalid_email()
    return email.strip()


async def _new_password(password: object) -> str:
    if not isinstance(password, str) or not password:
        raise errors.AuthError(400, "validation_failed", "Signup requires a valid password")
    if len(password) < passwords.MINIMUM_LENGTH:
        raise errors.weak_password(passwords.MINIMUM_LENGTH)
    if len(password.encode()) > MAX_PASSWORD:
        raise errors.AuthError(400, "validation_failed", "Password cannot be longer than 72 characters")
    return await asyncio.to_thread(passwords.hash_password, password)


async def _verify(password: str, stored: str) -> bool:
    return await asyncio.to_thread(passwords.matches, password, stored)
