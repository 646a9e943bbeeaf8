"""Where rate limits are counted: in this process, within a bounded memory, or in Redis for all replicas."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

from limits.aio.storage import MemoryStorage, RedisStorage
from pydantic import SecretStr

from aura.errors import ConfigurationError

# Connections to Redis that all requests share, and the seconds that Redis may take for one hit (it takes 0.2 ms).
CONNECTIONS = 16
REDIS_SECONDS = 0.5
# Redis and Valkey speak the same protocol; the client knows only one of the names.
_SCHEMES = {"valkey": "redis", "valkeys": "rediss", "redis": "redis", "rediss": "rediss", "unix": "unix"}
_MALFORMED = (
    "AURA__RATE_LIMITS__REDIS_URL is no URL of Redis: "
    "redis://host:6379/0 is, rediss://… and unix://… are; a user and a password may stand before the host."
)
_MISSING = "AURA__RATE_LIMITS__REDIS_URL is set, but the package redis is missing: pip install 'aura-backend[redis]'."


class BoundedMemory(MemoryStorage):
    """Counts in this process, of at most ``keys`` windows.

    The storage it extends looks through everything it holds after each hit and holds whatever comes: one client with
    many addresses would cost all others their time and the process its memory. This one forgets from the oldest
    end: what has expired, and when full whatever is oldest.
    """

    def __init__(self, keys: int) -> None:
        super().__init__()
        self._keys = keys

    async def incr(self, key: str, expiry: float, amount: int = 1) -> int:
        """Count ``amount`` for a key that expires ``expiry`` seconds after it was first counted."""
        now = time.time()
        if key not in self.storage:
            self._make_room(now)
            self.expirations[key] = now + expiry
        self.storage[key] += amount
        return self.storage[key]

    def _make_room(self, now: float) -> None:
        while self.expirations:
            oldest = next(iter(self.expirations))
            if len(self.expirations) < self._keys and self.expirations[oldest] > now:
                return
            del self.expirations[oldest]
            self.storage.pop(oldest, None)


@dataclass(frozen=True, slots=True)
class Shared:
    """A storage in Redis and the pool of connections that has to be closed after it."""

    storage: RedisStorage
    pool: Any  # redis.asyncio.ConnectionPool; the package is an extra

    async def aclose(self) -> None:
        """Close all connections."""
        await self.pool.aclose()


def redis_storage(url: SecretStr) -> Shared:
    """Counts in Redis or Valkey; no connection is made yet.

    Raises:
        ConfigurationError: the URL is none that the client understands, or the extra is not installed.
    """
    try:
        from redis.asyncio import ConnectionPool
        from redis.asyncio.retry import Retry
        from redis.backoff import NoBackoff
    except ImportError:
        message = (
            "AURA__RATE_LIMITS__REDIS_URL is set, and the package redis is missing: pip install aura-backend[redis]."
        )
        raise ConfigurationError(message) from None
    waits = {"socket_timeout": REDIS_SECONDS, "socket_connect_timeout": REDIS_SECONDS}
    once = Retry(NoBackoff(), 0)  # its default tries again after seconds, while a request waits
    try:
        pool = ConnectionPool.from_url(_redis_url(url), max_connections=CONNECTIONS, retry=once, **waits)
    except ValueError:
        raise ConfigurationError(_MALFORMED) from None
    options: dict[str, Any] = {"connection_pool": pool}
    return Shared(RedisStorage("async+redis://", wrap_exceptions=True, implementation="redispy", **options), pool)


def _redis_url(url: SecretStr) -> str:
    scheme, separator, rest = url.get_secret_value().partition("://")
    if scheme not in _SCHEMES or not separator or not rest:
        raise ConfigurationError(_MALFORMED)
    return f"{_SCHEMES[scheme]}://{rest}"
