"""What is accepted, what is remembered and for how long, and that any edit makes a token worthless."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aura.errors import ConfigurationError
from aura.identity.jwks import KeysUnavailable
from aura.identity.refusal import InvalidToken
from aura.identity.verification import REMEMBER_FORGED, REMEMBER_SECONDS, TokenVerifier
from tests.support.tokens.project import LEFT_OUT, HeldKeys, SigningProject

ALGORITHMS = ["HS256", "ES256", "RS256", "EdDSA"]
PROJECT = SigningProject()
TOKENS = {algorithm: PROJECT.token(algorithm) for algorithm in ALGORITHMS}


class Clock:
    """A time of day that stands still."""

    def __init__(self) -> None:
        self.now = float(PROJECT.issued_at)

    def __call__(self) -> float:
        return self.now


class CountingKeys(HeldKeys):
    """Keys that count how often they are asked for."""

    asked = 0

    async def find(self, key_id: str) -> Any:
        self.asked += 1
        return await super().find(key_id)


def verifier(clock: Clock | None = None, keys: HeldKeys | None = None, **options: Any) -> TokenVerifier:
    options.setdefault("secret", PROJECT.legacy)
    return TokenVerifier(PROJECT.rules, keys or HeldKeys(PROJECT.jwks), clock=clock or Clock(), **options)


async def reason(subject: TokenVerifier, token: str) -> str | None:
    """Why a token is refused; None where it is accepted."""
    try:
        await subject.verify(token)
    except InvalidToken as error:
        return error.reason
    return None


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(ALGORITHMS), st.data())
def test_any_edit_of_any_byte_is_refused(algorithm: str, data: st.DataObject) -> None:
    token = TOKENS[algorithm].encode()
    at = data.draw(st.integers(0, len(token) - 1))
    byte = data.draw(st.integers(0, 255).filter(lambda value: value != token[at]))
    edited = (token[:at] + bytes([byte]) + token[at + 1 :]).decode("utf-8", "surrogateescape")
    assert asyncio.run(reason(verifier(), edited)) is not None


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(ALGORITHMS), st.data())
def test_any_cut_and_any_insertion_is_refused(algorithm: str, data: st.DataObject) -> None:
    token = TOKENS[algorithm]
    start, end = sorted(data.draw(st.tuples(*[st.integers(0, len(token))] * 2)))
    text = token[:start] + data.draw(st.text(max_size=4)) + token[end:]
    assert (asyncio.run(reason(verifier(), text)) is None) == (text == token)


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=300) | st.from_regex(r"\A[A-Za-z0-9_-]{1,40}\.[A-Za-z0-9_-]{1,40}\.[A-Za-z0-9_-]{1,40}\Z"))
def test_any_text_is_refused_without_another_error(text: str) -> None:
    assert asyncio.run(reason(verifier(), text)) is not None


@pytest.mark.parametrize(
    "changes",
    [
        {"is_anonymous": True, "email": ""},
        {"iat": LEFT_OUT},
        {"nbf": PROJECT.issued_at},
        {"nbf": PROJECT.issued_at + 10},
        {"exp": PROJECT.issued_at - 9, "iat": PROJECT.issued_at - 3600},
        {"exp": 253_402_300_799},
        {"unknown": {"deep": [[[1.5, None, "é\U0001f457"]]]}},
        {"user_metadata": {"bio": "x" * 4000}},
    ],
)
async def test_what_supabase_may_write_is_accepted(changes: dict[str, Any]) -> None:
    assert await reason(verifier(), PROJECT.token(**changes)) is None


async def test_the_person_is_named_as_postgresql_writes_uuids() -> None:
    assert (await verifier().verify(PROJECT.token(sub=PROJECT.user_id.upper()))).user_id == PROJECT.user_id


async def test_a_kid_on_a_legacy_token_and_none_are_both_fine() -> None:
    assert await reason(verifier(), PROJECT.with_header("HS256", kid=LEFT_OUT)) is None
    assert await reason(verifier(), PROJECT.with_header("HS256", kid="ec-1")) is None


async def test_without_the_secret_its_tokens_are_refused() -> None:
    assert await reason(verifier(secret=None), TOKENS["HS256"]) == "algorithm"
    assert await reason(verifier(secret=None), TOKENS["ES256"]) is None


async def test_a_remembered_token_ends_when_it_says() -> None:
    clock = Clock()
    subject, token = verifier(clock), PROJECT.token(exp=PROJECT.issued_at + 30)
    assert await reason(subject, token) is None
    clock.now += 30 + PROJECT.rules.leeway - 0.5
    assert await reason(subject, token) is None
    clock.now += 0.5
    assert await reason(subject, token) == "expired"


async def test_a_token_is_verified_once_a_minute() -> None:
    clock, keys = Clock(), CountingKeys(PROJECT.jwks)
    subject = verifier(clock, keys)
    for _ in range(50):
        assert await reason(subject, TOKENS["ES256"]) is None
    assert keys.asked == 1
    clock.now += REMEMBER_SECONDS
    assert await reason(subject, TOKENS["ES256"]) is None
    assert keys.asked == 2


async def test_a_clock_set_back_makes_nothing_live_longer() -> None:
    clock, keys = Clock(), CountingKeys(PROJECT.jwks)
    subject = verifier(clock, keys)
    await subject.verify(TOKENS["ES256"])
    clock.now -= 5
    await subject.verify(TOKENS["ES256"])
    assert keys.asked == 2


async def test_a_forged_token_costs_one_signature_check() -> None:
    clock, keys = Clock(), CountingKeys(PROJECT.jwks)
    subject, forged = verifier(clock, keys), SigningProject(PROJECT.url, issued_at=PROJECT.issued_at).token()
    for _ in range(50):
        assert await reason(subject, forged) == "signature"
    assert keys.asked == 1


async def test_forgeries_push_nobody_out_and_are_bounded() -> None:
    keys = CountingKeys(PROJECT.jwks)
    subject = verifier(keys=keys)
    await subject.verify(TOKENS["ES256"])
    head = PROJECT.token("HS256").rpartition(".")[0]
    for number in range(REMEMBER_FORGED + 50):
        assert await reason(subject, f"{head}.{number:040d}AAA") == "signature"
    await subject.verify(TOKENS["ES256"])
    assert keys.asked == 1
    assert len(subject._forged) == REMEMBER_FORGED


async def test_what_is_remembered_is_bounded() -> None:
    subject = verifier(entries=10)
    for _ in range(25):
        await subject.verify(PROJECT.token("HS256"))
    assert len(subject._good) == 10


async def test_a_revoked_key_ends_remembered_tokens_at_once() -> None:
    keys = HeldKeys(PROJECT.jwks)
    subject = verifier(keys=keys)
    assert await reason(subject, TOKENS["ES256"]) is None
    keys.replace({"keys": [PROJECT.public_jwk("RS256")]})
    assert await reason(subject, TOKENS["ES256"]) == "unknown_key"
    assert await reason(subject, TOKENS["RS256"]) is None


async def test_a_key_that_is_put_back_makes_its_tokens_good_again() -> None:
    keys = HeldKeys({"keys": [PROJECT.public_jwk("RS256") | {"kid": "ec-1"}]})
    subject = verifier(keys=keys)
    assert await reason(subject, TOKENS["ES256"]) == "algorithm"
    keys.replace(PROJECT.jwks)
    assert await reason(subject, TOKENS["ES256"]) is None


async def test_nobody_can_be_verified_without_keys_or_secret() -> None:
    with pytest.raises(ConfigurationError, match="SUPABASE_JWT_SECRET is needed"):
        await verifier(keys=HeldKeys({"keys": []}), secret=None).check()
    await verifier(keys=HeldKeys({"keys": []})).check()
    await verifier(secret=None).check()


async def test_with_a_secret_keys_that_cannot_be_had_are_no_hindrance() -> None:
    class Away(HeldKeys):
        async def published(self) -> int:
            raise KeysUnavailable

    await verifier(keys=Away(PROJECT.jwks)).check()
    with pytest.raises(KeysUnavailable):
        await verifier(keys=Away(PROJECT.jwks), secret=None).check()


async def test_nothing_shows_a_token_or_the_secret() -> None:
    subject = verifier()
    await subject.verify(TOKENS["HS256"])
    shown = f"{subject!r} {vars(subject)!r} {subject._good._kept!r} {PROJECT.legacy!r}"
    assert PROJECT.secret not in shown
    assert TOKENS["HS256"].rpartition(".")[2] not in shown
