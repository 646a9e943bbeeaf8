"""A file in which processes that may be killed at any moment note what they begin and end.

One line of JSON an entry, appended in one write, so that entries of several processes never mix and whatever
was noted before a kill stays. Times are of the system-wide monotonic clock, and so comparable between processes.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal
from uuid import uuid4

Phase = Literal["begin", "end", "killed"]


@dataclass(frozen=True, slots=True)
class Entry:
    """``what`` is ``work`` (a handler ran), ``ask`` (the analyzer was asked) or ``process`` (it was killed).

    ``key`` is the work's ``kind:key``; ``content`` the photo's hash, for ``ask``; ``wall`` is Unix time.
    """

    what: str
    phase: Phase
    pid: int
    run: str
    key: str
    at: float
    wall: float
    content: str = ""


@dataclass(frozen=True, slots=True)
class Journal:
    """The file at ``path``."""

    path: Path

    def note(self, what: str, phase: Phase, *, pid: int, run: str, key: str, content: str = "") -> None:
        """Append an entry."""
        entry = Entry(what, phase, pid, run, key, time.monotonic(), time.time(), content)
        line = json.dumps(asdict(entry)).encode() + b"\n"
        file = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            os.write(file, line)
        finally:
            os.close(file)

    @contextmanager
    def span(self, what: str, key: str, content: str = "") -> Iterator[None]:
        """Note the beginning and, however it ends, the end of what happens inside."""
        pid, run = os.getpid(), uuid4().hex
        self.note(what, "begin", pid=pid, run=run, key=key, content=content)
        try:
            yield
        finally:
            self.note(what, "end", pid=pid, run=run, key=key, content=content)

    def killed(self, pid: int) -> None:
        """Note that a process is no more: what it had begun ended here."""
        self.note("process", "killed", pid=pid, run="", key="")

    def entries(self) -> list[Entry]:
        """Everything noted so far, in the order of time."""
        if not self.path.exists():
            return []
        lines = self.path.read_text(encoding="utf-8").splitlines()
        return sorted((Entry(**json.loads(line)) for line in lines), key=lambda entry: entry.at)
