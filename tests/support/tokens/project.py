"""A project that signs tokens with every kind of key, and can be made to sign anything at all.

Tokens are put together by hand here: a library would refuse to write most of what the tests need to send.
"""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from uuid import uuid4

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from jwt.algorithms import ECAlgorithm, HMACAlgorithm, OKPAlgorithm, RSAAlgorithm

from aura.identity.claims import ClaimRules
from aura.identity.public_keys import KeySet, VerificationKey, secret_key, usable_keys

SECRET = "the-legacy-secret-of-a-project-that-has-one"
LEEWAY = 10.0
LEFT_OUT: Any = ...
KEY_IDS = {"ES256": "ec-1", "RS256": "rsa-1", "EdDSA": "ed-1"}
NEW_KEY: Mapping[str, Callable[[], Any]] = {
    "ES256": lambda: ec.generate_private_key(ec.SECP256R1()),
    "RS256": lambda: rsa.generate_private_key(65537, 2048),
    "EdDSA": ed25519.Ed25519PrivateKey.generate,
}


@dataclass
class SigningProject:
    """Keys of all kinds. ``issued_at`` is the time of its tokens, which live for an hour."""

    url: str = "https://project.supabase.co"
    secret: str = SECRET
    issued_at: int = field(default_factory=lambda: int(time.time()))
    user_id: str = field(default_factory=lambda: str(uuid4()))
    _private_keys: dict[str, Any] = field(default_factory=dict, repr=False)

    def private_key(self, algorithm: str) -> Any:
        """The signing key of an algorithm, made when it is first used: RSA takes a moment."""
        if algorithm not in self._private_keys:
            self._private_keys[algorithm] = NEW_KEY[algorithm]()
        return self._private_keys[algorithm]

    @cached_property
    def jwks(self) -> dict[str, list[dict[str, Any]]]:
        """The JWK set that the project publishes."""
        return {"keys": [self.public_jwk(algorithm) for algorithm in KEY_IDS]}

    def public_jwk(self, algorithm: str) -> dict[str, Any]:
        """One published key."""
        makers: dict[str, Any] = {"ES256": ECAlgorithm, "RS256": RSAAlgorithm, "EdDSA": OKPAlgorithm}
        public = self.private_key(algorithm).public_key()
        made: dict[str, Any] = makers[algorithm].to_jwk(public, as_dict=True)
        return {**made, "kid": KEY_IDS[algorithm], "alg": algorithm, "use": "sig", "key_ops": ["verify"]}

    @property
    def rules(self) -> ClaimRules:
        """What its tokens say."""
        return ClaimRules(f"{self.url}/auth/v1", "authenticated", LEEWAY)

    @property
    def legacy(self) -> VerificationKey:
        """Its secret, as a key."""
        return secret_key(self.secret)

    def claims(self, **changes: Any) -> dict[str, Any]:
        """The claims that Supabase Auth writes, with changes; LEFT_OUT takes one away."""
        claims: dict[str, Any] = {
            "iss": self.rules.issuer,
            "sub": self.user_id,
            "aud": "authenticated",
            "exp": self.issued_at + 3600,
            "iat": self.issued_at,
            "email": "ayşe@example.com",
            "phone": "",
            "app_metadata": {"provider": "email", "providers": ["email"]},
            "user_metadata": {"name": "Ayşe", "height": 1.7},
            "role": "authenticated",
            "aal": "aal1",
            "amr": [{"method": "password", "timestamp": self.issued_at}],
            "session_id": str(uuid4()),
            "is_anonymous": False,
        }
        return {name: value for name, value in {**claims, **changes}.items() if value is not LEFT_OUT}

    def header(self, algorithm: str = "ES256", **changes: Any) -> dict[str, Any]:
        """The header that goes with a key, with changes; LEFT_OUT takes a member away."""
        header: dict[str, Any] = {"alg": algorithm, "kid": KEY_IDS.get(algorithm, "legacy"), "typ": "JWT"}
        return {name: value for name, value in {**header, **changes}.items() if value is not LEFT_OUT}

    def token(self, algorithm: str = "ES256", /, **changes: Any) -> str:
        """A token whose claims are changed, signed rightly."""
        return self.signed(self.header(algorithm), self.claims(**changes), algorithm)

    def with_header(self, algorithm: str = "ES256", /, **changes: Any) -> str:
        """A token whose header is changed, signed rightly with the key of ``algorithm``."""
        return self.signed(self.header(algorithm, **changes), self.claims(), algorithm)

    def signed(self, header: object, claims: object, algorithm: str = "ES256") -> str:
        """Whatever is given (as JSON, or bytes as they are), signed with the key of ``algorithm``."""
        text = f"{segment(header)}.{segment(claims)}"
        return f"{text}.{encode(self.signature(text, algorithm))}"

    def signature(self, text: str, algorithm: str) -> bytes:
        """The signature over a text."""
        if algorithm.startswith("HS"):
            return hmac_over(text, self.secret.encode(), algorithm)
        made: bytes = jwt.get_algorithm_by_name(algorithm).sign(text.encode(), self.private_key(algorithm))
        return made


def hmac_over(text: str, key: bytes, algorithm: str = "HS256") -> bytes:
    """An HMAC with any bytes as its key, also those that PyJWT refuses."""
    hashes = {"HS256": HMACAlgorithm.SHA256, "HS384": HMACAlgorithm.SHA384, "HS512": HMACAlgorithm.SHA512}
    return HMACAlgorithm(hashes[algorithm]).sign(text.encode(), key)


def encode(data: bytes) -> str:
    """Base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def segment(content: object) -> str:
    """One segment: bytes as they are, anything else as JSON."""
    return encode(content if isinstance(content, bytes) else json.dumps(content).encode())


class HeldKeys:
    """Published keys that are simply at hand, for tests without a network."""

    def __init__(self, document: Mapping[str, object]) -> None:
        self.generation = 1
        self._set: KeySet = usable_keys(document)

    def replace(self, document: Mapping[str, object]) -> None:
        """The project publishes other keys."""
        self._set = usable_keys(document)
        self.generation += 1

    async def find(self, key_id: str) -> VerificationKey | None:
        return self._set.keys.get(key_id)

    async def published(self) -> int:
        return len(self._set.keys)

    async def aclose(self) -> None:
        return None
