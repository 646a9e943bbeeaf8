"""Shows the demonstration in a terminal: photos, tags as they arrive, and what the daemon is doing."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from demo.people import Tagged
from demo.report import Report

ROWS = 12


class Quiet:
    """Tells each step on one line, for a run that nobody watches."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def step(self, text: str) -> None:
        """Print the step."""
        self._console.print(f"· {text}", highlight=False)

    def show(self, wardrobes: Sequence[tuple[str, Sequence[Tagged]]], daemon: str) -> None:
        """Nothing: only the figures at the end count."""


class Story:
    """The steps so far, each with the seconds since the first word."""

    def __init__(self) -> None:
        self._began = time.monotonic()
        self._steps: list[str] = []

    def note(self, text: str) -> None:
        """Note a step."""
        self._steps.append(f"{time.monotonic() - self._began:5.1f} s  {text}")

    def text(self) -> Text:
        """All of them, one a line."""
        return Text("\n".join(self._steps))


class Screen:
    """A live picture of the two wardrobes and the daemon."""

    def __init__(self, console: Console) -> None:
        self._live = Live(console=console, refresh_per_second=8)
        self._story = Story()

    def __enter__(self) -> Screen:
        self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._live.stop()

    def step(self, text: str) -> None:
        """Note the step and show it under the earlier ones."""
        self._story.note(text)
        self._live.update(self._story.text())

    def show(self, wardrobes: Sequence[tuple[str, Sequence[Tagged]]], daemon: str) -> None:
        """Draw everything anew."""
        self._live.update(drawn(self._story, wardrobes, daemon))


def drawn(story: Story, wardrobes: Sequence[tuple[str, Sequence[Tagged]]], daemon: str, *, rows: int = ROWS) -> Group:
    """Everything on one screen, the latest ``rows`` photos of each person."""
    return Group(story.text(), _daemon_line(daemon), *(_wardrobe(*pair, rows=rows) for pair in wardrobes))


def _daemon_line(state: str) -> Text:
    return Text.assemble("daemon: ", (state, "bold green" if state == "live" else "bold yellow"))


def _wardrobe(name: str, items: Sequence[Tagged], rows: int = ROWS) -> Table:
    tagged = sum(item.is_tagged for item in items)
    table = Table(title=f"{name}: {tagged} of {len(items)} photos tagged", title_justify="left", expand=False)
    for heading in ("photo", "garment", "pattern", "colours", "after"):
        table.add_column(heading, no_wrap=True)
    for item in items[-rows:]:
        after = f"{item.seconds * 1000:.0f} ms" if item.is_tagged else "…"
        table.add_row(item.name, _garment(item), _value(item, "pattern"), _colours(item), after)
    return table


def _garment(item: Tagged) -> Text:
    """What it is, as exactly as it was said; guesses where nothing is sure."""
    said = item.ai_tags or {}
    guesses = [words(guess["subcategory"]) for guess in said.get("candidates") or []]
    if guesses:
        return Text(f"{' or '.join(guesses)}?", style="yellow")
    if said.get("status") in ("no_garment", "failed"):
        return Text(words(said["status"]), style="yellow")
    return Text(_value(item, "subcategory") or _value(item, "category"))


def _value(item: Tagged, name: str) -> str:
    return words(((item.ai_tags or {}).get(name) or {}).get("value", ""))


def words(value: str) -> str:
    """A value of the vocabulary as people write it."""
    return value.replace("_", " ")


def _colours(item: Tagged) -> Text:
    text = Text()
    for colour in _palette(item.ai_tags):
        text.append("██ ", style=colour["hex"])
        text.append(f"{words(colour['name'])} {colour['share']:.0%}  ")
    return text


def _palette(ai_tags: dict[str, Any] | None) -> list[dict[str, Any]]:
    return list((ai_tags or {}).get("colors") or [])


def verdict(report: Report) -> Table:
    """The figures at the end, for a person."""
    told = report.as_json()
    table = Table(title="What held" if told["ok"] else "What failed", title_justify="left", show_header=False)
    for name, value in told.items():
        table.add_row(name.replace("_", " "), _plain(value))
    for fault in report.faults():
        table.add_row(Text("failed", style="bold red"), fault)
    return table


def _plain(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key.replace('_', ' ')} {item}" for key, item in value.items())
    return str(value)
