"""JSON is read strictly: everything two parsers could read differently is refused, and nothing sent is repeated."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any
from uuid import UUID

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, Field, field_validator

from http_api.problems import Problem
from http_api.validation import MAX_DEPTH, MAX_ERRORS, check_json, parse_body

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=20,
)


class Wish(BaseModel):
    model_config = ConfigDict(extra="forbid")

    id: UUID
    count: int = 1
    share: float = Field(default=0.5, allow_inf_nan=False)
    flag: bool = False
    tags: list[str] = []

    @field_validator("tags")
    @classmethod
    def few(cls, tags: list[str]) -> list[str]:
        if len(tags) > 2:
            raise ValueError("At most two tags.")
        return tags


ID = "0a1b2c3d-0000-4000-8000-000000000000"


def refused(raw: bytes) -> Problem:
    with pytest.raises(Problem) as caught:
        parse_body(Wish, raw)
    return caught.value


@given(VALUES)
def test_every_json_value_is_read(value: Any) -> None:
    check_json(json.dumps(value).encode())
    check_json(orjson.dumps(value))


@given(st.binary(max_size=200))
def test_bytes_are_read_as_json_or_refused_and_nothing_else(raw: bytes) -> None:
    with suppress(Problem):
        parse_body(Wish, raw)


@given(TEXT, VALUES, VALUES)
def test_a_key_twice_is_refused_wherever_it_stands(key: str, one: Any, other: Any) -> None:
    name = json.dumps(key)
    raw = f'{{"a": [{{{name}: {json.dumps(one)}, {name}: {json.dumps(other)}}}]}}'
    problem = refused(raw.encode())
    assert problem.code == "invalid_json"
    assert "more than once" in problem.detail


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b" \n",
        b"{",
        b"{}x",
        b"{'a': 1}",
        b'{"a": 1,}',
        b'{"a": NaN}',
        b'{"a": -Infinity}',
        b'{"a": 1e999}',
        b'{"a": 01}',
        b'{"a": "\xff"}',
        b'{"a": "\xed\xa0\x80"}',
        b'{"a": "\\ud800"}',
        b'{"a": "\\udc00\\ud800"}',
        b'{"a": "\\u0000"}',
        b'{"\\u0000": 1}',
        b'{"a": "\x00"}',
        b'{"a": "\n"}',
        b'\xef\xbb\xbf{"a": 1}',
        '{"a": 1}'.encode("utf-16"),
        b'{"\\u0061": 1, "a": 2}',
        b"[" * 30_000,
        b"[" * 30_000 + b"]" * 30_000,
        b'{"a":' * 10_000,
    ],
)
def test_what_is_not_unambiguous_json_is_refused(raw: bytes) -> None:
    problem = refused(raw)
    assert (problem.code, problem.kind.status) == ("invalid_json", 400)


def test_depth_is_bounded_exactly() -> None:
    check_json(b"[" * MAX_DEPTH + b"]" * MAX_DEPTH)
    with pytest.raises(Problem, match=f"deeper than {MAX_DEPTH}"):
        check_json(b"[" * (MAX_DEPTH + 1) + b"]" * (MAX_DEPTH + 1))


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"count": "5"}, "/count"),
        ({"count": 5.5}, "/count"),
        ({"count": True}, "/count"),
        ({"flag": 1}, "/flag"),
        ({"flag": "true"}, "/flag"),
        ({"share": "0.5"}, "/share"),
        ({"tags": ["a", 1]}, "/tags/1"),
        ({"tags": {"0": "a"}}, "/tags"),
        ({"id": 7}, "/id"),
        ({"id": ID[:-1]}, "/id"),
        ({"user_id": ID}, "/user_id"),
        ({"a/b~c": 1}, "/a~1b~0c"),
    ],
)
def test_nothing_is_converted_and_the_field_is_named(body: dict[str, Any], field: str) -> None:
    problem = refused(orjson.dumps({"id": ID, **body}))
    assert [error.field for error in problem.errors] == [field]


def test_a_validators_own_words_are_told_plainly() -> None:
    problem = refused(orjson.dumps({"id": ID, "tags": ["a", "b", "c"]}))
    assert [error.message for error in problem.errors] == ["At most two tags."]


def test_complaints_are_bounded_and_repeat_nothing_that_was_sent() -> None:
    many = {f"unknown{number}": "sb_secret_value" for number in range(100)}
    problem = refused(orjson.dumps({"id": "sb_secret_value", **many}))
    assert len(problem.errors) == MAX_ERRORS
    assert "sb_secret_value" not in repr(problem.errors)


def test_a_hostile_name_is_cut_and_made_printable() -> None:
    problem = refused(orjson.dumps({"id": ID, "\x1b[31m" + "x" * 5000: 1}))
    assert problem.errors[0].field.isprintable()
    assert len(problem.errors[0].field) < 100


@pytest.mark.parametrize("text", ["", "nope", ID[:-1], "x" * 36])
def test_what_is_no_uuid_is_called_so_and_shown_one(text: str) -> None:
    (error,) = refused(orjson.dumps({"id": text})).errors
    assert (error.field, error.message) == ("/id", "This is no UUID as in 6f9619ff-8b86-4d01-b42d-00cf4fc964ff.")
