"""The daemon's own two roles, ``consumer`` and ``worker``, around the queue between them."""

from __future__ import annotations

from dataclasses import dataclass, field

from aura.roles import Role, RoleHealth, nothing_in_hand
from consumer.hearing import Consumer
from consumer.queue import MemoryQueue
from consumer.worker import WorkerPool
from handlers.services import Services


@dataclass(slots=True)
class Daemon:
    """Both roles of one process; build it on the running event loop."""

    services: Services
    queue: MemoryQueue = field(init=False)
    consumer: Consumer = field(init=False)
    workers: WorkerPool = field(init=False)

    def __post_init__(self) -> None:
        self.queue = MemoryQueue(self.services.settings.queue.size)
        self.workers = WorkerPool.of(self.services, self.queue)
        self.consumer = Consumer.of(self.services, self.queue)

    def role(self, name: str) -> Role:
        """The role of that name."""
        if name == "worker":
            return Role(name, self.workers.run, self._drain, self.workers.health)
        return Role(name, self.consumer.run, nothing_in_hand, self._consumer_health)

    async def _drain(self) -> None:
        await self.queue.drain(self.services.settings.worker.grace_seconds)

    def _consumer_health(self) -> RoleHealth:
        health = self.consumer.health()
        return RoleHealth(health.ready, health.reasons, health.details)
