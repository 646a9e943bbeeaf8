"""Parameters mean one thing or are refused by name."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import date
from typing import Literal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from multidict import MultiDict
from pydantic import BaseModel, ConfigDict, Field

from http_api.parameters import parse_path, parse_query, refuse_query
from http_api.problems import Problem


class Options(BaseModel):
    model_config = ConfigDict(extra="forbid")

    type: Literal["combinations", "items"] = "combinations"
    limit: int = Field(default=10, ge=1, le=50)
    force: bool = False
    after: UUID | None = None
    day: date | None = None
    warmth: float | None = Field(default=None, ge=-60, le=60)


class Place(BaseModel):
    item_id: UUID


ID = "0a1b2c3d-0000-4000-8000-00000000000f"


def read(*pairs: tuple[str, str]) -> Options:
    return parse_query(Options, MultiDict(pairs))


def refused(*pairs: tuple[str, str]) -> list[str]:
    with pytest.raises(Problem) as caught:
        read(*pairs)
    assert caught.value.code == "invalid_request"
    return [error.field for error in caught.value.errors]


def test_parameters_are_typed() -> None:
    options = read(("type", "items"), ("limit", "50"), ("force", "true"), ("after", ID.upper()))
    assert options == Options(type="items", limit=50, force=True, after=UUID(ID))
    assert read() == Options()


@pytest.mark.parametrize(
    "text", ["", " 5", "5 ", "+5", "05", "5.0", "5e0", "1_0", "0x5", "\u0665", "5\n", "0", "51", "9" * 400]
)
def test_what_is_no_plain_integer_in_bounds_is_refused(text: str) -> None:
    assert refused(("limit", text)) == ["limit"]


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("14", 14.0),
        ("-0.5", -0.5),
        ("12.25", 12.25),
        ("-60", -60.0),
        ("-59.933610234108485", -59.933610234108485),
        ("1e1", 10.0),
        ("2.5E-05", 2.5e-05),
        ("1e-999", 0.0),
    ],
)
def test_a_number_is_written_as_in_json(text: str, number: float) -> None:
    assert read(("warmth", text)) == Options(warmth=number)


@pytest.mark.parametrize(
    "text",
    ["", " 5", "+5", "05", "5.", ".5", "5,5", "5e", "e5", "1e999", "-1e999", "nan", "inf", "\u0665", "5\n", "60.1"],
)
def test_what_is_no_plain_number_in_bounds_is_refused(text: str) -> None:
    assert refused(("warmth", text)) == ["warmth"]


@given(st.floats(min_value=-60, max_value=60))
def test_every_number_that_a_client_writes_as_json_is_read_as_it_is(number: float) -> None:
    assert read(("warmth", json.dumps(number))) == Options(warmth=number)


@pytest.mark.parametrize("text", ["", "1", "0", "yes", "True", "TRUE", "on", " true"])
def test_booleans_are_true_or_false(text: str) -> None:
    assert refused(("force", text)) == ["force"]


@pytest.mark.parametrize("text", ["", ID.replace("-", ""), f"{{{ID}}}", f"urn:uuid:{ID}", f"{ID}\n", f"{ID}'--", "\0"])
def test_a_uuid_has_one_form(text: str) -> None:
    assert refused(("after", text)) == ["after"]
    with pytest.raises(Problem):
        parse_path(Place, {"item_id": text})


def test_a_day_is_a_calendar_day() -> None:
    assert read(("day", "2026-02-28")).day == date(2026, 2, 28)


@pytest.mark.parametrize(
    "text", ["", "0", "86400", "2026-02-30", "2026-2-1", "20260201", "2026-02-01T00:00:00", "today"]
)
def test_what_is_no_calendar_day_is_refused(text: str) -> None:
    assert refused(("day", text)) == ["day"]


@pytest.mark.parametrize("text", ["\0", "\udcff", "a\N{REPLACEMENT CHARACTER}", "items\0"])
def test_broken_text_is_refused(text: str) -> None:
    assert refused(("type", text)) == ["type"]


def test_unknown_and_repeated_parameters_are_named_once() -> None:
    assert refused(("forse", "true"), ("forse", "true"), ("limit", "1"), ("limit", "1")) == ["forse", "limit"]


def test_everything_that_is_wrong_is_told_at_once_and_each_parameter_once() -> None:
    fields = refused(("forse", "1"), ("limit", "99"), ("limit", "5"), ("force", "yes"), ("type", "\0"), ("after", "x"))
    assert sorted(fields) == ["after", "force", "forse", "limit", "type"]


def test_where_none_are_declared_none_are_accepted() -> None:
    refuse_query(MultiDict())
    with pytest.raises(Problem) as caught:
        refuse_query(MultiDict([("a", "1"), ("a", "2"), ("b\x1b", "")]))
    assert [error.field for error in caught.value.errors] == ["a", "b\N{REPLACEMENT CHARACTER}"]


@given(st.lists(st.tuples(st.sampled_from(["type", "limit", "force", "after"]) | st.text(), st.text()), max_size=5))
def test_any_query_is_read_or_refused(pairs: list[tuple[str, str]]) -> None:
    with suppress(Problem):
        options = read(*pairs)
        assert 1 <= options.limit <= 50
        assert len(dict(pairs)) == len(pairs)
