"""The one port refuses, swaps keys and hands on to PostgREST as a hosted project's gateway does."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import httpx
import psycopg
import pytest
from psycopg.rows import TupleRow

from sandbox import Sandbox
from tests.support.accounts import People
from tests.support.waiting import wait_for

MAX_ROWS = 1000


@pytest.fixture
async def http(sandbox: Sandbox) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=sandbox.url, timeout=20) as client:
        yield client


@pytest.mark.parametrize("path", ["/rest/v1/users", "/auth/v1/user", "/auth/v1/admin/users"])
async def test_a_key_is_needed(http: httpx.AsyncClient, path: str) -> None:
    missing = await http.get(path)
    assert (missing.status_code, missing.json()["message"]) == (401, "No API key found in request")
    wrong = await http.get(path, headers={"apikey": "sb_secret_wrong"})
    assert (wrong.status_code, wrong.json()["message"]) == (401, "Invalid API key")


@pytest.mark.parametrize("key", ["service_key", "secret_key"])
async def test_service_keys_see_everything(sandbox: Sandbox, http: httpx.AsyncClient, people: People, key: str) -> None:
    person = await people.sign_up()
    headers = {"apikey": getattr(sandbox, key), "Authorization": f"Bearer {getattr(sandbox, key)}"}
    found = await http.get(f"/rest/v1/users?select=id&id=eq.{person.id}", headers=headers)
    assert found.json() == [{"id": person.id}]


async def test_an_opaque_key_alone_is_enough_but_an_old_key_alone_is_anon(
    sandbox: Sandbox, http: httpx.AsyncClient, people: People
) -> None:
    person = await people.sign_up()
    path = f"/rest/v1/users?select=id&id=eq.{person.id}"
    assert (await http.get(path, headers={"apikey": sandbox.secret_key})).json() == [{"id": person.id}]
    assert (await http.get(path, headers={"apikey": sandbox.service_key})).json() == []


async def test_the_key_may_stand_in_the_query(sandbox: Sandbox, http: httpx.AsyncClient, people: People) -> None:
    person = await people.sign_up()
    found = await http.get(f"/rest/v1/users?apikey={sandbox.secret_key}&select=id&id=eq.{person.id}")
    assert found.json() == [{"id": person.id}]


async def test_postgrest_answers_itself(sandbox: Sandbox, http: httpx.AsyncClient) -> None:
    headers = {"apikey": sandbox.secret_key, "Prefer": "count=exact"}
    head = await http.head("/rest/v1/users?select=id&limit=0", headers=headers)
    assert head.headers["Server"].startswith("postgrest/")
    unknown = await http.get("/rest/v1/nope", headers=headers)
    assert unknown.status_code == 404
    assert set(unknown.json()) == {"code", "details", "hint", "message"}
    missing = await http.post("/rest/v1/rpc/nope", json={}, headers=headers)
    assert (missing.status_code, missing.json()["code"]) == (404, "PGRST202")


async def test_no_more_than_a_thousand_rows(
    sandbox: Sandbox, http: httpx.AsyncClient, db: psycopg.AsyncConnection[TupleRow]
) -> None:
    """Of a table that is not published: so many rows would keep Realtime busy for seconds, as they do the real one."""
    crowd = uuid4()
    await db.execute(
        "insert into users (email) select format('%%s@%%s.example', n, %s::text) from generate_series(1, %s) n",
        [str(crowd), MAX_ROWS + 1],
    )
    rows = await http.get(
        f"/rest/v1/users?select=id&email=like.*@{crowd}.example", headers={"apikey": sandbox.secret_key}
    )
    assert len(rows.json()) == MAX_ROWS


async def test_long_urls_pass(sandbox: Sandbox, http: httpx.AsyncClient) -> None:
    many = ",".join(str(uuid4()) for _ in range(1000))  # 37 kB
    found = await http.get(f"/rest/v1/users?select=id&id=in.({many})", headers={"apikey": sandbox.secret_key})
    assert (found.status_code, found.json()) == (200, [])


async def test_new_tables_appear_by_themselves(
    sandbox: Sandbox, http: httpx.AsyncClient, db: psycopg.AsyncConnection[TupleRow]
) -> None:
    name = f"t_{uuid4().hex}"
    await db.execute(f"create table {name} (id int primary key)".encode())
    try:

        async def known() -> bool:
            return (await http.get(f"/rest/v1/{name}", headers={"apikey": sandbox.secret_key})).status_code == 200

        await wait_for(known, what="the new table")
    finally:
        await db.execute(f"drop table {name}".encode())


async def test_statements_of_people_are_limited_in_time(
    sandbox: Sandbox, db: psycopg.AsyncConnection[TupleRow]
) -> None:
    rows = await (
        await db.execute("select rolname, rolconfig from pg_roles where rolname in ('anon', 'authenticated')")
    ).fetchall()
    assert dict(rows) == {"anon": ["statement_timeout=3s"], "authenticated": ["statement_timeout=8s"]}


async def test_embedded_rows_follow_their_own_policies(people: People) -> None:
    """The items inside somebody else's public outfit stay hidden."""
    alice, bob = await people.sign_up("alice"), await people.sign_up("bob")
    item = await alice.add_item(name="coat")
    outfit = {"user_id": alice.id, "name": "winter", "is_public": True}
    made: Any = (await alice.client.table("combinations").insert(outfit).execute()).data[0]
    link = {"combination_id": made["id"], "clothing_item_id": item["id"]}
    await alice.client.table("combination_items").insert(link).execute()
    query = "name, combination_items(clothing_item_id, clothing_items(name))"
    seen = await bob.client.table("combinations").select(query).eq("id", made["id"]).single().execute()
    assert seen.data == {
        "name": "winter",
        "combination_items": [{"clothing_item_id": item["id"], "clothing_items": None}],
    }
    await bob.client.table("likes").insert({"user_id": bob.id, "combination_id": made["id"]}).execute()
    liked = await bob.client.table("combinations").select("likes_count").eq("id", made["id"]).single().execute()
    assert liked.data == {"likes_count": 1}
