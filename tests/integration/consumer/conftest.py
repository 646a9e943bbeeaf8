"""A consumer on a sandbox, with delays shortened in proportion, whose queue the test empties itself."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from random import Random
from typing import Any
from uuid import uuid4

import pytest
from pydantic import SecretStr

from aura.gateway.rest import Gateway
from aura.gateway.work import WorkLedger
from aura.settings import RealtimeSettings, ReconcileSettings, Settings, SupabaseSettings
from aura.telemetry.metrics import Metrics
from consumer.hearing import Consumer
from consumer.queue import MemoryQueue
from handlers.services import utc_now
from handlers.work import Work
from sandbox import Sandbox
from tests.support.waiting import wait_for

QUICK = RealtimeSettings(
    canary_interval_seconds=2,
    canary_late_seconds=2,
    canary_dead_seconds=5,
    rebuild_min_interval_seconds=6,
    join_timeout_seconds=8,
    backoff_max_seconds=2,
)
RARE_LISTINGS = ReconcileSettings(while_deaf_seconds=1, marks_seconds=600, full_seconds=600)


@dataclass
class Listening:
    """A running consumer and what became of its hints."""

    consumer: Consumer
    queue: MemoryQueue
    metrics: Metrics
    worked: set[Work] = field(default_factory=set)
    _progress: asyncio.Event = field(default_factory=asyncio.Event)

    async def work(self) -> None:
        """Take everything off the queue and remember it."""
        while True:
            claim = await self.queue.take()
            self.worked.add(claim.work)
            self.queue.done(claim)

    @property
    def live(self) -> bool:
        """Whether changes are provably heard."""
        return self.consumer.health().details["state"] == "live"

    def count(self, name: str, **labels: str) -> float:
        """A metric's present value."""
        return self.metrics.registry.get_sample_value(name, labels) or 0.0

    def gaps(self, cause: str) -> float:
        """How many gaps of one cause were noticed."""
        return self.count("aura_gaps_total", cause=cause)

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait for a condition."""
        try:
            await wait_for(condition)
        except AssertionError as error:
            pytest.fail(f"{error}; health: {self.consumer.health()}; {len(self.worked)} hints: {self.worked}")

    async def until_worked(self, kind: Any, key: str) -> None:
        """Wait until a hint for this work came through."""
        await self.until(lambda: Work(kind, key) in self.worked)


@asynccontextmanager
async def listening(
    sandbox: Sandbox, *, key: str = "", realtime: RealtimeSettings = QUICK, reconcile: ReconcileSettings = RARE_LISTINGS
) -> AsyncIterator[Listening]:
    """A consumer that runs for the length of the block and leaves nothing behind."""
    service_key = SecretStr(key or sandbox.service_key)
    settings = Settings(
        supabase=SupabaseSettings.model_validate(
            {"url": sandbox.url, "anon_key": sandbox.anon_key, "service_key": service_key, "timeout_seconds": 3}
        ),
        realtime=realtime,
        reconcile=reconcile,
    )
    async with Gateway.from_settings(settings) as gateway:
        metrics, queue = Metrics(), MemoryQueue(5000)
        consumer = Consumer(
            settings,
            WorkLedger(gateway),
            queue,
            metrics,
            clock=asyncio.get_running_loop().time,
            utc_now=utc_now,
            random=Random(),
        )
        heard = Listening(consumer, queue, metrics)
        before = asyncio.all_tasks()
        tasks = [asyncio.create_task(consumer.run()), asyncio.create_task(heard.work())]
        try:
            yield heard
            assert not [task.exception() for task in tasks if task.done()]
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)
        assert not asyncio.all_tasks() - before


def a_photo() -> str:
    """The address of a photo that nobody has."""
    return f"https://photos.example.com/{uuid4()}.jpg"
