"""One token that must be refused, why, and how it is made."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from aura.identity.refusal import Reason
from tests.support.tokens.project import SigningProject


@dataclass(frozen=True)
class Forgery:
    """``reason`` is part of the expectation: a token refused for another reason has not tested anything."""

    name: str
    reason: Reason
    make: Callable[[SigningProject], str]

    def __str__(self) -> str:
        return self.name
