"""Makes the short tokens with which the daemon acts as the person a row belongs to.

With such a token Row Level Security bounds the daemon exactly as it bounds the app. A token lives 60 s
and is made again 15 s before its end, so that none runs out on its way. ``exp`` and ``iat`` are integers:
current PostgREST counts a fractional ``exp`` as expired.

Where the project gave no signing key there are no tokens, and the caller uses the service key with the
same filters.
"""

from __future__ import annotations

import json
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Self

import jwt

from aura.errors import ConfigurationError
from aura.settings import Settings
from aura.settings.names import environment_name, hint

LIFETIME_SECONDS = 60
RENEW_BEFORE_SECONDS = 15
MAX_CACHED = 10_000
Algorithm = Literal["HS256", "ES256", "RS256"]
PRIVATE_ALGORITHMS: Mapping[str, Algorithm] = {"EC": "ES256", "RSA": "RS256"}


@dataclass(frozen=True, slots=True)
class SigningKey:
    """What tokens are signed with; ``key_id`` is what PostgREST finds the public half by."""

    algorithm: Algorithm
    key: Any = field(repr=False)
    key_id: str | None = None


class TokenMinter:
    """Tokens for owners, each kept until shortly before its end.

    Args:
        key: what to sign with; None makes ``token`` return None.
        issuer: the project's Auth address, ``<url>/auth/v1``.
        clock: seconds since the epoch.
    """

    def __init__(self, key: SigningKey | None, issuer: str, *, clock: Callable[[], float] = time.time) -> None:
        self._key = key
        self._issuer = issuer
        self._clock = clock
        self._tokens: OrderedDict[str, tuple[str, int]] = OrderedDict()

    @classmethod
    def from_settings(cls, settings: Settings) -> Self:
        """The minter that the settings allow: by private JWK, else by legacy secret, else none.

        Raises:
            ConfigurationError: the key cannot be used.
        """
        issuer = f"{settings.required('supabase', 'url').rstrip('/')}/auth/v1"
        return cls(signing_key(settings), issuer)

    def token(self, owner: str) -> str | None:
        """An access token of ``owner`` that is good for at least 15 s; None without a signing key."""
        if self._key is None:
            return None
        now = int(self._clock())
        token, expires = self._tokens.get(owner, ("", 0))
        if expires - now <= RENEW_BEFORE_SECONDS:
            token = self._mint(self._key, owner, now)
            self._remember(owner, token, now + LIFETIME_SECONDS)
        return token

    def forget(self, owner: str) -> None:
        """Make a new token next time: the project does not take the present one."""
        self._tokens.pop(owner, None)

    def _remember(self, owner: str, token: str, expires: int) -> None:
        """Newest last, all of one lifetime: the first is always the one that ends first."""
        self._tokens.pop(owner, None)
        self._tokens[owner] = (token, expires)
        while len(self._tokens) > MAX_CACHED:
            self._tokens.popitem(last=False)

    def _mint(self, key: SigningKey, owner: str, now: int) -> str:
        claims = {
            "iss": self._issuer,
            "sub": owner,
            "aud": "authenticated",
            "role": "authenticated",
            "iat": now,
            "exp": now + LIFETIME_SECONDS,
        }
        headers = {"kid": key.key_id} if key.key_id else None
        return jwt.encode(claims, key.key, algorithm=key.algorithm, headers=headers)


def signing_key(settings: Settings) -> SigningKey | None:
    """The key that the settings hold, if any.

    Raises:
        ConfigurationError: ``supabase.signing_key`` is not a private EC P-256 or RSA key as JSON.
    """
    supabase = settings.supabase
    if supabase.signing_key is not None:
        return _from_jwk(supabase.signing_key.get_secret_value())
    if supabase.jwt_secret is not None:
        return SigningKey("HS256", supabase.jwt_secret.get_secret_value())
    return None


def _from_jwk(text: str) -> SigningKey:
    jwk = _json_object(text)
    algorithm = PRIVATE_ALGORITHMS.get(str(jwk.get("kty")))
    if algorithm is None or "d" not in jwk:
        raise _unusable("it must be a private key of kty EC (ES256) or RSA (RS256)")
    if algorithm == "ES256" and jwk.get("crv") != "P-256":
        raise _unusable("an EC key must be on the curve P-256")
    try:
        key = jwt.PyJWK(jwk, algorithm=algorithm)
    except (jwt.PyJWTError, ValueError):
        raise _unusable("its numbers do not make a key") from None
    return SigningKey(algorithm, key.key, key.key_id)


def _json_object(text: str) -> dict[str, Any]:
    try:
        parsed = json.loads(text)
    except json.JSONDecodeError:
        raise _unusable("it is not JSON") from None
    if not isinstance(parsed, dict):
        raise _unusable("it is not a JSON object")
    return parsed


def _unusable(why: str) -> ConfigurationError:
    name = environment_name("supabase", "signing_key")
    return ConfigurationError(f"{name} cannot be used: {why}. {hint('supabase', 'signing_key')}")
