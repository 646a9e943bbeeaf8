"""Wishes for work on their way to the shared queue: kept here, each key once, until the database has them."""

from __future__ import annotations

import asyncio

from consumer.keyed_queue import Key, Priority, Wish
from handlers.work import Work


class Outbox:
    """What was wished for and is not yet in the queue. ``filled`` is set while there is something to send;
    ``backfill``: how many of the wishes are that."""

    def __init__(self) -> None:
        self._wishes: dict[Key, Wish] = {}
        self._sending: dict[Key, Wish] = {}
        self.filled = asyncio.Event()
        self.backfill = 0

    def __len__(self) -> int:
        return len(self._wishes) + len(self._sending)

    def __contains__(self, key: Key) -> bool:
        return key in self._wishes or key in self._sending

    def held(self, kind: str) -> int:
        """How many keys of one kind of work it has."""
        return sum(key[0] == kind for keys in (self._wishes, self._sending) for key in keys)

    def add(self, work: Work, priority: Priority, due: float) -> None:
        """Keep a wish for a moment ``due`` (seconds on the caller's clock)."""
        self._keep(Wish(work, priority, due))

    def send(self, most: int) -> list[Wish]:
        """The oldest wishes, now being sent: say afterwards whether they ``arrived`` or ``failed``."""
        for key in list(self._wishes)[:most]:
            self._sending[key] = self._wishes.pop(key)
        if not self._wishes:
            self.filled.clear()
        return list(self._sending.values())

    def arrived(self) -> None:
        """What was being sent is in the queue, or was refused there."""
        self.backfill -= sum(map(_is_backfill, self._sending.values()))
        self._sending.clear()

    def failed(self) -> None:
        """What was being sent is to be sent once more, together with what came meanwhile."""
        waiting, self._wishes, self._sending = self._wishes, self._sending, {}
        self.backfill -= sum(map(_is_backfill, waiting.values()))
        for wish in waiting.values():
            self._keep(wish)
        self.filled.set()

    def _keep(self, wish: Wish) -> None:
        kept = self._wishes.get(wish.work.identity)
        if kept is None:
            self._wishes[wish.work.identity] = wish
        else:
            self.backfill -= _is_backfill(kept)
            kept.merge(wish)
        self.backfill += _is_backfill(kept or wish)
        self.filled.set()


def _is_backfill(wish: Wish) -> bool:
    return wish.priority is Priority.BACKFILL
