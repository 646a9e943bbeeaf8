"""What can be made to go wrong on demand, beyond what the real server does by itself.

State only; the sockets and the feed look here before they act. Times are `time.monotonic` seconds.
"""

from __future__ import annotations

import math
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(slots=True)
class Faults:
    """Faults in force. `clear` ends them all; a socket made half-open stays so until it is closed."""

    clock: Callable[[], float] = time.monotonic
    swallow: int = 0
    _refuse_until: float = -math.inf
    _half_open_until: float = -math.inf
    _delay: float = 0.0
    _delay_until: float = -math.inf

    def refuse_for(self, seconds: float) -> None:
        """New connections are turned away with 503 for so long."""
        self._refuse_until = self.clock() + seconds

    def half_open_for(self, seconds: float) -> None:
        """Sockets opened in this time are accepted and never spoken to."""
        self._half_open_until = self.clock() + seconds

    def delay_for(self, delay: float, seconds: float) -> None:
        """Each polled batch waits `delay` seconds before it is delivered, for the next `seconds`."""
        self._delay, self._delay_until = delay, self.clock() + seconds

    def swallow_next(self) -> bool:
        """Whether the next change has to disappear; counts it."""
        if self.swallow <= 0:
            return False
        self.swallow -= 1
        return True

    @property
    def refusing(self) -> bool:
        return self.clock() < self._refuse_until

    @property
    def half_open(self) -> bool:
        return self.clock() < self._half_open_until

    @property
    def delay(self) -> float:
        """Seconds to hold a batch back now."""
        return self._delay if self.clock() < self._delay_until else 0.0

    def active(self) -> list[str]:
        """The names of those in force that end by themselves."""
        return [name for name, on in (("restart_realtime", self.refusing), ("half_open", self.half_open)) if on]

    def clear(self) -> None:
        """Ends every fault."""
        self.swallow = 0
        self._refuse_until = self._half_open_until = self._delay_until = -math.inf


@dataclass(slots=True)
class Counters:
    """What the server did since it started, for the status page."""

    delivered: int = 0  # frames with a change put on a socket
    polls: int = 0
    polled: int = 0  # rows read from the log
    dropped: Counter[str] = field(default_factory=Counter)  # rows that somebody would have got, by cause
    refused: Counter[str] = field(default_factory=Counter)  # handshakes and joins, by reason

    def as_dict(self) -> dict[str, object]:
        return {
            "delivered": self.delivered,
            "polls": self.polls,
            "polled": self.polled,
            "dropped": dict(self.dropped),
            "refused": dict(self.refused),
        }
