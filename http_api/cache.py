"""Answers kept ready for those who asked before, as long as nothing that they depend on has changed.

An answer belongs to one person and one question, and holds for one version of what it was made from: the version
is read from the database with every request, so an answer is never older than the wardrobe. The person is part of
the key, whatever the version says: no two people can share an entry. Equal questions that arrive together are
answered once. Bounded in entries (the least recently asked goes first) and in age.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

from aura.telemetry.metrics import Metrics

T = TypeVar("T")
Key = tuple[str, str]
Outcome = Literal["hit", "miss", "stale", "shared"]


@dataclass(frozen=True, slots=True)
class _Entry:
    version: str
    until: float
    value: Any


class AnswerCache:
    """The answers of one process; used on its event loop alone.

    Args:
        entries: how many answers are kept at most.
        seconds: how long one is kept at most.
        clock: seconds, monotonic.
        metrics: ``api_cache`` counts each question as ``hit``, ``miss`` (nothing kept, or too old), ``stale`` (of
            another version) or ``shared`` (somebody asks the same just now).
    """

    def __init__(self, entries: int, seconds: float, clock: Callable[[], float], metrics: Metrics) -> None:
        self._most = entries
        self._seconds = seconds
        self._clock = clock
        self._metrics = metrics
        self._entries: OrderedDict[Key, _Entry] = OrderedDict()
        self._flights: dict[tuple[Key, str], asyncio.Task[Any]] = {}

    def __len__(self) -> int:
        return len(self._entries)

    async def answer(self, user: str, question: str, version: str, compute: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """The answer to a person's question, kept or computed now.

        Args:
            user: whose answer it is.
            question: what is asked, in a form of its own for each different answer; all answers to one question
                have one type.
            version: of what the answer is made from, read before ``compute`` reads it.
            compute: makes the answer. It runs to its end even if everybody who waits for it goes away.

        Raises:
            Exception: what ``compute`` raises, to all who wait for it; it is not kept.
        """
        key = (user, question)
        entry = self._fresh(key)
        if entry is not None and entry.version == version:
            self._count("hit")
            value: T = entry.value
            return value
        flight = self._flights.get((key, version))
        self._count("shared" if flight else "stale" if entry else "miss")
        return await asyncio.shield(flight or self._fly(key, version, compute))

    def get(self, user: str, question: str, version: str) -> Any | None:
        """The kept answer of this very version, if there is one; counts nothing."""
        entry = self._fresh((user, question))
        return entry.value if entry is not None and entry.version == version else None

    def put(self, user: str, question: str, version: str, value: Any) -> None:
        """Keep an answer, in place of any other version's."""
        key = (user, question)
        self._entries[key] = _Entry(version, self._clock() + self._seconds, value)
        self._entries.move_to_end(key)
        while len(self._entries) > self._most:
            self._entries.popitem(last=False)

    async def aclose(self) -> None:
        """Give up what is still being computed; at shutdown only those who went away had asked for it."""
        flights = list(self._flights.values())
        for flight in flights:
            flight.cancel()
        await asyncio.gather(*flights, return_exceptions=True)

    def _fresh(self, key: Key) -> _Entry | None:
        """The entry, if it is young enough; asked for, it is the last to be dropped."""
        entry = self._entries.get(key)
        if entry is None:
            return None
        if self._clock() >= entry.until:
            del self._entries[key]
            return None
        self._entries.move_to_end(key)
        return entry

    def _fly(self, key: Key, version: str, compute: Callable[[], Coroutine[Any, Any, T]]) -> asyncio.Task[T]:
        task = asyncio.create_task(compute())
        self._flights[key, version] = task
        task.add_done_callback(lambda done: self._land(key, version, done))
        return task

    def _land(self, key: Key, version: str, done: asyncio.Task[Any]) -> None:
        self._flights.pop((key, version), None)
        # Asking for the exception also says that it was seen, should nobody wait any more.
        if not done.cancelled() and done.exception() is None:
            self.put(*key, version, done.result())

    def _count(self, outcome: Outcome) -> None:
        self._metrics.api_cache.labels(outcome).inc()
