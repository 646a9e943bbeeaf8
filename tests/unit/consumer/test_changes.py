from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from realtime.message import PostgresChangesMessage, ServerMessageAdapter

from consumer.changes import parse_change

ITEM = "69805a2c-527a-4314-91e2-da36195a270b"

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
likely = st.dictionaries(
    st.sampled_from(["table", "type", "record", "old_record", "errors", "commit_timestamp"]), anything
)


def payload(**data: Any) -> dict[str, Any]:
    return {"data": {"schema": "public", "table": "clothing_items", "type": "INSERT"} | data, "ids": [1]}


def test_a_change_as_the_package_hands_it_over() -> None:
    frame = (
        '{"event":"postgres_changes","payload":{"data":{"columns":[{"name":"id","type":"uuid"}],'
        f'"commit_timestamp":"2026-11-22T20:22:23.254Z","errors":null,"record":{{"id":"{ITEM}"}},"schema":"public",'
        '"table":"likes","type":"UPDATE"},"ids":[1]},"ref":null,"topic":"realtime:t"}'
    )
    message = ServerMessageAdapter.validate_json(frame)
    assert isinstance(message, PostgresChangesMessage)
    change = parse_change(message.payload)
    assert change is not None
    assert (change.table, change.type, change.record, change.old_record) == ("likes", "UPDATE", {"id": ITEM}, {})
    assert repr(change.type) == "'UPDATE'", "a plain text, not a member of the package's enumeration"
    assert change.commit_timestamp == "2026-11-22T20:22:23.254Z"


def test_a_delete_has_no_record() -> None:
    change = parse_change(payload(type="DELETE", old_record={"id": ITEM}))
    assert change is not None
    assert change.record == {}
    assert change.old_record == {"id": ITEM}


def test_a_missing_key_is_not_a_null_key() -> None:
    without, null = (
        parse_change(payload(record={"id": ITEM})),
        parse_change(payload(record={"id": ITEM, "ai_tags": None})),
    )
    assert without is not None
    assert null is not None
    assert "ai_tags" not in without.record
    assert null.record["ai_tags"] is None


def test_an_error_shell_keeps_its_errors() -> None:
    shell = payload(columns=[], commit_timestamp=None, errors=["Error 400: Bad Request, no primary key"], record={})
    change = parse_change(shell)
    assert change is not None
    assert change.errors == ("Error 400: Bad Request, no primary key",)
    assert change.commit_timestamp is None


@pytest.mark.parametrize("errors", ["Error 413: Payload Too Large", [{"odd": 1}], 5])
def test_errors_of_any_shape_are_errors(errors: object) -> None:
    change = parse_change(payload(errors=errors))
    assert change is not None
    assert len(change.errors) == 1


@given(anything | likely.map(lambda data: {"data": data}))
def test_nothing_on_the_wire_raises(content: object) -> None:
    parse_change(content)
