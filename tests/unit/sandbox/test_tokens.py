"""Tokens are signed and checked with the project's own keys, whatever a token says about itself."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import jwt
import pytest

from sandbox.keys import generate_keys
from sandbox.realtime.tokens import BadSignature, MalformedToken
from sandbox.realtime_keys import RealtimeKeys
from sandbox.tokens import TokenIssuer, TokenVerifier, postgrest_key_set, public_key_set

NOW = datetime.now(UTC)
KEYS = generate_keys(NOW)
VERIFIER = TokenVerifier(KEYS)
USER: dict[str, Any] = {
    "id": "7b0c7a0e-3f0e-4a3e-9d55-1f7d0a6f4d11",
    "aud": "authenticated",
    "role": "authenticated",
    "email": "a@example.com",
    "phone": "",
    "app_metadata": {},
    "user_metadata": {},
    "is_anonymous": False,
}


def issuer(*, legacy: bool = False) -> TokenIssuer:
    return TokenIssuer(KEYS, "http://127.0.0.1:1/auth/v1", legacy)


@pytest.mark.parametrize(("legacy", "algorithm"), [(True, "HS256"), (False, "ES256")])
def test_issued_tokens_are_valid_and_name_their_user(legacy: bool, algorithm: str) -> None:
    token, expires = issuer(legacy=legacy).issue(USER, "session", NOW)
    claims = VERIFIER.verify(token)
    assert jwt.get_unverified_header(token)["alg"] == algorithm
    assert (claims["sub"], claims["role"], claims["exp"]) == (USER["id"], "authenticated", expires)
    assert isinstance(claims["exp"], int)


def test_tokens_signed_with_the_secret_are_valid_in_a_signing_key_project() -> None:
    minted = jwt.encode({"role": "authenticated", "sub": USER["id"]}, KEYS.jwt_secret, algorithm="HS256")
    assert VERIFIER.verify(minted)["sub"] == USER["id"]


def test_the_public_key_is_no_secret_to_sign_with() -> None:
    public = TokenVerifier(KEYS)._public.key  # what a forger knows
    with pytest.raises((TypeError, jwt.InvalidKeyError)):
        jwt.encode({"role": "service_role"}, public, algorithm="HS256")
    forged = jwt.encode({"role": "service_role"}, KEYS.public_jwk()["x"], algorithm="HS256")
    with pytest.raises(jwt.InvalidSignatureError):
        VERIFIER.verify(forged)


def test_unsigned_tokens_are_refused() -> None:
    with pytest.raises(jwt.InvalidTokenError):
        VERIFIER.verify(jwt.encode({"role": "service_role"}, "", algorithm="none"))


def test_all_users_tokens_can_be_ended_at_once_but_not_api_keys() -> None:
    verifier = TokenVerifier(KEYS)
    token, _ = issuer().issue(USER, "session", NOW)
    verifier.expire_issued_until(NOW.timestamp())
    with pytest.raises(jwt.ExpiredSignatureError):
        verifier.verify(token)
    assert verifier.was_ended(token)
    assert verifier.verify(KEYS.anon)["role"] == "anon"
    verifier.expire_issued_until(0)
    assert verifier.verify(token)["sub"] == USER["id"]


def test_realtime_is_told_what_is_wrong_with_a_token_but_not_that_it_expired() -> None:
    keys = RealtimeKeys(VERIFIER)
    expired = jwt.encode({"role": "anon", "exp": 1}, KEYS.jwt_secret, algorithm="HS256")
    assert keys.verify(expired) == {"role": "anon", "exp": 1}
    assert keys.resolve_api_key(KEYS.secret) == KEYS.service_role
    assert keys.resolve_api_key("anything") == "anything"
    with pytest.raises(MalformedToken):
        keys.verify("sb_publishable_unknown")
    with pytest.raises(BadSignature):
        keys.verify(jwt.encode({"role": "anon"}, "x" * 40, algorithm="HS256"))


def test_a_legacy_project_publishes_no_key() -> None:
    assert public_key_set(KEYS, legacy=True) == {"keys": []}
    published = public_key_set(KEYS, legacy=False)["keys"]
    assert [key["kid"] for key in published] == [KEYS.signing_key["kid"]]
    assert all("d" not in key for key in published)


def test_postgrest_gets_the_secret_and_only_the_public_half_of_the_signing_key() -> None:
    kinds = {key["kty"]: key for key in postgrest_key_set(KEYS)["keys"]}
    assert set(kinds) == {"EC", "oct"}
    assert "d" not in kinds["EC"]
