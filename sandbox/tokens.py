"""Issues and checks the project's JWTs, for Auth, Storage and Realtime alike.

A project signs its users' tokens either with the shared HS256 secret ("legacy") or with an ES256
signing key. Either way tokens signed with the secret stay valid, because the old API keys are such
tokens. The algorithm always comes from the key, never from the token.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias

import jwt

from sandbox.keys import ProjectKeys

Claims: TypeAlias = dict[str, Any]
ACCESS_TOKEN_SECONDS = 3600


@dataclass(frozen=True)
class TokenIssuer:
    """Signs access tokens as Supabase Auth does; `issuer` is the project's `…/auth/v1`."""

    keys: ProjectKeys
    issuer: str
    legacy: bool
    lifetime: int = ACCESS_TOKEN_SECONDS

    def issue(self, user: Mapping[str, Any], session_id: str, now: datetime) -> tuple[str, int]:
        """An access token for a user (as Auth's JSON shows it) and the second at which it expires."""
        issued = int(now.timestamp())
        expires = issued + self.lifetime
        return self.sign(self._claims(user, session_id, issued, expires)), expires

    def sign(self, claims: Mapping[str, Any]) -> str:
        """Signs any claims with the key that the project's tokens are signed with now."""
        if self.legacy:
            return jwt.encode(dict(claims), self.keys.jwt_secret, algorithm="HS256")
        key = jwt.PyJWK(self.keys.signing_key)
        return jwt.encode(dict(claims), key, algorithm="ES256", headers={"kid": self.keys.signing_key["kid"]})

    def _claims(self, user: Mapping[str, Any], session_id: str, issued: int, expires: int) -> Claims:
        return {
            "iss": self.issuer,
            "sub": user["id"],
            "aud": user["aud"],
            "exp": expires,
            "iat": issued,
            "email": user["email"],
            "phone": user["phone"],
            "app_metadata": user["app_metadata"],
            "user_metadata": user["user_metadata"],
            "role": user["role"],
            "aal": "aal1",
            "amr": [{"method": "password", "timestamp": issued}],
            "session_id": session_id,
            "is_anonymous": user["is_anonymous"],
        }


class TokenVerifier:
    """Checks the project's tokens, whichever of its keys signed them."""

    def __init__(self, keys: ProjectKeys) -> None:
        self._keys = keys
        self._public = jwt.PyJWK(keys.public_jwk())
        self._expired_until = 0  # Unix seconds; a fault, not a rule of Supabase

    def verify(self, token: str) -> Claims:
        """The claims of a token that is valid now.

        Raises jwt.InvalidTokenError: DecodeError when it is no JWT, InvalidSignatureError,
        ExpiredSignatureError, … The audience is the caller's matter.
        """
        claims = self._decode(token, {"verify_aud": False})
        if self._ended(claims):
            raise jwt.ExpiredSignatureError("Signature has expired")
        return claims

    def verify_signature(self, token: str) -> Claims:
        """The claims of a correctly signed token, whatever its times say. Raises as `verify`."""
        return self._decode(token, {"verify_aud": False, "verify_exp": False, "verify_iat": False, "verify_nbf": False})

    def expire_issued_until(self, now: float) -> None:
        """Makes every user's token that was issued until `now` count as expired (0: undone)."""
        self._expired_until = int(now)

    def was_ended(self, token: str) -> bool:
        """Whether `expire_issued_until` ended this token; False for what is no token at all."""
        try:
            return self._ended(self.verify_signature(token))
        except jwt.InvalidTokenError:
            return False

    def resolve_api_key(self, key: str) -> str:
        """The JWT behind an API key of either form; any other text is returned as it is."""
        return self._keys.legacy_key(key) or key

    def _ended(self, claims: Claims) -> bool:
        return self._expired_until > 0 and "sub" in claims and claims.get("iat", 0) <= self._expired_until

    def _decode(self, token: str, options: dict[str, bool]) -> Claims:
        by_signing_key = jwt.get_unverified_header(token).get("alg") == "ES256"
        key, algorithm = (self._public, "ES256") if by_signing_key else (self._keys.jwt_secret, "HS256")
        claims: Claims = jwt.decode(token, key, algorithms=[algorithm], options=options)  # type: ignore[arg-type]
        return claims


def public_key_set(keys: ProjectKeys, *, legacy: bool) -> dict[str, list[dict[str, Any]]]:
    """What `/.well-known/jwks.json` answers: empty for a project that signs with the secret."""
    return {"keys": [] if legacy else [keys.public_jwk() | {"key_ops": ["verify"], "ext": True}]}


def postgrest_key_set(keys: ProjectKeys) -> dict[str, list[dict[str, Any]]]:
    """The keys PostgREST accepts tokens from: the public signing key and the shared secret."""
    secret = jwt.utils.base64url_encode(keys.jwt_secret.encode()).decode()
    return {"keys": [dict(keys.public_jwk()), {"kty": "oct", "k": secret, "alg": "HS256"}]}
