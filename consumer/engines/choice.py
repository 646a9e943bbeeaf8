"""Picks the queue's engine by the setting ``queue.engine``."""

from __future__ import annotations

from importlib.util import find_spec

from aura.errors import ConfigurationError
from consumer.queue import MemoryQueue, WorkQueue
from handlers.services import Services


def queue_of(services: Services) -> WorkQueue:
    """The queue of a process, not yet running.

    Raises:
        ConfigurationError: the engine lacks a package, or SUPABASE_DB_URL is missing or no session's connection.
    """
    settings = services.settings
    if settings.queue.engine == "memory":
        return MemoryQueue(settings.queue.size)
    if find_spec("procrastinate") is None:
        raise ConfigurationError(
            "queue.engine is procrastinate, and the package is missing: pip install 'aura-backend[scale]'."
        )
    from consumer.engines.shared import SharedQueue

    return SharedQueue.of(services)
