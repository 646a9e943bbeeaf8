"""Draws the demonstration as one picture: what the live screen showed, and the figures at the end, as SVG."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console, Group

from demo.people import Tagged
from demo.report import Report
from demo.screen import Story, drawn, verdict
from demo.story import Stage

WIDTH = 96
ROWS = 6


class Picture:
    """A stage that passes on what it is told, and remembers the last of it."""

    def __init__(self, shown: Stage) -> None:
        self._shown = shown
        self._story = Story()
        self._wardrobes: Sequence[tuple[str, Sequence[Tagged]]] = ()
        self._daemon = ""

    def step(self, text: str) -> None:
        """Note the step and pass it on."""
        self._story.note(text)
        self._shown.step(text)

    def show(self, wardrobes: Sequence[tuple[str, Sequence[Tagged]]], daemon: str) -> None:
        """Remember how things are and pass it on."""
        self._wardrobes, self._daemon = wardrobes, daemon
        self._shown.show(wardrobes, daemon)

    def save(self, path: Path, report: Report) -> None:
        """Write the picture."""
        console = Console(record=True, width=WIDTH, file=io.StringIO(), force_terminal=True, color_system="truecolor")
        scene = drawn(self._story, self._wardrobes, self._daemon, rows=ROWS)
        console.print(Group(scene, "", verdict(report)))
        path.write_text(console.export_svg(title="make demo"), encoding="utf-8")
