"""Whether the API can do its job: looked at regularly, so that a probe costs nothing and shows the truth of now.

Not ready has a reason that is real and can pass by itself: the port is not open, the project's keys could not be
fetched even once, or the database has not answered for two looks in a row. One look alone may be a hiccup, and taking
every replica out of service for it would be the greater outage. What the API can do without (a shared store of rate
limits) is looked at as well, so that its absence is told at the start, but makes nothing unready.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping

import structlog

from aura.errors import AuraError, ConfigurationError, Transient
from aura.roles import RoleHealth

log = structlog.get_logger(__name__)

LOOK_SECONDS = 10.0
LOOK_AGAIN_SECONDS = 3.0
MISSES = 2
Check = Callable[[], Awaitable[object]]


class Readiness:
    """Looks at what the API needs, for ever.

    Args:
        keys: makes sure that there are keys to verify tokens with; raises ``Transient`` while there are none.
        database: asks the database for something small; raises ``AuraError`` when it does not answer.
        besides: looks at what is not needed; says itself what it finds and never raises.
    """

    def __init__(self, keys: Check, database: Check, besides: Check | None = None) -> None:
        self._keys = keys
        self._besides = besides
        self._database = database
        self._keys_trouble: str | None = "The project's keys have not been fetched yet."
        self._database_trouble: str | None = "The database has not been asked yet."
        self._missed = MISSES
        self._was_ready: bool | None = None

    def health(self, details: Mapping[str, object]) -> RoleHealth:
        """As of the last look."""
        reasons = [trouble for trouble in (self._keys_trouble, self._database_reason) if trouble is not None]
        return RoleHealth(not reasons, tuple(reasons), details)

    async def watch(self) -> None:
        """Look until cancelled.

        Raises:
            ConfigurationError: no caller could ever be verified.
        """
        while True:
            await self.look()
            await asyncio.sleep(LOOK_AGAIN_SECONDS if self._keys_trouble or self._database_trouble else LOOK_SECONDS)

    async def look(self) -> None:
        """Look once. Raises as ``watch`` does."""
        await asyncio.gather(self._look_at_keys(), self._look_at_database(), self._look_besides())
        self._tell()

    @property
    def _database_reason(self) -> str | None:
        return self._database_trouble if self._missed >= MISSES else None

    async def _look_at_keys(self) -> None:
        try:
            await self._keys()
        except Transient as trouble:
            self._keys_trouble = trouble.message
        else:
            self._keys_trouble = None

    async def _look_at_database(self) -> None:
        try:
            await self._database()
        except AuraError as trouble:
            self._missed += 1
            self._database_trouble = _sentence(trouble)
        else:
            self._missed, self._database_trouble = 0, None

    async def _look_besides(self) -> None:
        if self._besides is not None:
            await self._besides()

    def _tell(self) -> None:
        health = self.health({})
        if health.ready is not self._was_ready:
            log.info("api_ready") if health.ready else log.warning("api_not_ready", reasons=list(health.reasons))
        self._was_ready = health.ready


def _sentence(trouble: AuraError) -> str:
    return str(trouble) if isinstance(trouble, ConfigurationError) else f"The database does not answer: {trouble}"
