"""Supabase Auth's refusals, in its own words and in both of its formats.

Clients that send `X-Supabase-Api-Version: 2024-01-01` get `{code, message}` with a text code; the
others get the older `{code, error_code, msg}` with the HTTP status as code.
"""

from __future__ import annotations

from typing import Any

from aiohttp import web

VERSION_HEADER = "X-Supabase-Api-Version"
CODES_SINCE = "2024-01-01"


class AuthError(Exception):
    """A refusal: HTTP status, Auth's error code, and the message for people."""

    def __init__(self, status: int, code: str, message: str, **extra: Any) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.extra = extra

    def response(self, api_version: str | None) -> web.Response:
        """The refusal in the format that the client asked for."""
        if api_version is not None and api_version >= CODES_SINCE:
            body = {"code": self.code, "message": self.message, **self.extra}
            return web.json_response(body, status=self.status, headers={VERSION_HEADER: CODES_SINCE})
        body = {"code": self.status, "error_code": self.code, "msg": self.message, **self.extra}
        return web.json_response(body, status=self.status)


def bad_json() -> AuthError:
    """The body is no JSON object."""
    return AuthError(400, "bad_json", "Could not parse request body as JSON")


def invalid_credentials() -> AuthError:
    """Wrong address or password: which of the two is not said."""
    return AuthError(400, "invalid_credentials", "Invalid login credentials")


def user_already_exists() -> AuthError:
    """Sign-up with an address that has an account."""
    return AuthError(422, "user_already_exists", "User already registered")


def email_exists() -> AuthError:
    """The address belongs to another account (change or administration)."""
    return AuthError(422, "email_exists", "A user with this email address has already been registered")


def invalid_email() -> AuthError:
    """The address is none."""
    return AuthError(400, "validation_failed", "Unable to validate email address: invalid format")


def weak_password(minimum: int) -> AuthError:
    """The password is shorter than the project allows."""
    message = f"Password should be at least {minimum} characters."
    return AuthError(422, "weak_password", message, weak_password={"reasons": ["length"]})


def same_password() -> AuthError:
    """The new password is the old one."""
    return AuthError(422, "same_password", "New password should be different from the old password.")


def no_bearer() -> AuthError:
    """The path needs the user's token and there is none."""
    return AuthError(401, "no_authorization", "This endpoint requires a valid Bearer token")


def bad_jwt(reason: str) -> AuthError:
    """The token is not valid."""
    return AuthError(403, "bad_jwt", f"invalid JWT: unable to parse or verify signature, {reason}")


def not_admin() -> AuthError:
    """Administration without the service key."""
    return AuthError(403, "not_admin", "User not allowed")


def session_gone() -> AuthError:
    """The token is valid, but its session was ended."""
    return AuthError(403, "session_not_found", "Session from session_id claim in JWT does not exist")


def user_gone() -> AuthError:
    """The token is valid, but its user was deleted."""
    return AuthError(403, "user_not_found", "User from sub claim in JWT does not exist")


def user_not_found() -> AuthError:
    """Administration of a user who does not exist."""
    return AuthError(404, "user_not_found", "User not found")


def refresh_token_unknown() -> AuthError:
    """A refresh token that was never issued, or whose session was ended."""
    return AuthError(400, "refresh_token_not_found", "Invalid Refresh Token: Refresh Token Not Found")


def refresh_token_used() -> AuthError:
    """A refresh token that was exchanged before: the whole session is ended."""
    return AuthError(400, "refresh_token_already_used", "Invalid Refresh Token: Already Used")
