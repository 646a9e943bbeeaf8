"""What a process does with the shared queue at its end, against a database that the test plays."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from random import Random
from typing import Any, cast

from aura.telemetry.metrics import Metrics
from consumer.engines.connections import Connections
from consumer.engines.sending import BATCH
from consumer.engines.shared import SharedQueue
from handlers.work import Work
from tests.unit.consumer.virtual_time import run_virtually

WORKER = 7


@dataclass
class Database:
    """Connections and the connector over them: answers every statement after a moment, with nothing to do."""

    put: list[int] = field(default_factory=list)
    parted: list[int] = field(default_factory=list)
    looked: asyncio.Event = field(default_factory=asyncio.Event)

    async def examine(self) -> None:
        return

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[Database]:
        yield self

    async def execute_query_one_async(self, query: str, **_arguments: Any) -> dict[str, Any]:
        await asyncio.sleep(0.01)
        if "aura_next_due" in query:
            self.looked.set()
        depth = dict.fromkeys(("live", "backfill", "delayed", "processing"), 0)
        return {"id": None, "worker_id": WORKER, "due": None, "alive": True, **depth}

    async def execute_query_all_async(self, _query: str, wishes: list[Any], **_arguments: Any) -> list[dict[str, Any]]:
        await asyncio.sleep(0.01)
        self.put.append(len(wishes))
        return []

    async def execute_query_async(self, query: str, **arguments: Any) -> None:
        await asyncio.sleep(0.01)
        if "aura_part" in query:
            self.parted.append(arguments["worker"])

    async def listen_notify(self, _on_notification: Any, _channels: Any) -> None:
        await asyncio.get_running_loop().create_future()


def test_a_queue_that_is_cancelled_sends_all_that_was_wished_for_and_takes_its_leave() -> None:
    async def main() -> None:
        database, clock = Database(), asyncio.get_running_loop().time
        queue = SharedQueue(cast("Connections", database), 10 * BATCH, Metrics(), clock=clock, random=Random(0))
        running, taking = asyncio.create_task(queue.run()), asyncio.create_task(queue.take())
        await database.looked.wait()
        for number in range(2 * BATCH + 1):
            queue.add(Work("analyze_item", f"{number}"))
        for task in (taking, running):
            task.cancel()
        await asyncio.wait([taking, running])
        assert running.cancelled()
        assert database.put == [BATCH, BATCH, 1]
        assert database.parted == [WORKER]

    run_virtually(main())
