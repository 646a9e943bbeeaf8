"""Tokens that real projects hand out, old kind and new: their people come in, everything else of theirs stays out."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import jwt
import pytest

from sandbox import Sandbox
from tests.support.accounts import People
from tests.support.api import ApiHouse, api_settings, running_api
from tests.support.recording_project import recording_project
from tests.support.tokens.project import encode, hmac_over, segment

PATH = "/api/v1/recommendations/"
Claims = dict[str, Any]


async def status_of(house: ApiHouse, token: str) -> int:
    """What the API answers to this token; a 401 must be a proper one."""
    answer = await house.client.get(PATH, headers={"Authorization": f"Bearer {token}"})
    if answer.status_code == 401:
        assert answer.json()["code"] == "unauthorized"
        assert answer.headers["WWW-Authenticate"].startswith('Bearer realm="aura", error="invalid_token"')
        assert token not in answer.text
    return answer.status_code


def claims_of(token: str) -> Claims:
    return jwt.decode(token, options={"verify_signature": False})


async def test_people_come_in(api: ApiHouse) -> None:
    assert await status_of(api, api.ada.token) == 200
    assert await status_of(api, api.deniz.token) == 200


async def test_a_refreshed_session_and_its_older_token_are_both_good(api: ApiHouse) -> None:
    answer = await api.ada.person.client.auth.refresh_session()
    assert answer.session is not None
    assert [await status_of(api, answer.session.access_token), await status_of(api, api.ada.token)] == [200, 200]


async def test_api_keys_and_secrets_are_nobody(api: ApiHouse) -> None:
    sandbox = api.sandbox
    keys = [sandbox.anon_key, sandbox.service_key, sandbox.publishable_key, sandbox.secret_key, sandbox.jwt_secret]
    assert [await status_of(api, key) for key in keys] == [401] * len(keys)
    session = await api.ada.person.client.auth.get_session()
    assert session is not None
    assert await status_of(api, session.refresh_token) == 401


async def test_an_edited_token_is_nobody_s(api: ApiHouse) -> None:
    header, _, signature = api.ada.token.split(".")
    deniz = api.deniz.token.split(".")
    claims = claims_of(api.ada.token)
    edited = {
        "another's name": f"{header}.{segment({**claims, 'sub': api.deniz.id})}.{signature}",
        "another's payload": f"{header}.{deniz[1]}.{signature}",
        "another's signature": f"{header}.{api.ada.token.split('.')[1]}.{deniz[2]}",
        "a longer life": f"{header}.{segment({**claims, 'exp': claims['exp'] + 86400})}.{signature}",
        "another role": f"{header}.{segment({**claims, 'role': 'service_role'})}.{signature}",
        "no signature": f"{segment({'alg': 'none', 'typ': 'JWT'})}.{segment(claims)}.",
    }
    answered = {name: await status_of(api, token) for name, token in edited.items()}
    assert answered == dict.fromkeys(edited, 401)


async def test_what_the_project_s_own_secret_signs_must_still_be_a_person(legacy_api: ApiHouse) -> None:
    claims, now = claims_of(legacy_api.ada.token), int(time.time())
    changes: dict[str, Claims] = {
        "nothing": {},
        "role service_role": {"role": "service_role"},
        "role anon": {"role": "anon"},
        "role supabase_admin": {"role": "supabase_admin"},
        "expired": {"exp": now - 60, "iat": now - 120},
        "not valid yet": {"nbf": now + 600},
        "no subject": {"sub": None},
        "another audience": {"aud": "anon"},
        "another project": {"iss": "https://other.supabase.co/auth/v1"},
    }
    secret = legacy_api.sandbox.jwt_secret
    tokens = {name: jwt.encode({**claims, **change}, secret, "HS256") for name, change in _encodable(changes).items()}
    answered = {name: await status_of(legacy_api, token) for name, token in tokens.items()}
    assert answered == {name: 200 if name == "nothing" else 401 for name in changes}


def _encodable(changes: dict[str, Claims]) -> dict[str, Claims]:
    """PyJWT itself refuses to write a subject that is null; an empty one is as wrong."""
    return {
        name: {key: "" if value is None else value for key, value in each.items()} for name, each in changes.items()
    }


async def test_the_published_key_is_no_secret(modern_api: ApiHouse) -> None:
    published = (await modern_api.client.get(f"{modern_api.sandbox.url}/auth/v1/.well-known/jwks.json")).content
    text = f"{segment({'alg': 'HS256', 'typ': 'JWT'})}.{segment(claims_of(modern_api.ada.token))}"
    assert await status_of(modern_api, f"{text}.{encode(hmac_over(text, published))}") == 401


async def test_the_people_of_another_project_are_nobody_here(modern_api: ApiHouse, legacy_sandbox: Sandbox) -> None:
    strangers = People(legacy_sandbox)
    stranger = await strangers.sign_up()
    assert await status_of(modern_api, await stranger.token()) == 401
    await strangers.close()


async def test_a_project_that_cannot_be_reached_is_no_fault_of_its_people(sandbox: Sandbox, people: People) -> None:
    """The keys come through a path that is broken at first, and broken again when they are known."""
    person = await people.sign_up()
    token = await person.token()
    async with recording_project(sandbox.url) as project:
        settings = api_settings(sandbox, sign=False, identity={"issuer": f"{sandbox.url}/auth/v1"})
        supabase = settings.supabase.model_copy(update={"url": project.url})
        async with running_api(settings.model_copy(update={"supabase": supabase})) as api:
            project.broken = "/auth/v1"
            visitor = api.visitor(person, token)
            refused = await visitor.get(PATH)
            assert (refused.status_code, refused.json()["code"]) == (503, "unavailable")
            assert int(refused.headers["Retry-After"]) > 0
            project.broken = None
            async with asyncio.timeout(30):
                while (answer := await visitor.get(PATH)).status_code == 503:
                    await asyncio.sleep(0.1)
            project.broken = "/auth/v1"
            assert [answer.status_code, (await visitor.get(PATH)).status_code] == [200, 200]


@pytest.mark.parametrize("leeway", [0.0, 10.0])
async def test_the_end_of_a_token_is_kept(legacy_sandbox: Sandbox, leeway: float) -> None:
    people = People(legacy_sandbox)
    person = await people.sign_up()
    claims, now = claims_of(await person.token()), int(time.time())
    settings = api_settings(legacy_sandbox, identity={"leeway_seconds": leeway})
    token = jwt.encode({**claims, "iat": now - 100, "exp": now - 5}, legacy_sandbox.jwt_secret, "HS256")
    async with running_api(settings) as api:
        verified = await api.visitor(person, token).get(f"/api/v1/ai/analyses/{person.id}")
    assert verified.status_code == (404 if leeway else 401)
    await people.close()
