"""The daemon's own two roles, ``consumer`` and ``worker``, around the queue between them."""

from __future__ import annotations

from dataclasses import dataclass, field

from aura.roles import Role, RoleHealth, nothing_in_hand
from consumer.elected import ElectedConsumer
from consumer.hearing import Consumer
from consumer.queue import MemoryQueue
from consumer.worker import WorkerPool
from handlers.services import Services


@dataclass(slots=True)
class Daemon:
    """Both roles of one process; build it on the running event loop."""

    services: Services
    queue: MemoryQueue = field(init=False)
    consumer: Consumer | ElectedConsumer = field(init=False)
    workers: WorkerPool = field(init=False)

    def __post_init__(self) -> None:
        self.queue = MemoryQueue(self.services.settings.queue.size)
        self.workers = WorkerPool.of(self.services, self.queue)
        self.consumer = self._make_consumer()

    def role(self, name: str) -> Role:
        """The role of that name."""
        if name == "worker":
            return Role(name, self.workers.run, self._drain, self.workers.health)
        return Role(name, self.consumer.run, nothing_in_hand, self._consumer_health)

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
        health = self.consumer.health()
        return RoleHealth(health.ready, health.reasons, health.details)
