"""Values: PostgreSQL's text → the JSON text of the real server."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.realtime.values import array_items, converter, json_text, jsonb_text, parse_array


@pytest.mark.parametrize(
    ("type_name", "text", "expected"),
    [
        ("int8", "9223372036854775807", "9223372036854775807"),
        ("numeric", "12.3400", "12.3400"),
        ("numeric", "NaN", "null"),
        ("float8", "Infinity", "null"),
        ("float8", "1e-07", "0.0000001"),
        ("float8", "1e+20", "100000000000000000000"),
        ("bool", "t", "true"),
        ("bool", "f", "false"),
        ("bpchar", "ch", '"c"'),
        ("timestamp", "2026-02-28 13:14:15.123456", '"2026-02-28T13:14:15.123456"'),
        ("timestamp", "-infinity", '"-infinity"'),
        ("timestamptz", "2026-02-28 11:14:15.1+00", '"2026-02-28T11:14:15.1+00:00"'),
        ("timestamptz", "infinity", '"infinity"'),
        ("date", "2026-02-28", '"2026-02-28"'),
        ("bytea", "\\xdeadbeef", '"deadbeef"'),
        ("jsonb", '{"a": [1, 2]}', '{"a": [1, 2]}'),
        ("json", '{"b":1,"a":2,"b":1.50}', '{"a": 2, "b": 1.50}'),
        ("json", "1e3", "1000"),
        ("_text", '{a,"b, c",NULL,"q\\"x","NULL"}', '["a", "b, c", null, "q\\"x", "NULL"]'),
        ("_int4", "{{1,2},{3,4}}", "[[1, 2], [3, 4]]"),
        ("_int4", "[2:3]={1,2}", "[1, 2]"),
        ("_numeric", "{1.50,NaN}", '[1.50, "NaN"]'),
        ("_jsonb", '{"{\\"k\\": 1}"}', '[{"k": 1}]'),
        ("_text", "{}", "[]"),
        ("int4range", "[1,5)", '"[1,5)"'),
        ("text", 'tab\t \x01 😀 "q" \\', '"tab\\t \\u0001 😀 \\"q\\" \\\\"'),
    ],
)
def test_conversions(type_name: str, text: str, expected: str) -> None:
    assert converter(type_name)(text) == expected


@given(st.text())
def test_every_text_is_a_json_string(text: str) -> None:
    assert json.loads(json_text(text)) == text


def literal(items: list[Any]) -> str:
    """An array literal with everything quoted."""
    parts = ("NULL" if item is None else '"' + item.replace("\\", "\\\\").replace('"', '\\"') + '"' for item in items)
    return "{" + ",".join(parts) + "}"


@given(st.lists(st.none() | st.text(max_size=8), max_size=6))
def test_array_literals_are_read_back(items: list[Any]) -> None:
    assert parse_array(literal(items)) == items
    assert array_items(literal(items)) == tuple(items)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.decimals(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)


@given(JSON)
def test_json_keeps_its_meaning(value: object) -> None:
    text = json.dumps(value, default=float)
    assert json.loads(jsonb_text(text), parse_float=Decimal) == json.loads(text, parse_float=Decimal)
