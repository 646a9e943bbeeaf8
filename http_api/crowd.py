"""The connections that are open, and who is turned away when there are too many.

A connection costs memory and a descriptor before it has said a word, so their number is bounded. When it is full,
first those that wait for a further request go (their clients open another one), and only then is a new one refused:
with an answer that any client understands, at the price of a few bytes and no parser.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Protocol, cast
from weakref import WeakSet

from prometheus_client import Gauge

# Seconds for a refused client to take its answer, and how many such may linger; beyond it they are just cut off.
_LINGER_SECONDS = 1.0
_LINGERING = 1_024


class Member(Protocol):
    """What the crowd needs of a connection."""

    def force_close(self) -> None:
        """Close it now."""
        ...

    def finish(self) -> None:
        """Close it once what it is doing is done."""
        ...


class Crowd:
    """At most ``most`` connections."""

    def __init__(self, most: int, gauge: Gauge | None = None) -> None:
        self.most = most
        self._gauge = gauge
        self._members: WeakSet[Member] = WeakSet()  # an accept that fails half-way says goodbye to nobody
        self._idle: dict[Member, None] = {}  # in the order in which they became idle

    def __len__(self) -> int:
        return len(self._members)

    def __iter__(self) -> Iterator[Member]:
        return iter(tuple(self._members))

    def make_room(self) -> bool:
        """Whether one more may come; closes the one that has been idle longest if that is what it takes."""
        if len(self._members) < self.most:
            return True
        if not self._idle:
            return False
        oldest = next(iter(self._idle))
        self.left(oldest)
        oldest.force_close()
        return True

    def joined(self, member: Member) -> None:
        """A connection that is about to open."""
        self._members.add(member)
        self._tell()

    def left(self, member: Member) -> None:
        """A connection that is closed."""
        self._members.discard(member)
        self._idle.pop(member, None)
        self._tell()

    def idle(self, member: Member) -> None:
        """A connection that has been answered and may stay."""
        self._idle[member] = None

    def busy(self, member: Member) -> None:
        """A connection that sends or awaits something again."""
        self._idle.pop(member, None)

    def _tell(self) -> None:
        if self._gauge is not None:
            self._gauge.set(len(self._members))


class TurnedAway(asyncio.Protocol):
    """Says one answer to whoever connects, waits a moment for them to hear it, and is gone."""

    _lingering = 0

    def __init__(self, answer: bytes) -> None:
        self._answer = answer

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Answer before anything is asked; what then comes is read and dropped, so that no reset eats the answer."""
        socket = cast("asyncio.Transport", transport)  # uvloop's are none by inheritance
        TurnedAway._lingering += 1
        if TurnedAway._lingering > _LINGERING:
            socket.abort()
            return
        socket.write(self._answer)
        if socket.can_write_eof():
            socket.write_eof()
        asyncio.get_running_loop().call_later(_LINGER_SECONDS, socket.abort)

    def connection_lost(self, exc: Exception | None) -> None:
        """Gone."""
        TurnedAway._lingering -= 1
