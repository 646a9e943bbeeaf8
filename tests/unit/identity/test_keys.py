"""A key in the wrong place is told at once, and what is told never shows the key."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import jwt
import pytest

from aura.errors import ConfigurationError
from aura.identity.keys import Setting, api_key

SECRET = "a-secret-of-at-least-thirty-two-characters"
NOW = datetime(2026, 6, 1, tzinfo=UTC)


def legacy(role: str | None, exp: int = 4_000_000_000) -> str:
    claims: dict[str, Any] = {"iss": "supabase", "exp": exp}
    return jwt.encode({**claims, **({"role": role} if role else {})}, SECRET)


@pytest.mark.parametrize(
    ("value", "setting", "bearer"),
    [
        (legacy("anon"), "anon_key", True),
        (legacy("service_role"), "service_key", True),
        ("sb_publishable_abc", "anon_key", False),
        ("  sb_secret_abc\n", "service_key", False),
    ],
)
def test_every_form_is_accepted_in_its_place(value: str, setting: Setting, bearer: bool) -> None:
    key = api_key(value, setting, now=NOW)
    assert key.bearer is bearer
    assert key.value == value.strip()
    assert key.value not in repr(key)


@pytest.mark.parametrize(
    ("value", "setting", "says"),
    [
        (legacy("anon"), "service_key", "role anon, service_role is needed"),
        (legacy("service_role"), "anon_key", "role service_role, anon is needed"),
        ("sb_publishable_abc", "service_key", "role anon"),
        ("sb_secret_abc", "anon_key", "role service_role"),
        ("sb_other_abc", "anon_key", "neither"),
        (legacy("authenticated"), "service_key", "no API key"),
        (legacy(None), "service_key", "no API key"),
        (legacy("anon", exp=1_600_000_000), "anon_key", "expired at 2020-09-13"),
        ("rubbish", "anon_key", "does not hold an API key"),
    ],
)
def test_a_wrong_key_names_its_setting_and_not_itself(value: str, setting: Setting, says: str) -> None:
    with pytest.raises(ConfigurationError, match=says) as caught:
        api_key(value, setting, now=NOW)
    assert "SUPABASE_" in str(caught.value)
    assert value not in str(caught.value)


def test_an_opaque_key_is_never_sent_as_a_bearer() -> None:
    key = api_key("sb_secret_abc", "service_key")
    assert key.headers() == {"apikey": "sb_secret_abc"}
    assert key.headers("token") == {"apikey": "sb_secret_abc", "Authorization": "Bearer token"}


def test_a_legacy_key_is_its_own_bearer_unless_somebody_acts() -> None:
    value = legacy("service_role")
    key = api_key(value, "service_key", now=NOW)
    assert key.headers() == {"apikey": value, "Authorization": f"Bearer {value}"}
    assert key.headers("token")["Authorization"] == "Bearer token"
