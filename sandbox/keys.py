"""A sandbox project's secrets: made once for each data directory, as a hosted project has its own.

A project has two kinds of API key. The old ones are JWTs for the roles anon and service_role,
signed with the project's HS256 secret; the new ones (`sb_publishable_…`, `sb_secret_…`) are opaque,
and the gateway swaps them for those JWTs. Both work in every project here, as on Supabase until
the old ones are switched off.
"""

from __future__ import annotations

import secrets
import uuid
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import jwt
import orjson
from cryptography.hazmat.primitives.asymmetric import ec
from jwt.algorithms import ECAlgorithm

API_KEY_LIFE = timedelta(days=3650)  # Supabase's legacy keys live ten years


@dataclass(frozen=True)
class ProjectKeys:
    """Every secret of one project; `signing_key` is a private ES256 JWK with its `kid`."""

    jwt_secret: str
    signing_key: dict[str, str]
    anon: str
    service_role: str
    publishable: str
    secret: str

    def legacy_key(self, api_key: str) -> str | None:
        """The JWT that an API key of either form stands for; None when it is no key of the project."""
        forms = {
            self.anon: self.anon,
            self.publishable: self.anon,
            self.service_role: self.service_role,
            self.secret: self.service_role,
        }
        return forms.get(api_key)

    def is_service_key(self, api_key: str) -> bool:
        """Whether the key carries the project's full rights."""
        return self.legacy_key(api_key) == self.service_role

    def public_jwk(self) -> dict[str, str]:
        """The signing key's public half, as `/.well-known/jwks.json` shows it."""
        return {name: value for name, value in self.signing_key.items() if name != "d"}


def generate_keys(now: datetime) -> ProjectKeys:
    """New random keys; the old-style API keys are valid from `now`."""
    jwt_secret = secrets.token_urlsafe(40)
    return ProjectKeys(
        jwt_secret=jwt_secret,
        signing_key=_signing_key(),
        anon=_legacy_api_key(jwt_secret, "anon", now),
        service_role=_legacy_api_key(jwt_secret, "service_role", now),
        publishable=_opaque_key("sb_publishable"),
        secret=_opaque_key("sb_secret"),
    )


def load_or_generate(path: Path) -> ProjectKeys:
    """The keys kept at `path`, made and kept there at the first call (readable by the owner only)."""
    if path.exists():
        return ProjectKeys(**orjson.loads(path.read_bytes()))
    keys = generate_keys(datetime.now(UTC))
    path.touch(mode=0o600)
    path.write_bytes(orjson.dumps(asdict(keys), option=orjson.OPT_INDENT_2))
    return keys


def _legacy_api_key(jwt_secret: str, role: str, now: datetime) -> str:
    issued = int(now.timestamp())
    expires = int((now + API_KEY_LIFE).timestamp())
    claims = {"iss": "supabase", "ref": "sandbox", "role": role, "iat": issued, "exp": expires}
    return jwt.encode(claims, jwt_secret, algorithm="HS256")


def _opaque_key(prefix: str) -> str:
    return f"{prefix}_{secrets.token_urlsafe(16)}_{secrets.token_hex(4)}"


def _signing_key() -> dict[str, str]:
    private: dict[str, Any] = ECAlgorithm.to_jwk(ec.generate_private_key(ec.SECP256R1()), as_dict=True)
    return {**private, "kid": str(uuid.uuid4()), "alg": "ES256", "use": "sig"}
