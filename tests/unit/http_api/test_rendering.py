"""Answers on the wire: problems have one shape whoever refuses, and every code one status."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from aura.errors import Permanent, RetryAt, Transient
from http_api.operations import Reply
from http_api.problems import KINDS, FieldError, Problem
from http_api.refusals import problem_of
from http_api.rendering import problem_document, problem_of_status, problem_response, reply_response
from http_api.request_ids import chosen_id

NOW = datetime(2026, 11, 23, tzinfo=UTC)


class Answer(BaseModel):
    name: str
    note: str | None = None


@pytest.mark.parametrize("code", sorted(KINDS))
def test_every_code_is_rendered_as_a_problem(code: str) -> None:
    problem = Problem(code, "Not like that.", errors=[FieldError("/a", "No.")], headers={"Retry-After": "3"})
    response = problem_response(problem, "id-1")
    assert response.status == KINDS[code].status
    assert response.content_type == "application/problem+json"
    assert response.headers["Retry-After"] == "3"
    assert isinstance(response.body, bytes)
    assert json.loads(response.body) == {
        "type": f"urn:aura:problem:{code}",
        "title": KINDS[code].title,
        "status": KINDS[code].status,
        "detail": "Not like that.",
        "code": code,
        "request_id": "id-1",
        "errors": [{"field": "/a", "message": "No."}],
    }


def test_a_problem_without_fields_lists_none() -> None:
    assert "errors" not in problem_document(Problem("not_found", "No."), "id-1")


def test_codes_are_listed_by_status() -> None:
    statuses = [kind.status for kind in KINDS.values()]
    assert statuses == sorted(statuses)


@pytest.mark.parametrize("status", range(400, 600))
def test_every_status_of_the_server_itself_has_a_code(status: int) -> None:
    problem = problem_of_status(status)
    assert problem.code in KINDS
    assert problem.kind.status // 100 == status // 100


def test_a_reply_leaves_out_what_was_never_set() -> None:
    response = reply_response(Reply(Answer(name="ş"), status=201, headers={"ETag": '"1"'}))
    assert (response.status, response.body, response.headers["ETag"]) == (201, '{"name":"ş"}'.encode(), '"1"')
    assert reply_response(Reply(Answer(name="a", note=None))).body == b'{"name":"a","note":null}'
    assert reply_response(Reply(None, status=304)).body is None


@pytest.mark.parametrize(
    ("error", "code", "retry_after"),
    [
        (Transient("database_unavailable", "m"), "unavailable", "5"),
        (Transient("photo_unreachable", "m"), "photo_unreachable", "5"),
        (RetryAt("daily_limit", "m", NOW + timedelta(seconds=90.2)), "daily_limit", "91"),
        (RetryAt("analyzer_quota", "m", NOW - timedelta(hours=1)), "analyzer_quota", "1"),
        (RetryAt("something_new", "m", NOW + timedelta(seconds=7)), "unavailable", "7"),
        (Permanent("photo_gone", "m"), "photo_gone", None),
        (Permanent("something_new", "m"), "internal_error", None),
        (web.HTTPRequestEntityTooLarge(1, 2), "body_too_large", None),
        (KeyError("sb_secret_x"), "internal_error", None),
    ],
)
def test_failures_tell_when_to_come_back(error: Exception, code: str, retry_after: str | None) -> None:
    problem = problem_of(error, NOW)
    assert (problem.code, problem.headers.get("Retry-After")) == (code, retry_after)


@given(st.lists(st.text(max_size=120), max_size=3))
def test_an_id_is_always_well_formed(given_ids: list[str]) -> None:
    chosen = chosen_id(given_ids)
    assert chosen.isascii()
    assert chosen.isprintable()
    assert 1 <= len(chosen) <= 100
    assert " " not in chosen
