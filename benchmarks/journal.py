"""What the measured processes note while they run: when a row was heard of and when its tags were written.

One line an entry: ``event item seconds`` (Unix time, so that it compares with the database's own clock on the same
machine). The daemon under test and the consumer beside it write the same lines, so both are measured alike.
"""

from __future__ import annotations

import os
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

VARIABLE = "BENCHMARK_JOURNAL"
Event = Literal["live", "heard", "written", "analysed"]


class JournalWriter:
    """Appends to the journal that the environment names; an entry costs a few microseconds."""

    def __init__(self) -> None:
        self._file = os.open(os.environ[VARIABLE], os.O_WRONLY | os.O_APPEND)

    def note(self, event: Event, item: str = "-", at: float | None = None) -> None:
        """Note that ``event`` happened to ``item``, now or ``at``."""
        os.write(self._file, f"{event} {item} {time.time() if at is None else at:.6f}\n".encode())


@dataclass(frozen=True, slots=True)
class Journal:
    """A journal as read. ``heard`` and ``written`` hold the first moment of each item; ``analysed`` counts."""

    live: list[float] = field(default_factory=list)
    heard: dict[str, float] = field(default_factory=dict)
    written: dict[str, float] = field(default_factory=dict)
    analysed: Counter[str] = field(default_factory=Counter)


def read_journal(path: Path) -> Journal:
    """Everything noted so far."""
    journal = Journal()
    for line in path.read_text(encoding="ascii").splitlines():
        event, item, at = line.split()
        match event:
            case "live":
                journal.live.append(float(at))
            case "heard":
                journal.heard.setdefault(item, float(at))
            case "written":
                journal.written.setdefault(item, float(at))
            case "analysed":
                journal.analysed[item] += 1
    return journal
