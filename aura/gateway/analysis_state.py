"""How far the analysis of a person's own item is, as one consistent look at the database.

The look is one SQL function that answers people alone, about items of theirs alone: the row and its last failure
are read under Row Level Security; of the lease, which is the backend's, only its being there is told.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from aura.gateway.items import Item, item_of
from aura.gateway.rest import Access


@dataclass(frozen=True, slots=True)
class LastFailure:
    """How the analysis of the current photo failed last; ``failed_at`` tells one failure from the next."""

    code: str
    message: str
    permanent: bool
    next_attempt_at: datetime
    failed_at: datetime


@dataclass(frozen=True, slots=True)
class AnalysisState:
    """An item and its analysis.

    ``running``: somebody holds its lease. ``abandoned``: the lease ran out without being given back. ``wanted``: it
    is analysed without being asked for (it is newer than the installation, or was admitted). ``again``: it has its
    tags, and somebody asked for one more analysis of the same photo.
    """

    item: Item
    running: bool
    abandoned: bool
    wanted: bool
    again: bool
    failure: LastFailure | None


async def read_state(access: Access, item_id: str) -> AnalysisState | None:
    """The state of an item of the person whose access this is; None for every other item."""
    rows = await access.call("aura_analysis_status", {"item": item_id}, repeat=True)
    return _state(rows[0]) if rows else None


def _state(row: dict[str, Any]) -> AnalysisState:
    failure = row["failure"]
    return AnalysisState(
        item=item_of(row),
        running=row["running"],
        abandoned=row["abandoned"],
        wanted=row["wanted"],
        again=row["again"],
        failure=None if failure is None else _failure(failure),
    )


def _failure(row: dict[str, Any]) -> LastFailure:
    return LastFailure(
        code=row["code"],
        message=row["message"],
        permanent=row["permanent"],
        next_attempt_at=datetime.fromisoformat(row["next_attempt_at"]),
        failed_at=datetime.fromisoformat(row["failed_at"]),
    )
