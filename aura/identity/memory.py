"""Remembers what was found out about tokens, so that the signature of each is checked once a minute at most.

Tokens are kept by their SHA-256, never themselves. What is remembered is bounded in number (the oldest goes
first) and in time; good and bad tokens are remembered apart, so that a flood of forgeries pushes nobody out.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

Finding = TypeVar("Finding")


class TokenMemory(Generic[Finding]):
    """Findings by the digest of a token.

    Args:
        entries: how many are kept at most.
        clock: seconds since the epoch; a clock set back makes entries unknown, never longer lived.
    """

    def __init__(self, entries: int, clock: Callable[[], float]) -> None:
        self._entries = entries
        self._clock = clock
        self._kept: dict[bytes, tuple[float, float, Finding]] = {}

    def get(self, digest: bytes) -> Finding | None:
        """What was found, if it still holds."""
        kept = self._kept.get(digest)
        if kept is None:
            return None
        since, until, finding = kept
        if since <= self._clock() < until:
            return finding
        del self._kept[digest]
        return None

    def put(self, digest: bytes, finding: Finding, until: float) -> None:
        """Remember a finding until then (seconds since the epoch)."""
        self._kept.pop(digest, None)
        while len(self._kept) >= self._entries:
            del self._kept[next(iter(self._kept))]
        self._kept[digest] = (self._clock(), until, finding)

    def clear(self) -> None:
        """Forget everything: the keys are others now."""
        self._kept.clear()

    def __len__(self) -> int:
        return len(self._kept)
