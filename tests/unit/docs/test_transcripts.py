"""What is read out of the documents is what stands there."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.transcripts import Step, differences, shown_json, steps

GUIDE = """
```console
$ curl -s "$API" \\
    -d '{"a": 1}'
{"n": 1,
 "m": [1,…]}
$ export A=b
```
```sh
not this
```
"""


def test_commands_go_on_and_outputs_follow() -> None:
    assert steps(GUIDE) == [
        Step('curl -s "$API" \\\n    -d \'{"a": 1}\'', '{"n": 1,\n "m": [1,…]}'),
        Step("export A=b", ""),
    ]


@pytest.mark.parametrize(
    ("shown", "read"),
    [
        ('{"a":[1,…],"b":"4d9f…",…}', {"a": [1], "b": "4d9f…"}),
        ('{"a":[{"b":1},…]}', {"a": [{"b": 1}]}),
        ("[…]", []),
        ("error: no", None),
        ("", None),
    ],
)
def test_what_is_left_out_is_left_out(shown: str, read: Any) -> None:
    assert shown_json(shown) == read


@pytest.mark.parametrize(
    ("shown", "answer", "wrong"),
    [
        ({"a": 1}, {"a": 2.5, "b": 3}, 0),
        ({"a": "x"}, {"a": "y"}, 0),
        ({"status": "done"}, {"status": "failed"}, 1),
        ({"valid": True}, {"valid": False}, 1),
        ({"a": 1}, {}, 1),
        ({"a": "1"}, {"a": 1}, 1),
        ({"a": True}, {"a": 1}, 1),
        ({"a": [{"b": 1}]}, {"a": [{"c": 1}]}, 1),
        ({"a": [{"b": 1}]}, {"a": []}, 0),
        ({"a": {"b": None}}, {"a": {"b": "x"}}, 0),
        ([1], {"a": 1}, 1),
    ],
)
def test_answers_are_held_against_what_is_shown(shown: Any, answer: Any, wrong: int) -> None:
    assert len(differences(shown, answer)) == wrong
