"""Hands what was fetched to the workers that wait for it, within one process and without a thread or a lock."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Generic, TypeVar

from consumer.queue import QueueClosed

T = TypeVar("T")


class Takers(Generic[T]):
    """Waiting takers, in their order. ``ever`` is set by the first, ``waiting`` while there is one."""

    def __init__(self) -> None:
        self._turns: deque[asyncio.Future[T]] = deque()
        self._spare: list[T] = []
        self._closed = False
        self.ever = asyncio.Event()
        self.waiting = asyncio.Event()

    async def take(self) -> T:
        """Wait for the next; raises ``QueueClosed`` once closed. A cancelled taker takes nothing with it."""
        if self._closed:
            raise QueueClosed
        if self._spare:
            return self._spare.pop()
        turn: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._turns.append(turn)
        self.ever.set()
        self.waiting.set()
        try:
            return await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled() and turn.exception() is None:
                self.hand(turn.result())
            raise

    def hand(self, what: T) -> None:
        """Give it to the first that waits, or keep it for the next."""
        while self._turns:
            turn = self._turns.popleft()
            if not turn.done():
                turn.set_result(what)
                break
        else:
            self._spare.append(what)
        self._note()

    def close(self) -> list[T]:
        """Nobody takes any more; returns what nobody took."""
        self._closed = True
        while self._turns:
            turn = self._turns.popleft()
            if not turn.done():
                turn.set_exception(QueueClosed())
        self._note()
        spare, self._spare = self._spare, []
        return spare

    def _note(self) -> None:
        if not any(not turn.done() for turn in self._turns):
            self.waiting.clear()
