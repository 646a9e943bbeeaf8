"""Which paths are broken, how and until when: the pure part of the gateway's faults.

Time is given by the caller (seconds of any steady clock), so the rules can be tested without
waiting. The newest fault whose prefix fits a path decides.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, get_args

How = Literal["503", "hang", "reset"]
WAYS: tuple[How, ...] = get_args(How)


@dataclass(frozen=True)
class BrokenPath:
    """Requests below `prefix` fail in one way until the moment `until`."""

    prefix: str
    how: How
    until: float

    def hits(self, path: str, now: float) -> bool:
        """Whether a request for `path` at `now` fails."""
        below = path == self.prefix or path.startswith(self.prefix.rstrip("/") + "/")
        return below and now < self.until


@dataclass
class BrokenPaths:
    """The faults in force, oldest first."""

    _faults: list[BrokenPath] = field(default_factory=list)

    def add(self, fault: BrokenPath) -> None:
        """Breaks a path."""
        self._faults.append(fault)

    def clear(self) -> None:
        """Mends every path."""
        self._faults.clear()

    def find(self, path: str, now: float) -> BrokenPath | None:
        """The fault that a request for `path` meets at `now`."""
        return next((fault for fault in reversed(self._faults) if fault.hits(path, now)), None)

    def active(self, now: float) -> list[BrokenPath]:
        """What is broken at `now`; what is over is forgotten."""
        self._faults = [fault for fault in self._faults if now < fault.until]
        return list(self._faults)
