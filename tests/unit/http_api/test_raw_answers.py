"""Refusals as bytes have the form of all refusals."""

from __future__ import annotations

import json
from http.client import parse_headers
from io import BytesIO

from aiohttp.test_utils import make_mocked_request

from http_api.cors import Cors
from http_api.problems import KINDS, Problem
from http_api.raw_answers import raw_answer
from http_api.security_headers import SECURITY_HEADERS


def test_it_is_http_that_ends_the_connection_and_explains_itself() -> None:
    raw = raw_answer(Problem("overloaded", "Too many.", headers={"Retry-After": "1"}), "r-1")
    status, _, rest = raw.partition(b"\r\n")
    headers = parse_headers(BytesIO(rest))
    body = rest.partition(b"\r\n\r\n")[2]
    assert status == b"HTTP/1.1 503 Service Unavailable"
    assert int(headers["Content-Length"]) == len(body)
    assert (headers["Connection"], headers["Retry-After"], headers["X-Request-ID"]) == ("close", "1", "r-1")
    assert headers["Content-Type"] == "application/problem+json"
    assert {name: headers[name] for name in SECURITY_HEADERS} == dict(SECURITY_HEADERS)
    assert headers["Server"] is None
    document = json.loads(body)
    assert (document["status"], document["code"], document["request_id"]) == (503, "overloaded", "r-1")


def test_a_page_may_read_it_where_its_origin_is_known_or_the_only_one() -> None:
    one, several = Cors.of(["https://app.example.com"]), Cors.of(["https://app.example.com", "http://localhost:3000"])
    ours = make_mocked_request("GET", "/", {"Host": "x", "Origin": "http://localhost:3000"})
    assert one.raw_headers()["Access-Control-Allow-Origin"] == "https://app.example.com"
    assert "Access-Control-Allow-Origin" not in several.raw_headers()
    assert several.raw_headers(ours)["Access-Control-Allow-Origin"] == "http://localhost:3000"
    assert "Access-Control-Allow-Origin" not in one.raw_headers(ours)
    assert several.raw_headers()["Vary"] == "Origin"
    assert Cors.of([]).raw_headers(ours) == {}
    raw = raw_answer(Problem("overloaded", "Too many."), further=one.raw_headers())
    assert b"\r\nAccess-Control-Allow-Origin: https://app.example.com\r\n" in raw


def test_every_problem_can_be_said_in_bytes_with_an_id_of_its_own() -> None:
    answers = [raw_answer(Problem(code, "No.")) for code in KINDS]
    assert len(set(answers)) == len(KINDS)
