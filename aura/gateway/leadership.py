"""Which process is at a task that only one may be at: the lease in the database, by its clock.

Each method is one SQL function of ``supabase/migrations`` and does nothing else, with the service key.
"""

from __future__ import annotations

from dataclasses import dataclass

from aura.gateway.rest import Gateway


@dataclass(frozen=True, slots=True)
class Grant:
    """Whether the one who asked leads; if not, who does (None: unknown), and for how many seconds yet."""

    leads: bool
    held_by: str | None
    free_in: float


class LeadershipLease:
    """Both methods raise ``Transient("database_unavailable")`` when the database is away, and ``ConfigurationError``
    when the key is refused or the project is not migrated."""

    def __init__(self, gateway: Gateway) -> None:
        self._service = gateway.as_service()

    async def take_leadership(self, task: str, holder: str, seconds: float) -> Grant:
        """Take or renew the lease on a task for ``seconds`` from now, or learn who has it."""
        arguments = {"task": task, "holder": holder, "seconds": seconds}
        (row,) = await self._service.call("aura_take_leadership", arguments, repeat=True)
        return Grant(bool(row["leads"]), row["held_by"], float(row["free_in"]))

    async def release_leadership(self, task: str, holder: str) -> bool:
        """Give the lease up; False if it was not this holder's any more."""
        arguments = {"task": task, "holder": holder}
        return bool(await self._service.call("aura_release_leadership", arguments, repeat=True))
