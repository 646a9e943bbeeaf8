"""Remembers which messages were taken already, so that a copy within its validity does nothing twice.

Bounded: beyond ``size`` the oldest are forgotten, so it may only guard what is harmless when repeated.
"""

from __future__ import annotations

from collections import OrderedDict


class MessageMemory:
    """Times are seconds on one clock of the caller's, the same that the messages' validity is told on."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._until: OrderedDict[str, float] = OrderedDict()

    def __len__(self) -> int:
        return len(self._until)

    def is_new(self, message_id: str, valid_until: float, now: float) -> bool:
        """Whether the message comes for the first time; it is remembered until ``valid_until``.

        A copy with another timestamp (a sender's retry) is remembered for as long as the later of both is valid.
        """
        self._forget(now)
        known = self._until.pop(message_id, None)
        self._until[message_id] = valid_until if known is None else max(known, valid_until)
        if len(self._until) > self._size:
            self._until.popitem(last=False)
        return known is None or known < now

    def _forget(self, now: float) -> None:
        """Only from the front: what is not valid any more further back takes room for a while and does no harm."""
        while self._until and next(iter(self._until.values())) < now:
            self._until.popitem(last=False)
