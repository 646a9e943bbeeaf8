"""Applies this backend's additions to a Supabase project that is in use.

The promise of ``migrate``: the app's writes never wait for it longer than a moment, two at once are harmless,
and wherever it is cut off, the next run goes on from there. What it applied is booked as the Supabase CLI books
it, so ``supabase db push`` and ``aura migrate`` may be mixed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aura.migrations.files import Migration, load_migrations

if TYPE_CHECKING:
    from aura.migrations.runner import Report, migrate

__all__ = ["Migration", "Report", "load_migrations", "migrate"]


def __getattr__(name: str) -> Any:
    """``Report`` and ``migrate``, with the database driver they need: a daemon only asks for the newest version."""
    if name in ("Report", "migrate"):
        from aura.migrations import runner

        return getattr(runner, name)
    raise AttributeError(name)
