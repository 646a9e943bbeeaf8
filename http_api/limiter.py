"""Counts requests and says which are too many: per address before anybody is known, then per person and route kind.

It promises that a request costs the same to count however many clients there are, that memory stays bounded, that
storages see only hashes of keys, and that a Redis that is away never refuses anybody: each process then counts
alone, which is said once in the log and counted in the metrics, until Redis is back.
"""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Literal, Self, TypeVar

import structlog
from limits import RateLimitItem, parse
from limits.aio.storage import MemoryStorage, RedisStorage
from limits.aio.strategies import SlidingWindowCounterRateLimiter
from limits.errors import StorageError

from aura.settings import Settings
from aura.settings.model import RateLimitSettings
from aura.telemetry.metrics import Metrics
from http_api.limit_storage import CONNECTIONS, REDIS_SECONDS, BoundedMemory, Shared, redis_storage
from http_api.quota import Quota, Window, quota

__all__ = ["Quota", "RateLimiter"]

T = TypeVar("T")
Kind = Literal["per_ip", "read", "write", "ai", "webhook"]
KINDS: tuple[Kind, ...] = ("per_ip", "read", "write", "ai", "webhook")
# Windows kept in this process: about 15 MB, enough for 50,000 clients within two minutes.
_MEMORY_KEYS = 100_000
# Seconds that Redis is left alone after it did not answer.
_AWAY_SECONDS = 1.0
# A key that no request is ever counted under.
_PROBE = "aura/probe"
log = structlog.get_logger(__name__)


class RateLimiter:
    """Sliding-window counters, one for each kind and key."""

    def __init__(
        self,
        rates: Mapping[str, RateLimitItem],
        metrics: Metrics,
        shared: Shared | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._rates = rates
        self._metrics = metrics
        self._shared = shared
        self._monotonic = monotonic
        self._alone = BoundedMemory(_MEMORY_KEYS)
        self._turns = asyncio.Semaphore(CONNECTIONS)
        self._away_until: float | None = None

    @classmethod
    def from_settings(cls, settings: Settings, metrics: Metrics) -> Self:
        """The limits of ``settings.rate_limits``.

        Raises:
            ConfigurationError: ``redis_url`` cannot be used.
        """
        url = settings.rate_limits.redis_url
        return cls(rates(settings.rate_limits), metrics, None if url is None else redis_storage(url))

    async def hit(self, kind: str, key: str) -> Quota:
        """Count one request of ``key`` (an address, a person's id) and say what is left.

        A refused request is not counted: who keeps trying gets through as soon as there is room.
        """
        found = await self._hit_shared(kind, key) if self._shared else None
        answer = found or await self._count(self._alone, kind, key)
        if not answer.allowed:
            self._metrics.api_rate_limited.labels(kind=kind).inc()
        return answer

    async def check(self) -> None:
        """Ask Redis whether it is there, so that its absence is known before a request finds out; never raises."""
        if self._shared is None:
            return
        async with self._turns:
            await self._asked(self._shared.storage.get(_PROBE))

    @property
    def counting(self) -> str:
        """Where requests are counted just now, in words for people."""
        if self._shared is None:
            return "in this process"
        return "in Redis" if self._away_until is None else "in this process, because Redis does not answer"

    async def aclose(self) -> None:
        """Close the connections to Redis."""
        if self._shared is not None:
            await self._shared.aclose()

    async def _hit_shared(self, kind: str, key: str) -> Quota | None:
        async with self._turns:  # waiting for a connection of ours says nothing about Redis
            answer = await self._ask(kind, key) if self._may_ask() else None
        if answer is None:
            self._metrics.api_limits_unshared.inc()
        return answer

    async def _ask(self, kind: str, key: str) -> Quota | None:
        return None if self._shared is None else await self._asked(self._count(self._shared.storage, kind, key))

    async def _asked(self, question: Awaitable[T]) -> T | None:
        """Redis's answer; None where there was none in time, which is noted, as is that it answers again."""
        try:
            async with asyncio.timeout(REDIS_SECONDS):
                answer = await question
        except (StorageError, OSError, TimeoutError) as error:
            self._went_away(error)
            return None
        self._came_back()
        return answer

    async def _count(self, storage: MemoryStorage | RedisStorage, kind: str, key: str) -> Quota:
        item, name = self._rates[kind], _hashed(key)
        allowed = await SlidingWindowCounterRateLimiter(storage).hit(item, kind, name)
        width = item.get_expiry()
        previous, previous_left, current, current_left = await storage.get_sliding_window(
            item.key_for(kind, name), width
        )
        left = previous_left if previous else current_left - width
        return quota(allowed, item.amount, Window(width, previous, current, max(0.0, left)))

    def _may_ask(self) -> bool:
        """While Redis is away, one request a second asks it and all others do without."""
        now = self._monotonic()
        if self._away_until is not None:
            if now < self._away_until:
                return False
            self._away_until = now + _AWAY_SECONDS
        return True

    def _went_away(self, error: Exception) -> None:
        if self._away_until is None:
            log.warning("limits_unshared", reason="Redis does not answer", error=_cause(error))
        self._away_until = self._monotonic() + _AWAY_SECONDS

    def _came_back(self) -> None:
        if self._away_until is not None:
            self._away_until = None
            log.info("limits_shared_again")


def rates(settings: RateLimitSettings) -> dict[str, RateLimitItem]:
    """Each kind's rate as the library understands it."""
    return {kind: parse(getattr(settings, kind)) for kind in KINDS}


def _cause(error: Exception) -> str:
    """The kind of trouble; its text could quote the URL."""
    return type(error.__cause__ or error).__name__


def _hashed(key: str) -> str:
    """A key as storages see it: neither a person's id nor an address is to be read in Redis."""
    return hashlib.blake2b(key.encode("utf-8", "surrogatepass"), digest_size=16, person=b"aura limits").hexdigest()
