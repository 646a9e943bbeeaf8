"""Payloads of changed rows: who gets which, and in what shape."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest

from sandbox.realtime.changes import (
    ColumnGone,
    Limits,
    check_columns,
    deliveries,
    interested,
    passes_filters,
    timestamp,
)
from sandbox.realtime.filters import Filter, Verdict
from sandbox.realtime.pgoutput import Relation, RowChange, Values
from sandbox.realtime.table import Column, Table

ROLES = frozenset(("authenticated", "service_role"))
WHEN = datetime(2026, 11, 22, 20, 20, 33, 577999, tzinfo=UTC)
LIMITS = Limits(1_048_576, 64)


def column(name: str, type_name: str = "text", *, key: bool = False, readers: frozenset[str] = ROLES) -> Column:
    return Column(name, type_name, type_name, key, readers)


def table(*columns: Column, rls: bool = False) -> Table:
    return Table(5, "public", "items", rls, columns or (column("id", "int4", key=True), column("name")))


def change(
    kind: str, new: Values | None, old: Values | None = None, keys: frozenset[str] = frozenset(["id"])
) -> RowChange:
    relation = Relation(5, "public", "items", "d", ("id", "name"), keys)
    size = sum(len(value or "") for values in (new, old) if values for value in values.values())
    return RowChange(kind, relation, new, old, size)


@dataclass(eq=False)
class Someone:
    role: str = "service_role"
    event: str = "*"
    select: tuple[str, ...] | None = None
    conditions: tuple[Filter, ...] = ()
    seen: bool = field(default=True)

    def filters_on(self, oid: int) -> tuple[Filter, ...]:
        return self.conditions


def payloads(changed: RowChange, shown: Table, *followers: Someone) -> list[tuple[dict[str, Any], list[Someone]]]:
    made = deliveries(changed, shown, WHEN, followers, lambda follower: follower.seen, LIMITS)
    return [(json.loads(delivery.payload), list(delivery.followers)) for delivery in made]


def test_an_insert_holds_the_record_and_no_old_one() -> None:
    ((payload, _),) = payloads(change("I", {"id": "1", "name": "a"}), table(), Someone())
    assert payload == {
        "columns": [{"name": "id", "type": "int4"}, {"name": "name", "type": "text"}],
        "commit_timestamp": "2026-11-22T20:20:33.577Z",
        "errors": None,
        "record": {"id": 1, "name": "a"},
        "schema": "public",
        "table": "items",
        "type": "INSERT",
    }


def test_an_updates_old_record_is_the_key_where_only_that_is_known() -> None:
    ((payload, _),) = payloads(change("U", {"id": "1", "name": "a"}), table(), Someone())
    assert payload["old_record"] == {"id": 1}


def test_an_unchanged_toasted_value_is_missing_or_taken_from_the_old_row() -> None:
    ((payload, _),) = payloads(change("U", {"id": "1"}), table(), Someone())
    assert payload["record"] == {"id": 1}
    ((payload, _),) = payloads(change("U", {"id": "1"}, {"id": "1", "name": "long"}), table(), Someone())
    assert payload["record"] == {"id": 1, "name": "long"}


def test_a_delete_shows_the_key_alone_under_row_level_security() -> None:
    deleted = change("D", None, {"id": "1", "name": "a"})
    ((open_payload, _),) = payloads(deleted, table(), Someone())
    ((shut_payload, _),) = payloads(deleted, table(column("id", "int4", key=True), column("name"), rls=True), Someone())
    assert open_payload["old_record"] == {"id": 1, "name": "a"}
    assert shut_payload["old_record"] == {"id": 1}
    assert "record" not in shut_payload


def test_keys_come_in_jsonb_order() -> None:
    wide = table(column("name"), column("id", "int4", key=True), column("zz"), column("aa"))
    made = deliveries(
        change("I", {"name": "n", "id": "1", "zz": "z", "aa": "a"}), wide, WHEN, [Someone()], lambda _: True, LIMITS
    )
    assert '"record":{"aa": "a", "id": 1, "zz": "z", "name": "n"}' in next(iter(made)).payload


def test_each_selection_and_each_role_gets_its_own_payload() -> None:
    all_of_it, some, user = Someone(), Someone(select=("name",)), Someone("authenticated")
    secret = table(column("id", "int4", key=True), column("name"), column("cost", readers=frozenset(["service_role"])))
    made = payloads(change("I", {"id": "1", "name": "a", "cost": "9"}), secret, all_of_it, some, user)
    assert [(payload["record"], followers) for payload, followers in made] == [
        ({"id": 1, "name": "a"}, [user]),
        ({"id": 1, "cost": "9", "name": "a"}, [all_of_it]),
        ({"id": 1, "name": "a"}, [some]),
    ]


def test_who_does_not_see_the_row_gets_nothing() -> None:
    assert payloads(change("I", {"id": "1", "name": "a"}), table(), Someone(seen=False)) == []


@pytest.mark.parametrize(
    ("shown", "error"),
    [
        (table(column("id", "int4"), column("name")), "Error 400: Bad Request, no primary key"),
        (table(column("id", "int4", key=True, readers=frozenset())), "Error 401: Unauthorized"),
    ],
)
def test_without_a_readable_key_everybody_gets_an_empty_shell(shown: Table, error: str) -> None:
    ((payload, _),) = payloads(change("U", {"id": "1", "name": "a"}), shown, Someone(seen=False))
    assert payload["errors"] == [error]
    assert (payload["columns"], payload["record"], payload["old_record"]) == ([], {}, {})
    assert payload["commit_timestamp"] is None


def test_above_a_mebibyte_only_small_values_are_left() -> None:
    wide = table(column("id", "int4", key=True), column("name"), column("short"), column("none"))
    large = change("I", {"id": "1", "name": "x" * 1_048_576, "short": "y" * 62, "none": None})
    ((payload, _),) = payloads(large, wide, Someone())
    assert payload["errors"] == ["Error 413: Payload Too Large"]
    assert payload["record"] == {"id": 1, "short": "y" * 62}
    assert len(payload["columns"]) == 4


def test_below_a_mebibyte_everything_arrives() -> None:
    ((payload, _),) = payloads(change("I", {"id": "1", "name": "x" * 1_040_000}), table(), Someone())
    assert payload["errors"] is None
    assert len(payload["record"]["name"]) == 1_040_000


def test_a_column_that_is_gone_fails_the_poll() -> None:
    with pytest.raises(ColumnGone, match="column name of public"):
        check_columns(change("I", {"id": "1", "name": "a"}), table(column("id", "int4", key=True)))


def test_filters_see_the_new_row_and_of_a_delete_what_was_logged() -> None:
    mine = Someone(conditions=(Filter("name", "eq", "a"),))
    assert (
        passes_filters(change("U", {"id": "1", "name": "a"}, {"id": "1", "name": "b"}), table(), mine) is Verdict.PASSES
    )
    assert passes_filters(change("D", None, {"id": "1"}), table(), mine) is Verdict.FAILS


def test_only_those_who_asked_for_the_event_are_interested() -> None:
    every, inserts = Someone(), Someone(event="INSERT")
    assert interested(change("D", None, {"id": "1"}), [every, inserts]) == [every]


def test_commit_times_are_cut_to_milliseconds() -> None:
    assert timestamp(WHEN) == "2026-11-22T20:20:33.577Z"
