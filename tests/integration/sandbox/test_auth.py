"""Auth's sessions and refusals, over plain HTTP as any client may send them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import httpx
import jwt
import psycopg
import pytest
from psycopg.rows import TupleRow

from sandbox import Sandbox

PASSWORD = "correct horse battery"
API_VERSION = {"X-Supabase-Api-Version": "2024-01-01"}


@pytest.fixture
async def http(sandbox: Sandbox) -> AsyncIterator[httpx.AsyncClient]:
    """A client that sends the anon key and nothing else."""
    async with httpx.AsyncClient(base_url=sandbox.url, headers={"apikey": sandbox.anon_key}, timeout=20) as client:
        yield client


async def sign_up(http: httpx.AsyncClient) -> dict[str, Any]:
    answer = await http.post("/auth/v1/signup", json={"email": f"{uuid4()}@example.com", "password": PASSWORD})
    assert answer.status_code == 200
    body: dict[str, Any] = answer.json()
    return body


async def refresh(http: httpx.AsyncClient, token: str) -> httpx.Response:
    return await http.post("/auth/v1/token?grant_type=refresh_token", json={"refresh_token": token})


async def whoami(http: httpx.AsyncClient, token: str) -> httpx.Response:
    return await http.get("/auth/v1/user", headers={"Authorization": f"Bearer {token}"})


async def test_signing_up_makes_the_apps_row(http: httpx.AsyncClient, db: psycopg.AsyncConnection[TupleRow]) -> None:
    user = (await sign_up(http))["user"]
    row = await (await db.execute("select email from users where id = %s", [user["id"]])).fetchone()
    assert row == (user["email"],)


async def test_a_refresh_token_is_good_for_one_exchange(
    http: httpx.AsyncClient, db: psycopg.AsyncConnection[TupleRow]
) -> None:
    first = await sign_up(http)
    second = (await refresh(http, first["refresh_token"])).json()
    assert second["refresh_token"] != first["refresh_token"]
    again = (await refresh(http, first["refresh_token"])).json()  # two tabs: within ten seconds
    assert again["refresh_token"] == second["refresh_token"]
    await db.execute(
        "update auth.refresh_tokens set updated_at = now() - interval '11 seconds' where token = %s",
        [first["refresh_token"]],
    )
    stolen = await refresh(http, first["refresh_token"])
    assert (stolen.status_code, stolen.json()["error_code"]) == (400, "refresh_token_already_used")
    ended = await refresh(http, second["refresh_token"])
    assert ended.json()["error_code"] == "refresh_token_not_found"
    assert (await whoami(http, second["access_token"])).json()["error_code"] == "session_not_found"


async def test_signing_out_ends_the_session_for_refreshing(http: httpx.AsyncClient) -> None:
    session = await sign_up(http)
    bearer = {"Authorization": f"Bearer {session['access_token']}"}
    assert (await http.post("/auth/v1/logout?scope=global", headers=bearer)).status_code == 204
    assert (await refresh(http, session["refresh_token"])).status_code == 400
    assert (await http.post("/auth/v1/logout", headers=bearer)).json()["error_code"] == "session_not_found"


async def test_signing_out_elsewhere_keeps_this_session(http: httpx.AsyncClient) -> None:
    here = await sign_up(http)
    there = (
        await http.post(
            "/auth/v1/token?grant_type=password", json={"email": here["user"]["email"], "password": PASSWORD}
        )
    ).json()
    bearer = {"Authorization": f"Bearer {here['access_token']}"}
    await http.post("/auth/v1/logout?scope=others", headers=bearer)
    assert (await refresh(http, here["refresh_token"])).status_code == 200
    assert (await refresh(http, there["refresh_token"])).status_code == 400


async def test_a_deleted_person_is_gone(
    sandbox: Sandbox, http: httpx.AsyncClient, db: psycopg.AsyncConnection[TupleRow]
) -> None:
    session = await sign_up(http)
    path = f"/auth/v1/admin/users/{session['user']['id']}"
    assert (await http.delete(path, headers={"apikey": sandbox.secret_key})).status_code == 200
    assert (await whoami(http, session["access_token"])).status_code == 403
    left = await (await db.execute("select from users where id = %s", [session["user"]["id"]])).fetchone()
    assert left is None


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"email": "nobody", "password": PASSWORD}, 400, "validation_failed"),
        ({"email": "a@example.com", "password": "123"}, 422, "weak_password"),
        ({"email": "a@example.com"}, 400, "validation_failed"),
        ({"email": "a@example.com", "password": "x" * 73}, 400, "validation_failed"),
        ({}, 422, "anonymous_provider_disabled"),
    ],
)
async def test_sign_up_refusals(http: httpx.AsyncClient, body: dict[str, str], status: int, code: str) -> None:
    old = await http.post("/auth/v1/signup", json=body)
    assert (old.status_code, old.json()["code"], old.json()["error_code"]) == (status, status, code)
    new = await http.post("/auth/v1/signup", json=body, headers=API_VERSION)
    assert (new.status_code, new.json()["code"]) == (status, code)
    assert new.json()["message"] == old.json()["msg"]


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'"x"', b"\xff"])
async def test_what_is_no_json_object_is_refused(http: httpx.AsyncClient, body: bytes) -> None:
    answer = await http.post("/auth/v1/signup", content=body)
    assert (answer.status_code, answer.json()["error_code"]) == (400, "bad_json")


async def test_tokens_are_checked(sandbox: Sandbox, http: httpx.AsyncClient) -> None:
    session = await sign_up(http)
    claims = jwt.decode(session["access_token"], options={"verify_signature": False})
    forged = jwt.encode(claims, "x" * 40, algorithm="HS256")
    expired = jwt.encode({**claims, "exp": 1}, sandbox.jwt_secret, algorithm="HS256")
    for token in (forged, expired, "nonsense", sandbox.anon_key):
        answer = await whoami(http, token)
        assert (answer.status_code, answer.json()["error_code"]) == (403, "bad_jwt")
    assert (await http.get("/auth/v1/user")).status_code == 401 or (await http.get("/auth/v1/user")).json()[
        "error_code"
    ] == "bad_jwt"


async def test_keys_are_published_without_an_api_key(sandbox: Sandbox) -> None:
    async with httpx.AsyncClient() as anybody:
        answer = await anybody.get(f"{sandbox.url}/auth/v1/.well-known/jwks.json")
    (key,) = answer.json()["keys"]
    assert (key["alg"], key["kty"]) == ("ES256", "EC")
    assert "d" not in key


async def test_unknown_grants_are_refused(http: httpx.AsyncClient) -> None:
    answer = await http.post("/auth/v1/token?grant_type=magic", json={})
    assert (answer.status_code, answer.json()["error"]) == (400, "unsupported_grant_type")
