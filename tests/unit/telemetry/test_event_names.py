"""Events in logs are named alike, so that whoever filters them can guess the names: small letters and underscores."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[3]
PACKAGES = ("aura", "consumer", "handlers", "http_api", "sandbox")
LEVELS = {"debug", "info", "warning", "error", "exception", "critical"}
NAME = re.compile(r"[a-z]+(_[a-z]+)*")


def events(path: Path) -> Iterator[str]:
    """What is said first in every ``log.<level>(…)`` of a file."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        called = node.func.value
        if isinstance(called, ast.Name) and called.id == "log" and node.func.attr in LEVELS:
            first = node.args[0]
            yield str(first.value) if isinstance(first, ast.Constant) else ast.unparse(first)


def test_every_event_has_a_name_of_small_letters_and_underscores() -> None:
    files = [path for package in PACKAGES for path in (ROOT / package).rglob("*.py")]
    named = [(str(path.relative_to(ROOT)), event) for path in files for event in events(path)]
    assert len(named) > 40
    assert [(path, event) for path, event in named if not NAME.fullmatch(event)] == []
