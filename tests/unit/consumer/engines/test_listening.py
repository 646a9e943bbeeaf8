"""The queue looks for work once more when listening begins: what came before was told to nobody."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import cast

from procrastinate.connector import BaseAsyncConnector, Notify

from consumer.engines.jobs import LANES, Jobs


class Connection:
    """Listens as procrastinate's connector does: on one channel after the other, anew when its connection was cut."""

    def __init__(self, lives: int) -> None:
        self._lives = lives
        self.looks = 0
        self.looks_in_time: list[int] = []
        self.channels: list[str] = []

    def look(self) -> None:
        self.looks += 1

    async def listen_notify(self, on_notification: Notify, channels: Iterable[str]) -> None:
        for _ in range(self._lives):
            before = self.looks
            for channel in channels:
                self.looks_in_time.append(self.looks - before)
                self.channels.append(channel)
            assert self.looks == before + 1, "no look after all channels are listened on"
        await on_notification(channel="any", payload="{}")


def test_listening_looks_when_it_began_and_when_it_was_told() -> None:
    connection = Connection(lives=2)
    jobs = Jobs(cast("BaseAsyncConnector", connection))
    asyncio.run(jobs.listen(connection.look))
    assert connection.looks == 3
    assert set(connection.looks_in_time) == {0}, "a look before it listens finds nothing that comes meanwhile"
    assert len(set(connection.channels)) == len(LANES)
