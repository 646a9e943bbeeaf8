"""Ids of bindings are the real server's: Erlang's phash2, checked against all recorded ids."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from sandbox.realtime.ids import RANGE, binding_id
from tests.support.realtime.transcript import FOLDER

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


def recorded_bindings() -> dict[int, dict[str, Any]]:
    """All bindings that join replies of the transcripts echo, by id."""
    found = {}
    for path in sorted(FOLDER.glob("*.jsonl")):
        for line in path.read_text().splitlines():
            for binding in echoed(json.loads(line)):
                found[binding.pop("id")] = binding
    return found


def echoed(line: dict[str, Any]) -> list[dict[str, Any]]:
    frame = line.get("frame")
    if line["dir"] != "recv" or frame is None:
        return []
    payload = frame[4] if isinstance(frame, list) else frame["payload"]
    response = payload.get("response")
    return list(response.get("postgres_changes", [])) if isinstance(response, dict) else []


def test_every_recorded_id_is_computed() -> None:
    bindings = recorded_bindings()
    assert len(bindings) >= 39
    assert {binding_id(binding): binding for binding in bindings.values()} == bindings


def test_integers_beyond_a_machine_word_and_lists_of_bytes_have_ids() -> None:
    assert binding_id({"n": 2**70}) != binding_id({"n": 2**70 + 1})
    assert binding_id({"n": -5}) != binding_id({"n": 5})
    assert binding_id({"l": [1, 2, 3, 4, 5]}) != binding_id({"l": [1, 2, 3, 4]})


@given(st.dictionaries(st.text(), JSON, max_size=5))
def test_an_id_depends_on_the_content_alone(binding: dict[str, Any]) -> None:
    reordered = dict(reversed(binding.items()))
    assert 0 <= binding_id(binding) == binding_id(reordered) < RANGE
