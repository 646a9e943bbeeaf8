"""A waiting line in which people take turns, so that one person's thousand photos delay nobody else's one.

Round robin by owner, first come first served within an owner; every operation is O(1).
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)


class FairLane(Generic[K]):
    """Keys waiting by owner. A key stands in the lane at most once, and always under the same owner."""

    def __init__(self) -> None:
        self._lines: OrderedDict[str | None, OrderedDict[K, None]] = OrderedDict()
        self._length = 0

    def __len__(self) -> int:
        return self._length

    def push(self, owner: str | None, key: K) -> None:
        """Put ``key`` at the end of its owner's line."""
        line = self._lines.setdefault(owner, OrderedDict())
        if key not in line:
            line[key] = None
            self._length += 1

    def pop(self) -> K | None:
        """The next key of the owner whose turn it is; None when nobody waits."""
        if not self._lines:
            return None
        owner, line = next(iter(self._lines.items()))
        key, _ = line.popitem(last=False)
        self._length -= 1
        self._end_turn(owner, line)
        return key

    def remove(self, owner: str | None, key: K) -> None:
        """Take ``key`` out of its owner's line, wherever it stands."""
        line = self._lines.get(owner)
        if line is not None and key in line:
            del line[key]
            self._length -= 1
            if not line:
                del self._lines[owner]

    def _end_turn(self, owner: str | None, line: OrderedDict[K, None]) -> None:
        if line:
            self._lines.move_to_end(owner)
        else:
            del self._lines[owner]
