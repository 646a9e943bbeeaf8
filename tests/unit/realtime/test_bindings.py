"""Bindings: echoed as they came, judged in the real server's words."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.realtime.bindings import Binding, BindingRefused, Request, join_bindings, request
from sandbox.realtime.elixir import inspect


def test_the_echo_has_the_id_first_and_the_other_keys_sorted() -> None:
    binding = Binding.of({"table": "clothing_items", "schema": "public", "event": "*"})
    assert binding.echo() == '{"id":19250335,"event":"*","schema":"public","table":"clothing_items"}'
    assert Binding.of({}).echo() == '{"id":39679005}'


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({"schema": "public", "table": "t", "event": "insert"}, Request("INSERT", "public", "t", (), None)),
        ({"schema": "public", "table": "t", "event": "UPSERT"}, Request("*", "public", "t", (), None)),
        ({"schema": "public"}, Request("*", "public", "*", (), None)),
        ({"table": "t"}, Request("*", "public", "t", (), None)),
        ({"schema": "s", "table": "t", "select": ["a", 1]}, Request("*", "s", "t", (), ("a",))),
        ({"schema": "s", "table": "t", "select": [1]}, Request("*", "s", "t", (), None)),
    ],
)
def test_what_is_asked_of_the_database(params: dict[str, Any], expected: Request) -> None:
    assert request(params) == expected


@pytest.mark.parametrize(
    ("params", "complaint"),
    [
        ({}, "No subscription params provided. Please provide at least a `schema` or `table` to subscribe to: %{}"),
        ({"schema": "s", "table": "t", "filter": None}, '"filter" => nil'),
        ({"schema": "s", "filter": "a=eq.1"}, "No subscription params provided."),
        ({"schema": "s", "table": "t", "select": "a"}, "Error parsing `select` params: expected a list"),
        ({"schema": "s", "table": "*", "select": ["a"]}, "Column selection is not supported for wildcard"),
        ({"schema": "s", "table": "t", "filter": "undefined"}, 'Error parsing `filter` params: ["undefined"]'),
    ],
)
def test_refusals(params: dict[str, Any], complaint: str) -> None:
    with pytest.raises(BindingRefused) as raised:
        request(params)
    assert complaint in str(raised.value)


def test_parameters_are_described_as_error_texts_quote_them() -> None:
    wanted = request({"schema": "public", "table": "t", "filter": "a=eq.1,b=not.in.(x)", "select": ["c"]})
    assert wanted.describe() == (
        "event: *, schema: public, table: t,"
        ' filters: [{"a", "eq", "1", false}, {"b", "in", "{x}", true}], select: ["c"]'
    )


def test_the_old_api_takes_its_binding_from_the_topic() -> None:
    (binding,) = join_bindings({}, "public:likes:id=eq.1")
    assert binding.params == {"schema": "public", "table": "likes", "filter": "id=eq.1"}


def test_nulls_are_left_out_and_what_is_no_list_is_nothing() -> None:
    assert len(join_bindings({"config": {"postgres_changes": [None, {"table": "t"}]}}, "x")) == 1
    assert join_bindings({"config": {"postgres_changes": "x"}}, "x") == ()
    assert join_bindings({"config": None}, "x") == ()


@pytest.mark.parametrize("payload", [{"config": "x"}, {"config": {"postgres_changes": ["x"]}}])
def test_what_crashes_the_real_server_is_a_type_error(payload: dict[str, Any]) -> None:
    with pytest.raises(TypeError):
        join_bindings(payload, "x")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "nil"),
        (True, "true"),
        ('a"\n#{b}', '"a\\"\\n\\#{b}"'),
        ({"b": [1, 2.5]}, '%{"b" => [1, 2.5]}'),
        (("a",), '{"a"}'),
    ],
)
def test_values_are_written_as_elixir(value: object, text: str) -> None:
    assert inspect(value) == text
