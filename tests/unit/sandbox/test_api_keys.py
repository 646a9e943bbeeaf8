"""The gateway's rule of who a request speaks for, case by case."""

from __future__ import annotations

from datetime import UTC, datetime

import jwt
import pytest

from sandbox.api_keys import NO_KEY, WRONG_KEY, authorization, check_api_key, without_api_key
from sandbox.keys import ProjectKeys, generate_keys

NOW = datetime(2026, 11, 22, tzinfo=UTC)
KEYS = generate_keys(NOW)
USER_TOKEN = "Bearer the.users.token"


def test_every_form_of_key_is_accepted_and_nothing_else() -> None:
    for key in (KEYS.anon, KEYS.service_role, KEYS.publishable, KEYS.secret):
        assert check_api_key(KEYS, key) is None
    assert check_api_key(KEYS, None) is NO_KEY
    assert check_api_key(KEYS, "") is NO_KEY
    assert check_api_key(KEYS, generate_keys(NOW).anon) is WRONG_KEY


@pytest.mark.parametrize(
    ("api_key", "header", "result"),
    [
        pytest.param("publishable", USER_TOKEN, USER_TOKEN, id="a user's token stays"),
        pytest.param("publishable", None, "Bearer {anon}", id="publishable key becomes anon"),
        pytest.param("secret", None, "Bearer {service_role}", id="secret key becomes service_role"),
        pytest.param("secret", "Bearer {secret}", "Bearer {service_role}", id="copied into Authorization"),
        pytest.param(None, "Bearer {secret}", "Bearer {service_role}", id="only in Authorization"),
        pytest.param("anon", "Bearer {anon}", "Bearer {anon}", id="old key, as clients send it"),
        pytest.param("service_role", None, "{service_role}", id="old key alone is copied without Bearer"),
        pytest.param(None, None, None, id="nothing"),
        pytest.param(None, "Bearer sb_secret_wrong", "sb_secret_wrong", id="unknown opaque key stays powerless"),
    ],
)
def test_authorization(api_key: str | None, header: str | None, result: str | None) -> None:
    values = {name: getattr(KEYS, name) for name in ("anon", "service_role", "publishable", "secret")}
    given = getattr(KEYS, api_key) if api_key else None
    expected = result.format(**values) if result else None
    assert authorization(KEYS, given, header.format(**values) if header else None) == expected


@pytest.mark.parametrize(
    ("query", "kept"),
    [
        ("", ""),
        ("apikey=x", ""),
        ("select=id%2Cname&apikey=x&order=id", "select=id%2Cname&order=id"),
        ("apikeys=eq.1", "apikeys=eq.1"),
        ("name=eq.a%26apikey=b", "name=eq.a%26apikey=b"),
    ],
)
def test_the_key_is_taken_out_of_the_query_and_nothing_else(query: str, kept: str) -> None:
    assert without_api_key(query) == kept


def test_old_keys_are_jwts_of_their_role_for_ten_years() -> None:
    claims = jwt.decode(KEYS.service_role, KEYS.jwt_secret, algorithms=["HS256"], options={"verify_iat": False})
    assert claims["role"] == "service_role"
    assert claims["exp"] - claims["iat"] == 3650 * 24 * 3600


def test_only_service_keys_are_service_keys() -> None:
    powers = {key: KEYS.is_service_key(getattr(KEYS, key)) for key in ("anon", "service_role", "publishable", "secret")}
    assert powers == {"anon": False, "service_role": True, "publishable": False, "secret": True}


def test_no_two_projects_share_a_secret() -> None:
    other = generate_keys(NOW)
    for name in ProjectKeys.__dataclass_fields__:
        assert getattr(KEYS, name) != getattr(other, name)


def test_the_public_key_shows_nothing_private() -> None:
    assert "d" in KEYS.signing_key
    assert "d" not in KEYS.public_jwk()
