"""What a process hands to each of its roles, and how roles of other packages are found.

A role is named in the entry-point group ``aura.roles``; so the process that runs them all needs to import none,
and the roles know nothing of each other. What one does for another goes through a port in ``RoleContext``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from aura.roles import Role
from handlers.services import Services

# The app's tables of which a hint is of use; the style of a person also follows others, through marks in the database.
HINTED_TABLES = frozenset({"clothing_items", "combinations", "likes"})


class Hints(Protocol):
    """Takes word of a change from outside Realtime. A hint that is dropped costs time, never work."""

    async def offer(self, change: Mapping[str, Any]) -> None:
        """Take a change as Supabase's webhooks show it: ``type``, ``table``, ``schema``, ``record``, ``old_record``."""
        ...


@dataclass(frozen=True, slots=True)
class RoleContext:
    """What a role is built from: the process's services, and where hints of changes go."""

    services: Services
    hints: Hints


class RoleFactory(Protocol):
    """Builds a role; named in the entry-point group ``aura.roles``."""

    def __call__(self, context: RoleContext) -> Role:
        """The role, not yet running.

        Raises:
            ConfigurationError: a setting that it needs is missing or wrong.
        """
        ...
