"""The claims alone: the exact seconds at which they begin and end to hold, and that no value gets around them."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aura.identity.claims import LATEST_SECONDS, ClaimRules, judge_claims
from aura.identity.refusal import InvalidToken

NOW = 1_800_000_000
RULES = ClaimRules("https://project.supabase.co/auth/v1", "authenticated", 10.0)
ADA = "7f0c2f8e-5f0f-4b51-9d2f-6b1f9d0e1a11"
GOOD: dict[str, Any] = {
    "iss": RULES.issuer,
    "aud": "authenticated",
    "role": "authenticated",
    "sub": ADA,
    "iat": NOW - 60,
    "exp": NOW + 60,
}


def reason(claims: dict[str, Any], now: float = NOW) -> str | None:
    try:
        judge_claims(claims, RULES, now)
    except InvalidToken as error:
        return error.reason
    return None


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (NOW - 70.001, "not_yet_valid"),
        (NOW - 70, None),
        (NOW, None),
        (NOW + 60, None),
        (NOW + 69.999, None),
        (NOW + 70, "expired"),
        (NOW + 10**6, "expired"),
    ],
)
def test_a_token_holds_from_its_issue_to_its_end_with_the_leeway_at_both(now: float, expected: str | None) -> None:
    assert reason(GOOD, now) == expected


@pytest.mark.parametrize(
    ("starts", "expected"), [(NOW, None), (NOW + 10, None), (NOW + 11, "not_yet_valid"), (0, None)]
)
def test_it_holds_from_the_later_of_its_beginnings(starts: int, expected: str | None) -> None:
    assert reason({**GOOD, "nbf": starts}) == expected


@pytest.mark.parametrize(("ends", "expected"), [(LATEST_SECONDS, None), (LATEST_SECONDS + 1, "claims")])
def test_the_end_of_time(ends: int, expected: str | None) -> None:
    assert reason({**GOOD, "exp": ends}) == expected


def test_what_is_found_is_the_person_and_the_end() -> None:
    found = judge_claims({**GOOD, "sub": ADA.upper()}, RULES, NOW)
    assert (found.user_id, found.expires_at) == (ADA, NOW + 60)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
# Values near the right ones, which random JSON would never hit.
NEAR = st.sampled_from(
    [*GOOD.values(), str(NOW + 60), float(NOW + 60), True, ADA.upper(), [RULES.audience], RULES.audience.title()]
)
SECONDS = st.integers(NOW - 1000, NOW + 1000)
VALUES = JSON | NEAR | SECONDS


@settings(max_examples=300, deadline=None)
@given(
    st.dictionaries(st.sampled_from([*GOOD, "nbf"]), VALUES, max_size=3),
    st.sets(st.sampled_from(list(GOOD)), max_size=1),
)
def test_whatever_is_claimed_only_a_person_of_this_project_is_found(changed: dict[str, Any], gone: set[str]) -> None:
    claims = {name: value for name, value in {**GOOD, **changed}.items() if name not in gone}
    try:
        found = judge_claims(claims, RULES, NOW)
    except InvalidToken:
        assert changed or gone
        return
    assert (claims["iss"], claims["aud"], claims["role"]) == (RULES.issuer, "authenticated", "authenticated")
    assert found.user_id == str(UUID(claims["sub"]))
    assert type(claims["exp"]) is int
    assert NOW - 10 < claims["exp"] == found.expires_at
    assert all(type(claims[name]) is int and claims[name] <= NOW + 10 for name in ("iat", "nbf") if name in claims)
