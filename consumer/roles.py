"""The roles of a daemon process, put together: what they share and how each tells its health."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from aura.errors import ConfigurationError
from aura.roles import Role, RoleHealth, nothing_in_hand
from aura.settings import Settings
from consumer.hearing import Consumer
from consumer.queue import MemoryQueue
from consumer.worker import WorkerPool
from handlers.services import Services

EXISTING = ("worker", "consumer")  # in the order of starting: who feeds comes after who eats


def chosen_roles(names: str | None, settings: Settings) -> Sequence[str]:
    """The roles to run, in starting order; all that exist where none are named.

    Raises:
        ConfigurationError: an unknown role, or two that the queue's engine cannot separate.
    """
    wanted = {name.strip() for name in names.split(",")} - {""} if names else set(EXISTING)
    unknown = sorted(wanted - set(EXISTING))
    if unknown or not wanted:
        raise ConfigurationError(f"--roles: {', '.join(unknown) or 'nothing'} is no role; there are {_listed()}.")
    if settings.queue.engine == "memory" and len(wanted & {"consumer", "worker"}) == 1:
        raise ConfigurationError(
            "--roles: consumer and worker must run in one process, because queue.engine is memory (its work never "
            "leaves the process). Use --roles consumer,worker."
        )
    return [name for name in EXISTING if name in wanted]


def _listed() -> str:
    return ", ".join(sorted(EXISTING))


@dataclass(slots=True)
class Roles:
    """Builds the roles of one process around one queue."""

    services: Services
    queue: MemoryQueue = field(init=False)
    consumer: Consumer = field(init=False)
    workers: WorkerPool = field(init=False)

    def __post_init__(self) -> None:
        settings = self.services.settings
        self.queue = MemoryQueue(settings.queue.size)
        self.workers = WorkerPool.of(self.services, self.queue)
        self.consumer = Consumer.of(self.services, self.queue)

    def build(self, names: Sequence[str]) -> list[Role]:
        """The named roles, in the order given."""
        return [self._all()[name] for name in names]

    def _all(self) -> Mapping[str, Role]:
        return {
            "worker": Role("worker", self.workers.run, self._drain, self._worker_health),
            "consumer": Role("consumer", self.consumer.run, nothing_in_hand, self._consumer_health),
        }

    async def _drain(self) -> None:
        await self.queue.drain(self.services.settings.worker.grace_seconds)

    def _consumer_health(self) -> RoleHealth:
        health = self.consumer.health()
        return RoleHealth(health.ready, health.reasons, health.details)

    def _worker_health(self) -> RoleHealth:
        return self.workers.health()
