"""What a process is made of: roles that each run until told to stop and can say how they are.

A role knows nothing of the others or of the process; the process (``consumer.life``) starts them, watches
them and stops them in order.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class RoleHealth:
    """Whether one role can do its job, and if not, why (sentences for people)."""

    ready: bool
    reasons: tuple[str, ...] = ()
    details: Mapping[str, object] = field(default_factory=dict)


async def nothing_in_hand() -> None:
    """The ``close`` or ``finish`` of a role that can be cut off at any moment."""


@dataclass(frozen=True, slots=True)
class Role:
    """One essential part of a process.

    ``run`` goes on until it is cancelled; that it ends by itself is a failure of the process.
    ``close`` is awaited first, for all roles before any is finished: take nothing new from outside, and return soon.
    ``finish`` is awaited before ``run`` is cancelled and may take up to the grace period (``grace_seconds``; None is
    the process's own): it ends or gives back what is in hand.
    """

    name: str
    run: Callable[[], Awaitable[None]]
    finish: Callable[[], Awaitable[None]]
    health: Callable[[], RoleHealth]
    close: Callable[[], Awaitable[None]] = nothing_in_hand
    grace_seconds: float | None = None
