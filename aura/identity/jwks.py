"""The project's published keys, fetched when they are needed and kept while they are good.

Promises: a request never waits for keys that are at hand and younger than their maximum age (they are fetched
again in the background before that); a revoked key is gone at the maximum age; while the address does not
answer, the keys at hand stay; unknown key ids, which anybody can invent, cause at most one fetch in
``min_refresh_seconds``; and however many ask at once, there is one fetch.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

import aiohttp
import orjson
import structlog
from prometheus_client import Counter

from aura.errors import Transient
from aura.identity.public_keys import KeySet, VerificationKey, usable_keys

MAX_BYTES = 256 * 1024
REFRESH_AT = 0.8  # of the maximum age: time enough to try again before anybody has to wait
WITHOUT_KEYS_SECONDS = 1.0  # between fetches while there are no keys at all: everybody is waiting for them
NONE_PUBLISHED = KeySet({}, frozenset())

log = structlog.get_logger(__name__)


class KeysUnavailable(Transient):
    """No key is at hand and the project does not hand any out: nothing can be said about a token."""

    def __init__(self) -> None:
        super().__init__("keys_unavailable", "The project's public keys cannot be fetched just now.")


class JwksCache:
    """The keys published at one address.

    Args:
        session: carries the fetches; not closed here.
        url: of the JWK set, ``<project>/auth/v1/.well-known/jwks.json``.
        max_age: seconds after which keys must be fetched again.
        min_refresh: seconds between two fetches that unknown keys or failures cause.
        timeout: seconds that one fetch may take.
        fetches: counts fetches by how they ended.
        clock: monotonic seconds.
    """

    def __init__(
        self,
        session: aiohttp.ClientSession,
        url: str,
        *,
        max_age: float,
        min_refresh: float,
        timeout: float,
        fetches: Counter | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._session = session
        self._url = url
        self._max_age = max_age
        self._min_refresh = min_refresh
        self._timeout = aiohttp.ClientTimeout(total=timeout)
        self.generation = 0  # counts how often the published keys became others
        self._fetches = fetches
        self._clock = clock
        self._keys: KeySet | None = None
        self._fetched_at = self._tried_at = float("-inf")
        self._failing = False
        self._fetching: asyncio.Task[None] | None = None

    async def find(self, key_id: str) -> VerificationKey | None:
        """The published key of this id, or None.

        Raises:
            KeysUnavailable: no keys could be fetched yet.
        """
        age = self._clock() - self._fetched_at
        if self._keys is None or (age >= self._max_age and not self._failing):
            await self._refresh()
        elif age >= self._max_age * REFRESH_AT:
            self._begin()
        if self._keys is not None and key_id not in self._keys.keys:
            await self._refresh()
        if self._keys is None:
            raise KeysUnavailable
        return self._keys.keys.get(key_id)

    async def published(self) -> int:
        """How many keys the project publishes. Raises KeysUnavailable."""
        if self._keys is None:
            await self._refresh()
        if self._keys is None:
            raise KeysUnavailable
        return len(self._keys.keys)

    async def aclose(self) -> None:
        """End a fetch that is under way."""
        if self._fetching is not None:
            self._fetching.cancel()
            await asyncio.wait([self._fetching])

    async def _refresh(self) -> None:
        """Fetch, or join the fetch under way, if it is time; a caller who gives up does not end it for the others."""
        self._begin()
        if self._fetching is not None:
            await asyncio.wait([self._fetching])

    def _begin(self) -> None:
        pause = self._min_refresh if self._keys is not None else min(WITHOUT_KEYS_SECONDS, self._min_refresh)
        if self._fetching is None and self._clock() - self._tried_at >= pause:
            self._tried_at = self._clock()
            self._fetching = asyncio.create_task(self._fetch(), name="jwks")

    async def _fetch(self) -> None:
        try:
            self._keep(await self._download())
            self._count("fetched")
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            self._failing = True
            self._count("failed")
            log.warning("jwks_failed", reason=type(error).__name__, keys=len(self._keys.keys) if self._keys else 0)
        finally:
            self._fetching = None

    async def _download(self) -> KeySet:
        """The published keys. Raises ValueError for an answer that is none; redirects are not followed."""
        headers = {"Accept": "application/json"}
        request = self._session.get(self._url, timeout=self._timeout, allow_redirects=False, headers=headers)
        async with request as response:
            if response.status == 404 and self._keys is None:
                return NONE_PUBLISHED  # a self-hosted project from before there were signing keys
            if response.status != 200:
                raise ValueError(f"HTTP {response.status}")
            body = await _read_bounded(response.content)
        return usable_keys(orjson.loads(body))

    def _count(self, outcome: str) -> None:
        if self._fetches is not None:
            self._fetches.labels(outcome).inc()

    def _keep(self, keys: KeySet) -> None:
        changed = self._keys is None or self._keys.names != keys.names
        self._keys, self._fetched_at, self._failing = keys, self._clock(), False
        if changed:
            log.info("jwks_changed", keys=len(keys.keys), ignored=keys.ignored)
            self.generation += 1


async def _read_bounded(content: aiohttp.StreamReader) -> bytes:
    body = bytearray()
    async for piece in content.iter_chunked(16 * 1024):
        body += piece
        if len(body) > MAX_BYTES:
            raise ValueError("too large")
    return bytes(body)
