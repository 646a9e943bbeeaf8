"""Which published keys may verify tokens, and that each is pinned to one algorithm."""

from __future__ import annotations

from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed448, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm

from aura.errors import ConfigurationError
from aura.identity.public_keys import MAX_KEYS, secret_key, usable_keys
from tests.support.tokens.project import SigningProject, encode

PROJECT = SigningProject()
EC, RSA, ED = (PROJECT.public_jwk(algorithm) for algorithm in ("ES256", "RS256", "EdDSA"))


def without(jwk: dict[str, Any], *members: str) -> dict[str, Any]:
    return {name: value for name, value in jwk.items() if name not in members}


def usable(*entries: object) -> set[str]:
    return set(usable_keys({"keys": list(entries)}).keys)


def test_each_kind_of_key_verifies_one_algorithm() -> None:
    found = usable_keys(PROJECT.jwks)
    assert {name: key.algorithm for name, key in found.keys.items()} == {
        "ec-1": "ES256",
        "rsa-1": "RS256",
        "ed-1": "EdDSA",
    }
    assert found.ignored == 0


@pytest.mark.parametrize("jwk", [EC, RSA, ED], ids=["EC", "RSA", "OKP"])
def test_what_is_optional_may_be_left_out(jwk: dict[str, Any]) -> None:
    assert usable(without(jwk, "alg", "use", "key_ops")) == {jwk["kid"]}


def _private(algorithm: str) -> dict[str, Any]:
    makers: dict[str, Any] = {"ES256": ECAlgorithm, "RS256": RSAAlgorithm, "EdDSA": OKPAlgorithm}
    made: dict[str, Any] = makers[algorithm].to_jwk(PROJECT.private_key(algorithm), as_dict=True)
    return {**made, "kid": "private"}


def _rsa(bits: int, exponent: int = 65537) -> dict[str, Any]:
    made: dict[str, Any] = RSAAlgorithm.to_jwk(rsa.generate_private_key(exponent, bits).public_key(), as_dict=True)
    return {**made, "kid": "weak"}


def _curve(curve: ec.EllipticCurve) -> dict[str, Any]:
    made: dict[str, Any] = ECAlgorithm.to_jwk(ec.generate_private_key(curve).public_key(), as_dict=True)
    return {**made, "kid": "curve"}


UNUSABLE: dict[str, object] = {
    "no object": "key",
    "null": None,
    "a list": [],
    "empty": {},
    "without kid": without(EC, "kid"),
    "kid a number": EC | {"kid": 1},
    "kid empty": EC | {"kid": ""},
    "kid too long": EC | {"kid": "k" * 201},
    "without kty": without(EC, "kty"),
    "kty unknown": EC | {"kty": "AKP"},
    "kty a list": EC | {"kty": ["EC"]},
    "kty of another kind": EC | {"kty": "RSA"},
    "a symmetric key": {"kty": "oct", "kid": "oct", "k": encode(b"k" * 32), "alg": "HS256"},
    "a private EC key": _private("ES256"),
    "a private RSA key": _private("RS256"),
    "a private Edwards key": _private("EdDSA"),
    "for encryption": EC | {"use": "enc"},
    "use null": EC | {"use": None},
    "for signing only": EC | {"key_ops": ["sign"]},
    "key_ops a text": EC | {"key_ops": "verify"},
    "alg of another kind": EC | {"alg": "RS256"},
    "alg symmetric": RSA | {"alg": "HS256"},
    "alg PS256": RSA | {"alg": "PS256"},
    "alg null": EC | {"alg": None},
    "curve P-384": _curve(ec.SECP384R1()),
    "curve secp256k1": _curve(ec.SECP256K1()),
    "curve said to be another": _curve(ec.SECP384R1()) | {"crv": "P-256"},
    "curve missing": without(EC, "crv"),
    "curve a list": EC | {"crv": ["P-256"]},
    "Ed448": {
        "kty": "OKP",
        "crv": "Ed448",
        "kid": "ed",
        "x": encode(ed448.Ed448PrivateKey.generate().public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)),
    },
    "x missing": without(EC, "x"),
    "x a number": EC | {"x": 1},
    "x null": EC | {"x": None},
    "x of another key": EC | {"x": EC["y"]},
    "x too short": ED | {"x": "AAAA"},
    "n missing": without(RSA, "n"),
    "n no base64": RSA | {"n": "\u00e9"},
    "RSA of 1,024 bits": _rsa(1024),
    "RSA with e = 1": RSA | {"e": "AQ"},
    "RSA with a huge e": RSA | {"e": RSA["n"]},
    "RSA of 16,384 bits": RSA | {"n": encode(bytes([255]) * 2048)},
}


@pytest.mark.parametrize("entry", UNUSABLE.values(), ids=UNUSABLE.keys())
def test_what_may_not_verify_is_left_out_alone(entry: object) -> None:
    found = usable_keys({"keys": [entry, RSA if entry is not RSA else EC]})
    assert (set(found.keys), found.ignored) == ({"rsa-1"}, 1)


def test_of_two_keys_with_one_name_the_first_counts() -> None:
    assert usable_keys({"keys": [EC, RSA | {"kid": "ec-1"}]}).keys["ec-1"].algorithm == "ES256"


@pytest.mark.parametrize(
    "document",
    [None, [], "keys", 1, {}, {"keys": None}, {"keys": "EC"}, {"keys": {"a": EC}}, {"keys": [EC] * (MAX_KEYS + 1)}],
)
def test_what_is_no_jwk_set_is_an_error(document: object) -> None:
    with pytest.raises(ValueError, match="JWK set"):
        usable_keys(document)


def test_equal_sets_have_equal_names_whatever_their_order() -> None:
    assert usable_keys({"keys": [EC, RSA]}).names == usable_keys({"keys": [RSA, EC | {"extra": 1}]}).names
    other = SigningProject().public_jwk("ES256")
    assert usable_keys({"keys": [EC]}).names != usable_keys({"keys": [other]}).names


@pytest.mark.parametrize("secret", ["", "short", "x" * 31])
def test_a_secret_that_can_be_guessed_is_refused(secret: str) -> None:
    with pytest.raises(ConfigurationError, match="SUPABASE_JWT_SECRET"):
        secret_key(secret)


def test_a_public_key_is_no_secret() -> None:
    pem = PROJECT.private_key("ES256").public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    with pytest.raises(ConfigurationError, match="not a secret") as refused:
        secret_key(pem.decode())
    assert "BEGIN" not in str(refused.value)
