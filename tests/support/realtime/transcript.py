"""Reads the recorded transcripts: what was sent, received and done, in order, with its time.

One JSON object a line: `t` (milliseconds since the start), `dir` (send, recv or note), `conn` (the
connection's name, where there are several), and `frame` or `note`. Received frames are kept as the
raw text of the server, so that they can be compared byte by byte.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parents[2] / "data" / "realtime"
FRAME = '"frame": '


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a transcript. `raw` is the received frame's text, else empty; `seconds` from the start."""

    seconds: float
    kind: str
    conn: str
    content: Any
    raw: str = ""

    @property
    def note(self) -> str:
        """A note's text."""
        return str(self.content["text"] if isinstance(self.content, dict) else self.content)


def read(name: str) -> list[Line]:
    """The lines of the transcript whose file name begins with `name` and a dash."""
    (path,) = (path for path in FOLDER.glob("*.jsonl") if is_named(path.stem, name))
    return [_line(text) for text in path.read_text().splitlines()]


def is_named(stem: str, short: str) -> bool:
    """Whether a file's name begins with these parts, between dashes."""
    return f"{stem}-".startswith(f"{short}-")


def names() -> set[str]:
    """The file names, without their ending, of all transcripts kept here."""
    return {path.stem for path in FOLDER.glob("*.jsonl")}


def _line(text: str) -> Line:
    data = json.loads(text)
    kind = data["dir"]
    raw = text[text.index(FRAME) + len(FRAME) : -1].strip() if kind == "recv" else ""
    return Line(data["t"] / 1000, kind, data.get("conn", "c1"), data.get("frame", data.get("note")), raw)
