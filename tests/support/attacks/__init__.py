"""Hostile requests as tables: what is sent, and which refusals are right."""

from __future__ import annotations

from tests.support.attacks import bodies, framing, paths, protocols, sizes
from tests.support.attacks.attack import Attack

ATTACKS: tuple[Attack, ...] = (
    *framing.ATTACKS,
    *sizes.ATTACKS,
    *bodies.ATTACKS,
    *paths.ATTACKS,
    *protocols.ATTACKS,
)

__all__ = ["ATTACKS", "Attack"]
