"""What the demonstration's screen says of a photo, as its owner would read it."""

from __future__ import annotations

import io
from typing import Any

import pytest
from rich.console import Console

from demo.people import Tagged
from demo.screen import _wardrobe

SURE = {
    "status": "done",
    "category": {"value": "tops", "confidence": 0.97},
    "subcategory": {"value": "t_shirt", "confidence": 0.9},
    "pattern": {"value": "striped", "confidence": 0.9},
    "colors": [{"name": "light_blue", "hex": "#a8c6e6", "share": 0.8, "confidence": 0.9}],
}
UNSURE = {"status": "done", "candidates": [{"subcategory": "shirt"}, {"subcategory": "denim_jacket"}]}


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        (SURE, ["t shirt", "striped", "light blue 80%", "250 ms"]),
        ({"status": "done", "category": {"value": "one_piece", "confidence": 0.9}}, ["one piece"]),
        (UNSURE, ["shirt or denim jacket?"]),
        ({"status": "no_garment"}, ["no garment"]),
        (None, ["…"]),
    ],
)
def test_each_kind_of_answer_is_shown(said: dict[str, Any] | None, shown: list[str]) -> None:
    console = Console(file=io.StringIO(), width=160)
    console.print(_wardrobe("Ada", [Tagged("1", "my photo", said, 0.25)]))
    text = console.file.getvalue()  # type: ignore[attr-defined]
    assert all(each in text for each in ("my photo", *shown))
