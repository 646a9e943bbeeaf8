"""Tells Supabase's API keys apart, so that a key in the wrong place is found at start, not in production.

Two forms exist: legacy keys are JWTs whose ``role`` says what they open (and which can expire); new ones
are opaque, ``sb_publishable_…`` and ``sb_secret_…``. The form also decides the headers: an opaque key is
no bearer token, Supabase's gateway swaps it for one when no Authorization header is sent.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

import jwt

from aura.errors import ConfigurationError
from aura.settings.names import environment_name, hint

Setting = Literal["anon_key", "service_key"]
Role = Literal["anon", "service_role"]
EXPECTED: dict[Setting, Role] = {"anon_key": "anon", "service_key": "service_role"}


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A checked key. ``bearer``: a legacy key, which is itself a token."""

    value: str = field(repr=False)
    role: Role
    bearer: bool

    def headers(self, token: str | None = None) -> dict[str, str]:
        """The headers of one request with this key, as the bearer of ``token`` or as the key itself."""
        bearer = token or (self.value if self.bearer else None)
        return {"apikey": self.value, **({"Authorization": f"Bearer {bearer}"} if bearer else {})}


def api_key(value: str, setting: Setting, *, now: datetime | None = None) -> ApiKey:
    """Check the key that stands in ``setting``.

    Args:
        now: the present moment; the clock's where not given.

    Raises:
        ConfigurationError: it is no API key, is of the wrong kind, or has expired.
    """
    value = value.strip()
    if value.startswith("sb_"):
        key = ApiKey(value, _opaque_role(value, setting), bearer=False)
    else:
        key = ApiKey(value, _legacy_role(value, setting, now or datetime.now(UTC)), bearer=True)
    if key.role != EXPECTED[setting]:
        raise _wrong(setting, f"holds a key for the role {key.role}, {EXPECTED[setting]} is needed")
    return key


def _opaque_role(value: str, setting: Setting) -> Role:
    if value.startswith("sb_secret_"):
        return "service_role"
    if value.startswith("sb_publishable_"):
        return "anon"
    raise _wrong(setting, "holds neither an sb_secret_ nor an sb_publishable_ key")


def _legacy_role(value: str, setting: Setting, now: datetime) -> Role:
    claims = _claims(value, setting)
    expires = claims.get("exp")
    if isinstance(expires, int | float) and expires <= now.timestamp():
        raise _wrong(setting, f"holds a key that expired at {datetime.fromtimestamp(expires, UTC):%Y-%m-%d %H:%M} UTC")
    for role in EXPECTED.values():
        if claims.get("role") == role:
            return role
    raise _wrong(setting, "holds a token that is no API key")


def _claims(value: str, setting: Setting) -> dict[str, Any]:
    """The claims, unverified: the project checks its own keys, this only reads what kind one is."""
    try:
        claims: dict[str, Any] = jwt.decode(value, options={"verify_signature": False})
    except jwt.PyJWTError:
        raise _wrong(setting, "does not hold an API key") from None
    return claims


def _wrong(setting: Setting, why: str) -> ConfigurationError:
    return ConfigurationError(f"{environment_name('supabase', setting)} {why}. {hint('supabase', setting)}")
