"""Says how far the analysis of a person's item is, in words that an app can show.

``status_of`` is pure: everything follows from one consistent look at the database.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from aura.gateway.analysis_state import AnalysisState, read_state
from handlers.acting import Acting, Caller
from handlers.analyze_item import settled
from handlers.services import Services
from handlers.written import standing

ANY_VERSION = ""
Progress = Literal["pending", "running", "done", "no_garment", "failed"]


@dataclass(frozen=True, slots=True)
class AnalysisStatus:
    """How far an analysis is.

    ``pending``: not analysed yet; ``code`` and ``message`` say why where something stands in the way, and
    ``next_attempt_at`` (aware, UTC) when it is tried again. ``failed``: over for good, for this photo.
    ``updated_fields``: the columns that hold what the machine wrote.
    """

    status: Progress
    code: str | None = None
    message: str | None = None
    updated_fields: tuple[str, ...] = ()
    next_attempt_at: datetime | None = None


async def analysis_status(item_id: str, services: Services, caller: Caller) -> AnalysisStatus | None:
    """The status of the caller's item; None for every other item.

    Raises:
        Transient: ``database_unavailable``.
        NotAuthorized: the caller's token was refused.
    """
    access = Acting(services, caller.user_id, caller).access()
    state = await read_state(access, item_id)
    return None if state is None else status_of(state)


def status_of(state: AnalysisState) -> AnalysisStatus:
    """What ``state`` means for the photo that the item has now."""
    if not state.item.image_url:
        return AnalysisStatus("pending", "no_photo", "The item has no photo yet.")
    if state.running:
        return AnalysisStatus("running")
    return (None if state.again else _settled(state)) or _waiting(state)


def _settled(state: AnalysisState) -> AnalysisStatus | None:
    done = settled(state.item, ANY_VERSION, again=False)
    if done is None:
        return None
    if done.status == "failed":
        return AnalysisStatus("failed", done.code, done.message, standing(state.item))
    progress: Progress = "no_garment" if (state.item.ai_tags or {}).get("status") == "no_garment" else "done"
    return AnalysisStatus(progress, updated_fields=standing(state.item))


def _waiting(state: AnalysisState) -> AnalysisStatus:
    failure = state.failure
    if failure is not None and not failure.permanent:
        return AnalysisStatus("pending", failure.code, failure.message, next_attempt_at=failure.next_attempt_at)
    if state.again:
        return AnalysisStatus("pending", updated_fields=standing(state.item))
    if not state.wanted:
        return AnalysisStatus(
            "pending", "not_requested", "The photo is older than the service; it is analysed when you ask for it."
        )
    return AnalysisStatus("pending")
