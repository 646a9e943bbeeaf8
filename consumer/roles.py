"""Which roles a process runs, and how they are put together without knowing each other.

The daemon's own are here; those of other packages are found by their entry points and imported only when they are
run. Hints that a role brings go to this process's consumer where there is one, and through the database to the
daemons otherwise.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from importlib.metadata import entry_points
from typing import TYPE_CHECKING

from aura.errors import ConfigurationError
from aura.roles import Role
from aura.settings import Settings
from consumer.wake import WakeHints
from handlers.roles import Hints, RoleContext, RoleFactory
from handlers.services import Services

if TYPE_CHECKING:
    from consumer.daemon import Daemon

GROUP = "aura.roles"
DAEMON = ("worker", "consumer")  # in the order of starting: who feeds comes after who eats


def existing_roles() -> tuple[str, ...]:
    """Every role that is installed, in the order of starting."""
    return (*sorted({point.name for point in entry_points(group=GROUP)}), *DAEMON)


def chosen_roles(names: str | None, settings: Settings) -> Sequence[str]:
    """The roles to run, in starting order; all that exist where none are named.

    Raises:
        ConfigurationError: an unknown role, or two that the queue's engine cannot separate.
    """
    existing = existing_roles()
    wanted = {name.strip() for name in names.split(",")} - {""} if names is not None else set(existing)
    unknown = sorted(wanted - set(existing))
    if unknown or not wanted:
        there_are = ", ".join(sorted(existing))
        raise ConfigurationError(f"--roles: {', '.join(unknown) or 'nothing'} is no role; there are {there_are}.")
    if settings.queue.engine == "memory" and len(wanted & set(DAEMON)) == 1:
        raise ConfigurationError(
            "--roles: consumer and worker must run in one process, because queue.engine is memory (its work never "
            "leaves the process). Use --roles consumer,worker."
        )
    return [name for name in existing if name in wanted]


@asynccontextmanager
async def opened_roles(names: Sequence[str], services: Services) -> AsyncIterator[list[Role]]:
    """The named roles, not yet running, in the order given.

    Raises:
        ConfigurationError: a setting that one of them needs is missing or wrong.
    """
    async with AsyncExitStack() as stack:
        daemon = _daemon(services) if set(names) & set(DAEMON) else None
        hints: Hints
        if daemon is not None and "consumer" in names:
            hints = daemon.consumer
        else:
            hints = await stack.enter_async_context(WakeHints(services.ledger, services.random))
        context = RoleContext(services, hints)
        yield [daemon.role(name) if daemon and name in DAEMON else _factory(name)(context) for name in names]


def _daemon(services: Services) -> Daemon:
    """Imported here: a process that only serves the API needs no Realtime client."""
    from consumer.daemon import Daemon

    return Daemon(services)


def _factory(name: str) -> RoleFactory:
    (point,) = entry_points(group=GROUP, name=name)
    factory: RoleFactory = point.load()
    return factory
