"""The daemon's own two roles, ``consumer`` and ``worker``, around the queue between them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from aura.roles import Role, RoleHealth, nothing_in_hand
from consumer.elected import ElectedConsumer
from consumer.engines.choice import queue_of
from consumer.hearing import Consumer
from consumer.queue import WorkQueue
from consumer.together import run_together
from consumer.worker import WorkerPool
from handlers.services import Services


@dataclass(slots=True)
class Daemon:
    """Both roles of one process; build it on the running event loop.

    The queue runs with the role that is asked for first, which is the one that is stopped last.

    Raises:
        ConfigurationError: a setting that the queue or a role needs is missing or wrong.
    """

    services: Services
    queue: WorkQueue = field(init=False)
    consumer: Consumer | ElectedConsumer = field(init=False)
    workers: WorkerPool = field(init=False)
    _queue_runs: bool = field(default=False, init=False)

    def __post_init__(self) -> None:
        self.queue = queue_of(self.services)
        self.workers = WorkerPool.of(self.services, self.queue)
        self.consumer = self._make_consumer()

    def role(self, name: str) -> Role:
        """The role of that name."""
        if name == "worker":
            return Role(name, self._beside_queue(self.workers.run), self._drain, self.workers.health)
        return Role(name, self._beside_queue(self.consumer.run), nothing_in_hand, self._consumer_health)

    def _beside_queue(self, run: Callable[[], Awaitable[None]]) -> Callable[[], Awaitable[None]]:
        if self._queue_runs:
            return run
        self._queue_runs = True
        return lambda: run_together(run, self.queue.run)

    def _make_consumer(self) -> Consumer | ElectedConsumer:
        """Work in memory never leaves its process: there each one hears for itself. Where the queue is shared, one
        hears for all."""
        if self.services.settings.queue.engine == "memory":
            self.services.metrics.leader.set(1)
            return self._hearing()
        return ElectedConsumer.of(self.services, self._hearing)

    def _hearing(self) -> Consumer:
        return Consumer.of(self.services, self.queue)

    async def _drain(self) -> None:
        await self.queue.drain(self.services.settings.worker.grace_seconds)

    def _consumer_health(self) -> RoleHealth:
        health, trouble = self.consumer.health(), self.queue.trouble
        reasons = health.reasons if trouble is None else (*health.reasons, trouble)
        return RoleHealth(health.ready and trouble is None, reasons, health.details)
