"""The webhook's route over real sockets: who is let in, what is passed on, and what hostile payloads come to."""

from __future__ import annotations

import json
import time
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import httpx
import pytest

from aura.identity.webhook_signature import sign
from sandbox import Sandbox
from tests.support.api import RunningApi, api_settings, running_api

SECRET = "a-webhook-secret-of-some-length"
PATH = "/webhooks/supabase"
SHOWN = {"x-webhook-secret": SECRET}


def change(table: str = "clothing_items", kind: str = "INSERT", **more: Any) -> dict[str, Any]:
    """A change as Supabase's trigger sends it."""
    row = {
        "id": str(uuid4()),
        "user_id": str(uuid4()),
        "name": "shirt",
        "image_url": "https://x/y.jpg",
        "ai_tags": None,
    }
    rows = {"INSERT": (row, None), "UPDATE": (row, row), "DELETE": (None, row)}
    record, old_record = rows.get(kind, (row, None))
    told = {"type": kind, "table": table, "schema": "public", "record": record, "old_record": old_record}
    return {**told, **more}


def signed(body: bytes, *, message_id: str | None = None, at: float | None = None) -> dict[str, str]:
    name, moment = message_id or f"msg_{uuid4().hex}", int(time.time() if at is None else at)
    signature = sign(SECRET.encode(), name, moment, body)
    return {"webhook-id": name, "webhook-timestamp": str(moment), "webhook-signature": signature}


@pytest.fixture
async def api(sandbox: Sandbox) -> AsyncIterator[RunningApi]:
    """An API that takes webhooks."""
    async with running_api(api_settings(sandbox, webhook={"secret": SECRET})) as running:
        yield running


async def send(api: RunningApi, content: bytes | str, headers: dict[str, str]) -> httpx.Response:
    return await api.client.post(PATH, content=content, headers={"content-type": "application/json", **headers})


def counted(api: RunningApi, outcome: str) -> float:
    registry = api.context.services.metrics.registry
    return registry.get_sample_value("aura_webhooks_total", {"outcome": outcome}) or 0.0


@pytest.mark.parametrize("kind", ["INSERT", "UPDATE", "DELETE"])
@pytest.mark.parametrize("table", ["clothing_items", "combinations", "likes"])
async def test_a_change_is_passed_on_as_it_came(api: RunningApi, table: str, kind: str) -> None:
    told = change(table, kind)
    answer = await send(api, json.dumps(told), SHOWN)
    assert (answer.status_code, answer.json()) == (202, {"status": "accepted"})
    assert [dict(hint) for hint in api.hints.changes] == [told]
    assert counted(api, "accepted") == 1


@pytest.mark.parametrize(
    "proof", [SHOWN, {"authorization": f"Bearer {SECRET}"}, "signed"], ids=["header", "bearer", "signed"]
)
async def test_each_kind_of_proof_is_enough(api: RunningApi, proof: dict[str, str] | str) -> None:
    body = json.dumps(change()).encode()
    headers = signed(body) if isinstance(proof, str) else proof
    assert (await send(api, body, headers)).status_code == 202


@pytest.mark.parametrize(
    "told",
    [
        change("profiles"),
        change("schema_migrations", schema="supabase_migrations"),
        change(schema="storage"),
        change("aura_canary", record={"id": "00000000-0000-0000-0000-000000000000", "beat": 1}),
        change("users", "UPDATE", record={"email": "x"}),
        {**change("profiles"), "something": "new"},
    ],
)
async def test_what_nothing_follows_from_is_taken_and_left_alone(api: RunningApi, told: dict[str, Any]) -> None:
    answer = await send(api, json.dumps(told), SHOWN)
    assert (answer.status_code, answer.json()) == (202, {"status": "ignored"})
    assert api.hints.changes == []


HOSTILE: dict[str, tuple[str | bytes, int]] = {
    "nothing": ("", 400),
    "no JSON": ("{", 400),
    "null": ("null", 422),
    "a list": ("[]", 422),
    "a list of changes": (json.dumps([change()]), 422),
    "a text": ('"INSERT"', 422),
    "an empty object": ("{}", 422),
    "no type": (json.dumps(change(type=None)), 422),
    "an unknown type": (json.dumps(change(kind="TRUNCATE")), 422),
    "the type in small letters": (json.dumps(change(kind="insert")), 422),
    "a table that is no text": (json.dumps(change(table=7)), 422),  # type: ignore[arg-type]
    "an empty table": (json.dumps(change(table="")), 422),
    "a table without end": (json.dumps(change(table="t" * 5000)), 422),
    "no schema": (json.dumps({name: value for name, value in change().items() if name != "schema"}), 422),
    "a null schema": (json.dumps(change(schema=None)), 422),
    "an insert without its row": (json.dumps(change(record=None)), 422),
    "a delete without its row": (json.dumps(change(kind="DELETE", old_record=None)), 422),
    "a row that is a list": (json.dumps(change(record=[1])), 422),
    "a row that is a text": (json.dumps(change(record="x")), 422),
    "a row without keys": (json.dumps(change(record={})), 422),
    "an id that is no UUID": (json.dumps(change(record={"id": "1", "user_id": str(uuid4())})), 422),
    "an id with a query": (json.dumps(change(record={"id": "eq.1&or=(x)", "user_id": str(uuid4())})), 422),
    "an id in braces": (json.dumps(change(record={"id": f"{{{uuid4()}}}", "user_id": str(uuid4())})), 422),
    "an id in capitals": (json.dumps(change(record={"id": str(uuid4()).upper() + "A", "user_id": str(uuid4())})), 422),
    "a person that is a number": (json.dumps(change(record={"id": str(uuid4()), "user_id": 1})), 422),
    "a null person": (json.dumps(change(record={"id": str(uuid4()), "user_id": None})), 422),
    "not a number": ('{"type":"INSERT","table":"t","schema":"s","record":{"n":NaN}}', 400),
    "a zero byte": ('{"type":"INSERT","table":"t\\u0000","schema":"s","record":{}}', 400),
    "the same key twice": ('{"type":"INSERT","type":"DELETE","table":"t","schema":"s","record":{}}', 400),
    "half a character": (b'{"type":"INSERT","table":"\xff","schema":"s","record":{}}', 400),
    "a deep row": ('{"type":"INSERT","table":"t","schema":"s","record":' + '{"a":' * 5000 + "1" + "}" * 5001, 400),
    "a huge row": (json.dumps(change(record={"id": "x" * 70_000})), 413),
}


@pytest.mark.parametrize(("body", "status"), HOSTILE.values(), ids=HOSTILE.keys())
async def test_hostile_payloads_of_somebody_who_knows_the_secret(
    api: RunningApi, body: str | bytes, status: int
) -> None:
    answer = await send(api, body, SHOWN)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert api.hints.changes == []


@pytest.mark.parametrize(("body", "status"), HOSTILE.values(), ids=HOSTILE.keys())
async def test_nothing_of_a_body_is_judged_before_its_sender(api: RunningApi, body: str | bytes, status: int) -> None:
    answer = await send(api, body, {"x-webhook-secret": "a guess of some length"})
    assert answer.status_code == (413 if status == 413 else 401)
    assert counted(api, "refused") == (0 if status == 413 else 1)


async def test_a_refusal_says_why_and_never_the_secret(api: RunningApi) -> None:
    body = json.dumps(change()).encode()
    for headers in ({}, {"authorization": "Bearer x"}, signed(body + b" "), signed(body, at=time.time() - 4000)):
        answer = await send(api, body, headers)
        assert (answer.status_code, answer.json()["code"]) == (401, "webhook_refused")
        assert answer.headers["www-authenticate"].startswith("Bearer")
        assert SECRET not in answer.text
    assert api.hints.changes == []


async def test_a_replay_within_the_window_does_nothing(api: RunningApi) -> None:
    body = json.dumps(change()).encode()
    headers = signed(body)
    answers = [(await send(api, body, headers)).json()["status"] for _ in range(3)]
    assert answers == ["accepted", "repeated", "repeated"]
    again = signed(body, message_id=headers["webhook-id"], at=time.time() + 5)
    assert (await send(api, body, again)).json()["status"] == "repeated", "a sender's retry has a new time"
    assert len(api.hints.changes) == 1


async def test_a_refused_message_does_not_use_up_its_id(api: RunningApi) -> None:
    body = json.dumps(change()).encode()
    headers = signed(body)
    assert (await send(api, body + b" ", headers)).status_code == 401
    assert (await send(api, body, headers)).json()["status"] == "accepted"


async def test_two_headers_of_one_name_are_refused(api: RunningApi) -> None:
    twice = [("content-type", "application/json"), ("x-webhook-secret", SECRET), ("x-webhook-secret", SECRET)]
    answer = await api.client.post(PATH, content=json.dumps(change()), headers=twice)
    assert answer.status_code == 401


async def test_without_a_secret_it_is_closed_and_says_so(sandbox: Sandbox) -> None:
    async with running_api(api_settings(sandbox)) as api:
        for headers in (SHOWN, {"x-webhook-secret": ""}, {"authorization": "Bearer x"}, {}):
            answer = await send(api, json.dumps(change()), headers)
            assert (answer.status_code, answer.json()["code"]) == (404, "webhook_closed")
            assert "AURA__WEBHOOK__SECRET" in answer.json()["detail"]
        assert api.hints.changes == []


async def test_strangers_do_not_use_up_the_limit_of_those_who_know_the_secret(sandbox: Sandbox) -> None:
    settings = api_settings(sandbox, webhook={"secret": SECRET}, rate_limits={"webhook": "3/minute"})
    async with running_api(settings) as api:
        for _ in range(5):
            assert (await send(api, json.dumps(change()), {})).status_code == 401
        answers = [await send(api, json.dumps(change()), SHOWN) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [202, 202, 202, 429]
    assert int(answers[-1].headers["retry-after"]) >= 1
