"""What the demonstration's screen says of a photo, as its owner would read it."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from rich.console import Console

from demo.people import Tagged
from demo.picture import Picture
from demo.report import Report
from demo.screen import Quiet, _wardrobe

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


def test_the_picture_shows_the_story_the_last_photos_and_the_verdict(tmp_path: Path) -> None:
    said = io.StringIO()
    picture = Picture(Quiet(Console(file=said, width=160)))
    picture.step("Uploading photos")
    photos = [Tagged(str(number), f"photo-{number}", SURE, 0.25) for number in range(10)]
    picture.show([("Ada", photos)], "live")
    picture.save(tmp_path / "demo.svg", Report(items_uploaded=10, items_tagged=10))
    assert "Uploading photos" in said.getvalue()
    drawn = "".join(ET.parse(tmp_path / "demo.svg").getroot().itertext()).replace("\xa0", " ")  # noqa: S314
    for shown in (
        "Uploading photos",
        "daemon: live",
        "10 of 10 photos tagged",
        "photo-9",
        "light blue",
        "items uploaded",
    ):
        assert shown in drawn
    assert "photo-1 " not in drawn, "only the last few"
