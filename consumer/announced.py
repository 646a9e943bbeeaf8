"""Tells work that Realtime announced from work that it never did: how good is our hearing?

A listing also shows rows whose event is still under way, so what it finds unannounced counts as missed only when no
event has come within ``grace`` seconds; and an announcement is remembered for ``memory`` seconds, so that a later
change of the same row is judged for itself. Bounded: beyond ``size`` keys the oldest are forgotten.
"""

from __future__ import annotations

from collections import OrderedDict

Key = tuple[str, str]


class Announced:
    """The keys heard and found lately. Times are seconds on the caller's monotonic clock."""

    def __init__(self, *, grace: float = 10.0, memory: float = 60.0, size: int = 20_000) -> None:
        self._grace = grace
        self._memory = memory
        self._size = size
        self._heard: OrderedDict[Key, float] = OrderedDict()
        self._unheard: OrderedDict[Key, float] = OrderedDict()

    def heard(self, key: Key, now: float) -> None:
        """An event announced the key, or it needs no announcement."""
        self._unheard.pop(key, None)
        self._heard[key] = now
        self._heard.move_to_end(key)
        _forget(self._heard, before=now - self._memory, size=self._size)

    def found(self, key: Key, now: float) -> bool:
        """A listing shows the key as outstanding; whether that is news."""
        if key in self._unheard or now - self._heard.get(key, float("-inf")) < self._memory:
            return False
        self._unheard[key] = now
        _forget(self._unheard, before=float("-inf"), size=self._size)
        return True

    def missed(self, now: float) -> int:
        """How many keys turned out since the last call to have been found and not heard of. Each counts once."""
        count = 0
        while self._unheard and now - next(iter(self._unheard.values())) >= self._grace:
            key, _ = self._unheard.popitem(last=False)
            self.heard(key, now)
            count += 1
        return count


def _forget(keys: OrderedDict[Key, float], *, before: float, size: int) -> None:
    while keys and (len(keys) > size or next(iter(keys.values())) < before):
        keys.popitem(last=False)
