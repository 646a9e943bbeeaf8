"""One process of ``aura run`` from start to end: ops port, start checks, roles, and their order.

The ops port opens first. Then the start checks tell what a person must mend (a wrong key, a project without
the migrations: the process ends and says so) from what passes by itself (the database is away: the process
waits, alive and not ready).
"""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import Mapping, Sequence

import structlog
from aiohttp import web

from aura import __version__
from aura.errors import ConfigurationError, Transient
from aura.migrations import load_migrations
from aura.roles import RoleHealth
from aura.settings import Settings
from aura.telemetry.loop_lag import LoopLag
from aura.telemetry.metrics import Metrics
from consumer.backoff import full_jitter
from consumer.life import Life, stopped_by_signals, until_stopped
from consumer.ops import OpsServer, ops_app
from consumer.roles import opened_roles
from handlers.services import Services, open_services

log = structlog.get_logger(__name__)


class Process:
    """A process with the given roles."""

    def __init__(self, settings: Settings, names: Sequence[str]) -> None:
        self._settings = settings
        self._names = names
        self._metrics = Metrics()
        self._metrics.info.labels(__version__).set(1)
        self._lag = LoopLag(self._metrics, time.monotonic)
        self._life: Life | None = None
        self._waiting_for = "The process is starting."

    async def run(self) -> None:
        """Run until a signal.

        Raises:
            ConfigurationError: something that a person must mend.
            RoleEnded: an essential part stopped by itself.
        """
        ops = OpsServer(self._ops_app(), self._settings.ops)
        async with stopped_by_signals() as stop, open_services(self._settings, self._metrics) as services:
            await ops.start()
            measuring = asyncio.create_task(self._lag.run())
            try:
                log.info("started", version=__version__, roles=list(self._names), ops_port=ops.port)
                await self._live(services, stop)
            finally:
                measuring.cancel()
                await ops.stop()
        log.info("stopped")

    async def _live(self, services: Services, stop: asyncio.Event) -> None:
        if not await self._checked(services, stop):
            return
        async with opened_roles(self._names, services) as roles:
            self._life = Life(roles, stop, self._settings.worker.grace_seconds)
            await self._life.run()

    async def _checked(self, services: Services, stop: asyncio.Event) -> bool:
        """Whether the project is ready for the roles; False when told to stop before it was."""
        backoff = self._settings.realtime
        for attempt in itertools.count():
            try:
                check_schema(await services.ledger.schema_version())
            except Transient as trouble:
                self._waiting_for = f"Waiting for the database: {trouble.message}"
                log.warning("waiting_for_database", code=trouble.code, reason=trouble.message)
            else:
                return True
            base, cap = backoff.backoff_initial_seconds, backoff.backoff_max_seconds
            if await until_stopped(stop, full_jitter(attempt, base=base, cap=cap, random=services.random)):
                return False
        raise AssertionError("unreachable: the count of attempts has no end")

    def _ops_app(self) -> web.Application:
        return ops_app(self._health, self._metrics.registry, self._loop_age, self._settings.ops.stall_seconds)

    def _loop_age(self) -> float:
        return time.monotonic() - self._lag.last_turn

    def _health(self) -> Mapping[str, RoleHealth]:
        if self._life is not None:
            return self._life.health()
        return {name: RoleHealth(False, (self._waiting_for,)) for name in self._names}


def check_schema(found: str) -> None:
    """Refuse a project whose migrations are older than this program.

    Raises:
        ConfigurationError: naming ``aura migrate``.
    """
    if found < (needed := load_migrations()[-1].version):
        raise ConfigurationError(
            f"The database is at migration {found}, this version needs {needed}: run `aura migrate` "
            "(or `supabase db push`) first."
        )
