"""Tokens are short, exact and made once for as long as they are good."""

from __future__ import annotations

import json
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

from aura.errors import ConfigurationError
from aura.identity.minting import MAX_CACHED, SigningKey, TokenMinter, signing_key
from aura.settings import Settings

SECRET = "a-secret-of-at-least-thirty-two-characters"
ANY_TIME: Any = {"verify_exp": False, "verify_iat": False}
OWNER = "7f0c2f8e-5f0f-4b51-9d2f-6b1f9d0e1a11"


class Clock:
    def __init__(self) -> None:
        self.now = 1_800_000_000.7

    def __call__(self) -> float:
        return self.now


def minter(clock: Clock, key: SigningKey | None = None) -> TokenMinter:
    return TokenMinter(key or SigningKey("HS256", SECRET), "https://p.supabase.co/auth/v1", clock=clock)


def claims(token: str | None) -> dict[str, Any]:
    assert token is not None
    return jwt.decode(token, SECRET, ["HS256"], audience="authenticated", options=ANY_TIME)


def test_the_claims_are_those_of_the_owner_for_sixty_seconds() -> None:
    got = claims(minter(Clock()).token(OWNER))
    assert got == {
        "iss": "https://p.supabase.co/auth/v1",
        "sub": OWNER,
        "aud": "authenticated",
        "role": "authenticated",
        "iat": 1_800_000_000,
        "exp": 1_800_000_060,
    }
    assert type(got["exp"]) is int


def test_a_token_is_kept_until_fifteen_seconds_before_its_end() -> None:
    clock = Clock()
    tokens = minter(clock)
    first = tokens.token(OWNER)
    clock.now += 44
    assert tokens.token(OWNER) is first
    clock.now += 1
    assert tokens.token(OWNER) != first


def test_a_token_that_is_refused_is_made_anew() -> None:
    clock = Clock()
    tokens = minter(clock)
    first, other = tokens.token(OWNER), tokens.token("other")
    clock.now += 1
    tokens.forget(OWNER)
    tokens.forget("nobody")
    assert tokens.token(OWNER) != first
    assert tokens.token("other") is other


def test_owners_never_share_a_token() -> None:
    tokens = minter(Clock())
    assert claims(tokens.token("a"))["sub"] == "a"
    assert claims(tokens.token("b"))["sub"] == "b"
    assert claims(tokens.token("a"))["sub"] == "a"


def test_the_number_of_kept_tokens_is_bounded() -> None:
    clock = Clock()
    tokens = minter(clock)
    for number in range(MAX_CACHED + 5):
        tokens.token(str(number))
    assert len(tokens._tokens) == MAX_CACHED


def test_without_a_key_there_are_no_tokens() -> None:
    assert TokenMinter(None, "x").token(OWNER) is None


def settings_with(**supabase: str) -> Settings:
    return Settings.model_validate({"supabase": {"url": "https://p.supabase.co", **supabase}})


def test_a_private_elliptic_curve_key_signs_with_its_key_id() -> None:
    private = ec.generate_private_key(ec.SECP256R1())
    jwk = {**ECAlgorithm.to_jwk(private, as_dict=True), "kid": "k1"}
    key = signing_key(settings_with(signing_key=json.dumps(jwk), jwt_secret=SECRET))
    assert key is not None
    token = minter(Clock(), key).token(OWNER)
    assert token is not None
    assert jwt.get_unverified_header(token) == {"alg": "ES256", "typ": "JWT", "kid": "k1"}
    jwt.decode(token, private.public_key(), ["ES256"], audience="authenticated", options=ANY_TIME)


def test_a_private_rsa_key_signs() -> None:
    private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    jwk = RSAAlgorithm.to_jwk(private, as_dict=True)
    key = signing_key(settings_with(signing_key=json.dumps(jwk)))
    assert key is not None
    assert key.algorithm == "RS256"
    assert minter(Clock(), key).token(OWNER)


def test_the_legacy_secret_serves_where_there_is_no_private_key() -> None:
    key = signing_key(settings_with(jwt_secret=SECRET))
    assert key is not None
    assert key.algorithm == "HS256"
    assert SECRET not in repr(key)


def public_jwk() -> str:
    return json.dumps(ECAlgorithm.to_jwk(ec.generate_private_key(ec.SECP256R1()).public_key(), as_dict=True))


def other_curve() -> str:
    return json.dumps(ECAlgorithm.to_jwk(ec.generate_private_key(ec.SECP384R1()), as_dict=True))


@pytest.mark.parametrize(
    "text", ["not json", "[]", "{}", '{"kty": "oct", "k": "c2VjcmV0", "d": ""}', public_jwk(), other_curve()]
)
def test_a_key_that_cannot_sign_is_a_readable_error(text: str) -> None:
    with pytest.raises(ConfigurationError, match="SUPABASE_SIGNING_KEY"):
        signing_key(settings_with(signing_key=text))


def test_numbers_that_make_no_key_are_a_readable_error() -> None:
    text = json.dumps({"kty": "EC", "crv": "P-256", "d": "AA", "x": "AA", "y": "AA"})
    with pytest.raises(ConfigurationError, match="do not make a key"):
        signing_key(settings_with(signing_key=text))
