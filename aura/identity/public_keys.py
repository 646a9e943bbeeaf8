"""The public keys of a project: which of a JWK set's entries may verify tokens, and with which one algorithm.

The algorithm belongs to the key and never comes from a token: an EC key verifies ES256, an RSA key RS256, and no
key of a published set ever verifies HS256, whatever a token says. Entries that do not fit (another use, private
or symmetric material, weak RSA, unknown curves) are left out; one odd entry never makes the others useless.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from jwt.algorithms import HMACAlgorithm

from aura.errors import ConfigurationError
from aura.identity.compact import MAX_KEY_ID
from aura.settings.names import environment_name, hint

# Key type and curve → the one algorithm such a key verifies (RFC 7518, 3.1; RFC 8037, 3.1).
ALGORITHMS: Mapping[str, str] = {"EC P-256": "ES256", "RSA": "RS256", "OKP Ed25519": "EdDSA"}
PRIVATE_MEMBERS = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})
MAX_KEYS = 32
MIN_RSA_BITS, MAX_RSA_BITS = 2048, 8192  # RFC 7518, 3.3; above 8,192 bits one check costs milliseconds
MAX_RSA_EXPONENT = 2**32
MIN_SECRET_BYTES = 32  # RFC 7518, 3.2: a key of the hash's size or larger


class _Algorithm(Protocol):
    def verify(self, msg: bytes, key: Any, sig: bytes) -> bool: ...


@dataclass(frozen=True, slots=True)
class VerificationKey:
    """One key and the algorithm it is pinned to."""

    algorithm: str
    _verifier: _Algorithm = field(repr=False)
    _key: Any = field(repr=False)

    def verifies(self, signed: bytes, signature: bytes) -> bool:
        """Whether ``signature`` was made over ``signed`` with this key. ES256 costs about 0.1 ms, HS256 3 µs."""
        return self._verifier.verify(signed, self._key, signature)


@dataclass(frozen=True, slots=True)
class KeySet:
    """The usable keys of a JWK set by key id, and how many entries were left out."""

    keys: Mapping[str, VerificationKey]
    names: frozenset[str]  # of what the keys are made: two sets with equal names hold equal keys
    ignored: int = 0


def usable_keys(document: object) -> KeySet:
    """The keys of a JWK set (RFC 7517, 5) that tokens may be verified with.

    Raises:
        ValueError: it is no JWK set at all.
    """
    entries = document.get("keys") if isinstance(document, Mapping) else None
    if not isinstance(entries, Sequence) or isinstance(entries, str) or len(entries) > MAX_KEYS:
        raise ValueError("not a JWK set")
    keys: dict[str, VerificationKey] = {}
    names: set[str] = set()
    for entry in entries:
        key = _usable(entry)
        if key is not None and entry["kid"] not in keys:
            keys[entry["kid"]] = key
            names.add(_name(entry))
    return KeySet(keys, frozenset(names), len(entries) - len(keys))


def secret_key(secret: str) -> VerificationKey:
    """The project's legacy secret, which verifies HS256 and nothing else.

    Raises:
        ConfigurationError: it is too short, or is the text of a public key and so no secret.
    """
    algorithm = HMACAlgorithm(HMACAlgorithm.SHA256)
    try:
        key = algorithm.prepare_key(secret)
    except jwt.InvalidKeyError:
        raise _unusable("is the text of a key, not a secret") from None
    if len(key) < MIN_SECRET_BYTES:
        raise _unusable(f"is shorter than {MIN_SECRET_BYTES} bytes")
    return VerificationKey("HS256", algorithm, key)


def _usable(entry: object) -> VerificationKey | None:
    if not isinstance(entry, dict) or not PRIVATE_MEMBERS.isdisjoint(entry) or not _meant_for_tokens(entry):
        return None
    algorithm = ALGORITHMS.get(" ".join(str(entry[member]) for member in ("kty", "crv") if member in entry))
    if algorithm is None or entry.get("alg", algorithm) != algorithm:
        return None
    try:
        key = jwt.PyJWK(entry, algorithm=algorithm)
    except (jwt.PyJWTError, ValueError, TypeError, KeyError):  # numbers that make no key, of any JSON type
        return None
    return None if _weak(key.key) else VerificationKey(algorithm, key.Algorithm, key.key)


def _meant_for_tokens(entry: Mapping[str, Any]) -> bool:
    key_id, operations = entry.get("kid"), entry.get("key_ops", ["verify"])
    named = isinstance(key_id, str) and 0 < len(key_id) <= MAX_KEY_ID
    return named and entry.get("use", "sig") == "sig" and isinstance(operations, list) and "verify" in operations


def _weak(key: object) -> bool:
    if not isinstance(key, RSAPublicKey):
        return False
    return not MIN_RSA_BITS <= key.key_size <= MAX_RSA_BITS or not 3 <= key.public_numbers().e < MAX_RSA_EXPONENT


def _name(entry: Mapping[str, Any]) -> str:
    return "|".join(str(entry.get(member)) for member in ("kid", "kty", "crv", "x", "y", "n", "e"))


def _unusable(why: str) -> ConfigurationError:
    where = hint("supabase", "jwt_secret")
    return ConfigurationError(f"{environment_name('supabase', 'jwt_secret')} {why}. {where}")
