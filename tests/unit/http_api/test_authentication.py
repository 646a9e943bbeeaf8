"""The token comes in one Authorization header or not at all; refusals say what RFC 6750 says and nothing sent."""

from __future__ import annotations

import re

import pytest
from aiohttp.test_utils import make_mocked_request
from multidict import CIMultiDict

from aura.identity.claims import Verified
from aura.identity.jwks import KeysUnavailable
from aura.identity.refusal import DESCRIPTIONS, InvalidToken, Reason
from aura.identity.verification import TokenVerifier
from http_api.authentication import authenticate, bearer_token, unauthorized
from http_api.problems import Problem
from tests.support.tokens.project import HeldKeys, SigningProject

PROJECT = SigningProject()
TOKEN = PROJECT.token()
CHALLENGE = re.compile(
    r'Bearer realm="aura"(, error="(?P<error>invalid_token|invalid_request)", error_description="[^"\\]+")?'
)


class Answering(TokenVerifier):
    """A verifier that has made up its mind."""

    def __init__(self, error: Exception | None = None) -> None:
        super().__init__(PROJECT.rules, HeldKeys(PROJECT.jwks))
        self._error = error

    async def verify(self, token: str) -> Verified:
        if self._error is not None:
            raise self._error
        return await super().verify(token)


async def refusal(*headers: tuple[str, str], path: str = "/", error: Exception | None = None) -> Problem:
    request = make_mocked_request("GET", path, headers=CIMultiDict(headers))
    with pytest.raises(Problem) as refused:
        await authenticate(request, Answering(error))
    problem = refused.value
    said = f"{problem.detail} {problem.headers} {problem!r} {problem.__context__!r}"
    assert not any(part in said for part in TOKEN.split("."))
    return problem


def error_of(problem: Problem) -> str | None:
    assert problem.code == "unauthorized"
    found = CHALLENGE.fullmatch(problem.headers["WWW-Authenticate"])
    assert found is not None
    return found["error"]


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
async def test_a_good_token_makes_the_caller(scheme: str) -> None:
    request = make_mocked_request("GET", "/", headers={"Authorization": f"{scheme} {TOKEN}"})
    caller = await authenticate(request, Answering())
    assert (caller.user_id, caller.token) == (PROJECT.user_id, TOKEN)
    assert TOKEN not in repr(caller)


async def test_who_did_not_try_hears_no_error() -> None:
    assert error_of(await refusal()) is None


@pytest.mark.parametrize(
    "value",
    [
        "",
        "Bearer",
        "Bearer ",
        TOKEN,
        f"Bearer  {TOKEN}",
        f"Bearer\t{TOKEN}",
        f"Bearer\u00a0{TOKEN}",
        f"Bearer:{TOKEN}",
        f"Bearer {TOKEN},",
        f"Bearer {TOKEN}, Bearer {TOKEN}",
        f"Bearer {TOKEN} {TOKEN}",
        f'Bearer token="{TOKEN}"',
        f"Bearer realm=aura, {TOKEN}",
        f'Bearer "{TOKEN}"',
        f"Bearer Bearer {TOKEN}",
        f"Bearer {TOKEN}\u200b",
        f"Bearer {TOKEN};",
        f"Basic {TOKEN}",
        f"Token {TOKEN}",
        f"JWT {TOKEN}",
        f"DPoP {TOKEN}",
        f"Bearerx {TOKEN}",
        f"XBearer {TOKEN}",
        f"Bearer ={TOKEN}",
        f"{{Bearer {TOKEN}}}",
    ],
)
async def test_a_header_of_another_form_is_an_invalid_request(value: str) -> None:
    assert error_of(await refusal(("Authorization", value))) == "invalid_request"


@pytest.mark.parametrize("names", [("Authorization", "Authorization"), ("authorization", "AUTHORIZATION")])
async def test_two_headers_are_one_too_many_even_if_equal(names: tuple[str, str]) -> None:
    headers = [(name, f"Bearer {TOKEN}") for name in names]
    assert error_of(await refusal(*headers)) == "invalid_request"


@pytest.mark.parametrize(
    ("headers", "path"),
    [
        ((), f"/?access_token={TOKEN}"),
        ((), f"/?token={TOKEN}&apikey={TOKEN}"),
        ((("Cookie", f"sb-access-token={TOKEN}"),), "/"),
        ((("apikey", TOKEN),), "/"),
        ((("X-Authorization", f"Bearer {TOKEN}"),), "/"),
        ((("Proxy-Authorization", f"Bearer {TOKEN}"),), "/"),
        ((("X-Forwarded-Authorization", f"Bearer {TOKEN}"),), "/"),
    ],
)
async def test_a_token_anywhere_else_does_not_count(headers: tuple[tuple[str, str], ...], path: str) -> None:
    assert error_of(await refusal(*headers, path=path)) is None


@pytest.mark.parametrize("reason", DESCRIPTIONS)
async def test_each_reason_is_a_challenge(reason: Reason) -> None:
    problem = await refusal(("Authorization", f"Bearer {TOKEN}"), error=InvalidToken(reason))
    assert error_of(problem) == "invalid_token"
    assert problem.detail == f"{DESCRIPTIONS[reason]}."


async def test_keys_that_cannot_be_had_are_no_fault_of_the_caller() -> None:
    problem = await refusal(("Authorization", f"Bearer {TOKEN}"), error=KeysUnavailable())
    assert (problem.code, problem.kind.status) == ("unavailable", 503)
    assert int(problem.headers["Retry-After"]) > 0
    assert "WWW-Authenticate" not in problem.headers


def test_bytes_that_are_no_text_are_an_invalid_request() -> None:
    with pytest.raises(Problem, match="exactly one header"):
        bearer_token(["Bearer eyJhbGciOiJ\udcff"])


def test_the_shortest_token_is_left_to_the_verifier() -> None:
    assert bearer_token(["Bearer a"]) == "a"


def test_descriptions_can_stand_in_a_quoted_string() -> None:
    for description in DESCRIPTIONS.values():
        assert description.isascii()
        assert CHALLENGE.fullmatch(unauthorized(description, "invalid_token").headers["WWW-Authenticate"])
