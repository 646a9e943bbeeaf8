"""Tokens: what is accepted, and the words of a refusal at each place."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.realtime import BadSignature, MalformedToken
from sandbox.realtime.tokens import TokenRefused, accept, judge

NOW = 1_000_000.5


class Claimed:
    """Keys that take the claims for the token, or raise."""

    def __init__(self, answer: dict[str, Any] | type[Exception]) -> None:
        self._answer = answer

    def resolve_api_key(self, key: str) -> str:
        return key

    def verify(self, token: str) -> dict[str, Any]:
        if isinstance(self._answer, dict):
            return self._answer
        raise self._answer


@pytest.mark.parametrize(
    ("answer", "handshake", "join", "refresh"),
    [
        (
            MalformedToken,
            "The token provided is not a valid JWT",
            "MalformedJWT: The token provided is not a valid JWT",
            "The token provided is not a valid JWT",
        ),
        (
            BadSignature,
            "Failed to validate JWT signature",
            "JwtSignatureError: Failed to validate JWT signature",
            ":signature_error",
        ),
        (
            {"exp": 2_000_000},
            "Fields `role` and `exp` are required in JWT",
            "InvalidJWTToken: Fields `role` and `exp` are required in JWT",
            "Fields `role` and `exp` are required in JWT",
        ),
        (
            {"role": "anon", "exp": 999_995},
            "Token has expired",
            "InvalidJWTToken: Token has expired 5 seconds ago",
            "Token has expired 5 seconds ago",
        ),
    ],
)
def test_refusals(answer: dict[str, Any] | type[Exception], handshake: str, join: str, refresh: str) -> None:
    with pytest.raises(TokenRefused) as raised:
        accept(Claimed(answer), "token", NOW)
    refusal = raised.value.refusal
    assert (refusal.handshake, refusal.join, refusal.refresh) == (handshake, join, refresh)


def test_a_fraction_of_a_second_is_legal_and_so_is_no_subject() -> None:
    assert judge({"role": "anon", "exp": NOW + 0.1, "iat": 1.5}, NOW) is None


@pytest.mark.parametrize("claims", [{"role": "anon", "exp": "soon"}, {"role": "anon", "exp": True}, {"role": "anon"}])
def test_an_expiry_must_be_a_number(claims: dict[str, Any]) -> None:
    assert judge(claims, NOW) is not None


def test_a_wrong_iat_is_an_unknown_error() -> None:
    refusal = judge({"role": "anon", "exp": 2_000_000, "iat": "x"}, NOW)
    assert refusal is not None
    assert refusal.join == "Unknown Error on Channel"
