"""What the server asks of the sandbox's keys, and the real server's rules and words about tokens.

Signatures are checked by whoever made the keys (`TokenVerifier`); what the claims must hold, and
how a refusal is worded at each of three places (handshake, join, refresh), is decided here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

Claims = Mapping[str, Any]

NOT_A_JWT = "The token provided is not a valid JWT"
BAD_SIGNATURE = "Failed to validate JWT signature"
MISSING_CLAIMS = "Fields `role` and `exp` are required in JWT"


class MalformedToken(Exception):
    """The text is not a JSON Web Token at all."""


class BadSignature(Exception):
    """The token is well formed but was not signed by a key of this project."""


class TokenVerifier(Protocol):
    """The project's keys, as far as Realtime needs them. Neither method looks at the clock."""

    def resolve_api_key(self, key: str) -> str:
        """The JWT that an API key stands for: `sb_…` keys are exchanged, all else is returned unchanged."""

    def verify(self, token: str) -> Claims:
        """The claims of a correctly signed token. Raises MalformedToken or BadSignature; ignores `exp`."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a token is not accepted, in the words used at each place."""

    handshake: str
    join: str
    refresh: str


class TokenRefused(Exception):
    """A token that may not be used; carries the words for the client."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.refresh)
        self.refusal = refusal


MALFORMED = Refusal(NOT_A_JWT, f"MalformedJWT: {NOT_A_JWT}", NOT_A_JWT)
UNSIGNED = Refusal(BAD_SIGNATURE, f"JwtSignatureError: {BAD_SIGNATURE}", ":signature_error")
INCOMPLETE = Refusal(MISSING_CLAIMS, f"InvalidJWTToken: {MISSING_CLAIMS}", MISSING_CLAIMS)
UNKNOWN = Refusal("Unknown Error on Channel", "Unknown Error on Channel", "Unknown Error on Channel")


def expired(seconds_ago: int) -> Refusal:
    """The refusal of a token whose `exp` lies so many seconds back."""
    text = f"Token has expired {seconds_ago} seconds ago"
    return Refusal("Token has expired", f"InvalidJWTToken: {text}", text)


def accept(keys: TokenVerifier, token: str, now: float) -> Claims:
    """The claims of a token that may be used at `now` (Unix time). Raises TokenRefused."""
    try:
        claims = keys.verify(token)
    except MalformedToken:
        raise TokenRefused(MALFORMED) from None
    except BadSignature:
        raise TokenRefused(UNSIGNED) from None
    if refusal := judge(claims, now):
        raise TokenRefused(refusal)
    return claims


def judge(claims: Claims, now: float) -> Refusal | None:
    """Why these claims may not be used at `now`, or None if they may."""
    if "role" not in claims or not _is_number(claims.get("exp")):
        return INCOMPLETE
    if "iat" in claims and not _is_number(claims["iat"]):
        return UNKNOWN
    if claims["exp"] <= now:
        return expired(int(now) - int(claims["exp"]))
    return None


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)
