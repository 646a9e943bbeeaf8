"""The API guide tells the truth: every code with its status, every route, no code that does not exist."""

from __future__ import annotations

import re
from pathlib import Path

from http_api.problems import KINDS
from http_api.routes import all_operations

GUIDE = (Path(__file__).parents[3] / "docs" / "api.md").read_text(encoding="utf-8")
ROW = re.compile(r"^\| (\d{3}) \| ((?:`\w+`(?:, )?)+) \|", re.MULTILINE)


def test_the_table_of_errors_has_every_code_with_its_status() -> None:
    told = {code: int(status) for status, codes in ROW.findall(GUIDE) for code in re.findall(r"\w+", codes)}
    assert told == {code: kind.status for code, kind in KINDS.items()}


def test_every_route_is_shown() -> None:
    for operation in all_operations():
        assert operation.path.partition("{")[0] in GUIDE


def test_routes_for_the_app_are_shown_in_dart_too() -> None:
    dart = "".join(re.findall(r"```dart\n(.*?)```", GUIDE, re.DOTALL))
    for operation in all_operations():
        if operation.access == "user":
            assert operation.path.partition("{")[0] in dart
