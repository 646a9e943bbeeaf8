"""The way of every request, on a route that only tells what it was given: identity, limits, body, refusals, ids."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
import structlog
from pydantic import BaseModel, ConfigDict, Field
from structlog.testing import capture_logs

from aura.errors import ConfigurationError, Permanent, RetryAt, Transient
from aura.gateway.errors import NotAuthorized, Refused
from http_api.operations import Answer, Call, Operation, Reply
from sandbox import Sandbox
from tests.support.accounts import People
from tests.support.api import RunningApi, Visitor, api_settings, running_api

SECRET = "sb_secret_do_not_tell"


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Note(Strict):
    text: str = Field(max_length=100)
    times: int = 1


class Options(Strict):
    limit: int = Field(default=10, ge=1, le=50)
    force: bool = False


class Place(Strict):
    note_id: UUID


class Told(BaseModel):
    caller: str | None = None
    text: str | None = None
    limit: int | None = None
    note_id: UUID | None = None


FAILURES: dict[str, Exception] = {
    "transient": Transient("database_unavailable", "The database cannot be reached."),
    "known": Transient("analyzer_timeout", "The analyzer takes longer."),
    "refused": Refused("42501", f"The database refused notes of {SECRET}."),
    "later": RetryAt("daily_limit", "Enough for today.", datetime.now(UTC) + timedelta(seconds=100)),
    "photo": Permanent("unreadable_photo", "The photo cannot be decoded."),
    "token": NotAuthorized("The access token was refused (PGRST301)."),
    "setting": ConfigurationError(f"SUPABASE_SECRET_KEY {SECRET} is wrong."),
    "defect": ZeroDivisionError(SECRET),
    "timeout": TimeoutError(SECRET),
}


async def tell(call: Call[Any, Options, Any]) -> Reply:
    text = call.body.text if call.body else None
    return Reply(Told(caller=call.caller.user_id, text=text, limit=call.query.limit))


async def look(call: Call[None, Options, None]) -> Reply:
    return Reply(Told(limit=call.query.limit))


async def place(call: Call[None, None, Place]) -> Reply:
    return Reply(Told(note_id=call.path.note_id), headers={"ETag": '"1"'})


async def fail(call: Call[Note, None, None]) -> Reply:
    if call.body.text == "sleep":
        await asyncio.sleep(60)
    raise FAILURES[call.body.text]


def operation(name: str, method: Any, path: str, handle: Any, **more: Any) -> Operation:
    answers = {200: Answer(Told, "Told.")}
    return Operation(name, method, path, name, name, "test", handle, answers, **more)


OPERATIONS = (
    operation("tell", "POST", "/tell", tell, body=Note, query=Options, limit="write", aliases=("/tell/",)),
    operation("read", "GET", "/read", tell, query=Options),
    operation("look", "GET", "/look", look, query=Options, access="open"),
    operation("place", "GET", "/notes/{note_id}", place, path_parameters=Place, access="open"),
    operation("fail", "POST", "/fail", fail, body=Note, access="open"),
)


@pytest.fixture
async def api(sandbox: Sandbox) -> AsyncIterator[RunningApi]:
    settings = api_settings(sandbox, api={"request_timeout_seconds": 3.0}, rate_limits={"write": "5/minute"})
    async with running_api(settings, operations=OPERATIONS) as running:
        yield running


@pytest.fixture
async def ada(api: RunningApi, people: People) -> Visitor:
    person = await people.sign_up("ada")
    return api.visitor(person, await person.token())


def problem(response: httpx.Response, status: int, code: str) -> dict[str, Any]:
    assert response.status_code == status, response.text
    assert response.headers["Content-Type"] == "application/problem+json"
    body: dict[str, Any] = response.json()
    assert (body["status"], body["code"]) == (status, code)
    assert body["type"] == f"urn:aura:problem:{code}"
    assert body["title"]
    assert body["detail"]
    assert body["request_id"] == response.headers["X-Request-ID"]
    return body


async def test_a_verified_caller_and_validated_parts_reach_the_route(ada: Visitor) -> None:
    for path in ("/tell", "/tell/"):
        answer = await ada.post(f"{path}?limit=7", {"text": "merhaba 👗"})
        assert answer.status_code == 200
        assert answer.json() == {"caller": ada.id, "text": "merhaba 👗", "limit": 7}
        assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["RateLimit-Limit"] == "5"
    assert answer.headers["RateLimit-Remaining"] == "3"


async def test_nobody_is_answered_without_a_token(api: RunningApi) -> None:
    answer = await api.client.post("/tell", json={"text": "x"})
    problem(answer, 401, "unauthorized")
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


async def test_who_asks_too_often_is_told_when_to_come_back(ada: Visitor) -> None:
    answers = [await ada.post("/tell", {"text": "x"}) for _ in range(6)]
    assert [answer.status_code for answer in answers] == [200] * 5 + [429]
    problem(answers[-1], 429, "rate_limited")
    assert int(answers[-1].headers["Retry-After"]) > 0
    assert (await ada.get("/read")).status_code == 200, "reading has a limit of its own"


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("/look?limit=0", "limit"),
        ("/look?limit=%2B5", "limit"),
        ("/look?limit=5.0", "limit"),
        ("/look?force=yes", "force"),
        ("/look?forse=true", "forse"),
        ("/look?limit=1&limit=2", "limit"),
        ("/look?limit=%00", "limit"),
        ("/notes/12345678123456781234567812345678", "note_id"),
        ("/notes/%ff", "note_id"),
    ],
)
async def test_parameters_are_refused_by_name(api: RunningApi, path: str, field: str) -> None:
    body = problem(await api.client.get(path), 422, "invalid_request")
    assert [error["field"] for error in body["errors"]] == [field]


async def test_all_that_is_wrong_with_a_request_is_told_at_once(ada: Visitor) -> None:
    answer = await ada.post("/tell?forse=true&limit=99&force=yes", {"text": 5, "title": "x"})
    body = problem(answer, 422, "invalid_request")
    assert [error["field"] for error in body["errors"]] == ["forse", "limit", "force", "/text", "/title"]


@pytest.mark.parametrize(
    ("raw", "status", "code"),
    [
        (b"", 400, "invalid_json"),
        (b"{", 400, "invalid_json"),
        (b'{"text": "a", "text": "b"}', 400, "invalid_json"),
        (b'{"text": "\\u0000"}', 400, "invalid_json"),
        (b'{"text": "\\ud800"}', 400, "invalid_json"),
        (b'{"text": NaN}', 400, "invalid_json"),
        (b'{"text": "\xff"}', 400, "invalid_json"),
        (b"[" * 5000, 400, "invalid_json"),
        (b'{"text": 5}', 422, "invalid_request"),
        (b'{"text": "a", "times": "5"}', 422, "invalid_request"),
        (b'{"text": "a", "user_id": "b"}', 422, "invalid_request"),
        (b"[]", 422, "invalid_request"),
        (b" " * 70_000, 413, "body_too_large"),
    ],
)
async def test_bodies_that_are_not_as_declared_are_refused(api: RunningApi, raw: bytes, status: int, code: str) -> None:
    headers = {"Content-Type": "application/json"}
    problem(await api.client.post("/fail", content=raw, headers=headers), status, code)


async def test_a_body_must_call_itself_json(api: RunningApi) -> None:
    for kind in ("text/plain", "application/x-www-form-urlencoded", "application/json; charset=utf-16"):
        answer = await api.client.post("/fail", content=b'{"text": "a"}', headers={"Content-Type": kind})
        problem(answer, 415, "unsupported_media_type")


@pytest.mark.parametrize(
    ("text", "status", "code"),
    [
        ("transient", 503, "unavailable"),
        ("known", 504, "analyzer_timeout"),
        ("refused", 500, "internal_error"),
        ("later", 429, "daily_limit"),
        ("photo", 422, "unreadable_photo"),
        ("token", 401, "unauthorized"),
        ("setting", 503, "unavailable"),
        ("defect", 500, "internal_error"),
        ("timeout", 500, "internal_error"),
        ("sleep", 504, "deadline_exceeded"),
    ],
)
async def test_failures_become_problems_that_tell_no_secret(api: RunningApi, text: str, status: int, code: str) -> None:
    answer = await api.client.post("/fail", json={"text": text})
    problem(answer, status, code)
    assert SECRET not in answer.text
    assert ("Retry-After" in answer.headers) == (status in {429, 503} or text == "known")


async def test_an_id_that_is_well_formed_is_kept_and_any_other_replaced(api: RunningApi) -> None:
    for given, kept in (("abc-123", True), ("a b", False), ("x" * 101, False), ("", False)):
        answer = await api.client.get("/look", headers={"X-Request-ID": given})
        assert (answer.headers["X-Request-ID"] == given) is kept


async def test_the_bare_address_says_where_the_documentation_is(api: RunningApi) -> None:
    answer = await api.client.get("/")
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/json")
    places = {name: path for name, path in answer.json().items() if name in {"docs", "redoc", "openapi"}}
    assert {(await api.client.get(path)).status_code for path in places.values()} == {200}
    assert len(places) == 3


@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS", "PROPFIND"])
@pytest.mark.parametrize("path", ["/nothing", "/look/", "/docs/", "/docs/assets/", "/api", "/look//", "/%2e%2e/etc"])
async def test_paths_that_are_none_are_problems(api: RunningApi, method: str, path: str) -> None:
    problem(await api.client.request(method, path), 404, "not_found")


async def test_methods_that_are_none_are_problems_too(api: RunningApi) -> None:
    answer = await api.client.put("/read")
    problem(answer, 405, "method_not_allowed")
    assert answer.headers["Allow"] == "GET, HEAD, OPTIONS"
    asked = await api.client.options("/tell")
    assert (asked.status_code, asked.headers["Allow"]) == (204, "OPTIONS, POST")


async def test_head_is_get_without_a_body(api: RunningApi) -> None:
    answer = await api.client.head("/notes/0a1b2c3d-0000-4000-8000-000000000000")
    assert (answer.status_code, answer.content) == (200, b"")
    assert int(answer.headers["Content-Length"]) > 10
    assert answer.headers["ETag"] == '"1"'


async def test_an_expectation_that_cannot_be_met_is_refused(api: RunningApi) -> None:
    answer = await api.client.get("/read", headers={"Expect": "the-unexpected"})
    problem(answer, 417, "expectation_failed")


async def test_requests_are_counted_by_route_and_never_by_address(sandbox: Sandbox) -> None:
    async with running_api(api_settings(sandbox), operations=OPERATIONS) as api:
        await api.client.get("/notes/0a1b2c3d-0000-4000-8000-000000000000")
        await api.client.get("/wp-login.php?token=x")
        await api.client.request("PATCH", "/read")
        for path in ("/read", "/notes/0a1b2c3d-0000-4000-8000-000000000000", "/nothing"):
            await api.client.options(path)
        metrics = api.context.services.metrics
        counted = {
            tuple(sample.labels.values()): sample.value
            for sample in next(iter(metrics.api_requests.collect())).samples
            if sample.name.endswith("_total")
        }
    assert counted == {
        ("/notes/{note_id}", "GET", "200"): 1,
        ("unmatched", "GET", "404"): 1,
        ("/read", "other", "405"): 1,
        ("/read", "OPTIONS", "204"): 1,
        ("/notes/{note_id}", "OPTIONS", "204"): 1,
        ("unmatched", "OPTIONS", "404"): 1,
    }


async def test_the_log_tells_the_story_under_the_requests_id_and_no_token(ada: Visitor) -> None:
    with capture_logs(processors=[structlog.contextvars.merge_contextvars]) as lines:
        answer = await ada.post("/fail", {"text": "defect"}, headers={"X-Request-ID": "report-1"})
        await ada.get("/read?limit=7&secret=sb_secret_x")
    problem(answer, 500, "internal_error")
    story = next(line for line in lines if line["log_level"] == "error")
    assert isinstance(story["exc_info"], ZeroDivisionError)
    access = [line for line in lines if line["event"] == "request"]
    assert [(line["route"], line["status"]) for line in access] == [("/fail", 500), ("/read", 422)]
    assert story["request_id"] == access[0]["request_id"] == "report-1" != access[1]["request_id"]
    told = repr([{**line, "exc_info": None} for line in lines])
    assert ada.token not in told
    assert "sb_secret_x" not in told


async def test_ids_of_requests_at_once_are_never_mixed_up(ada: Visitor) -> None:
    ids = [f"request-{number}" for number in range(50)]
    with capture_logs(processors=[structlog.contextvars.merge_contextvars]) as lines:
        answers = await asyncio.gather(*(ada.get("/read", headers={"X-Request-ID": one}) for one in ids))
    assert [answer.headers["X-Request-ID"] for answer in answers] == ids
    assert sorted(line["request_id"] for line in lines if line["event"] == "request") == sorted(ids)
