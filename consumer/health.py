"""How the consumer is, in sentences: computed from progress and never from "the socket is open"."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from aura.errors import AuraError
from aura.gateway.work_rows import OutstandingSummary
from consumer.doubts import Doubt
from consumer.liveness import State


@dataclass(frozen=True, slots=True)
class ConsumerHealth:
    """``ready``: changes are heard, the database answers, and nothing due is left lying."""

    ready: bool
    reasons: tuple[str, ...] = ()
    details: Mapping[str, object] = field(default_factory=dict)


class Hears(Protocol):
    """What is asked of the supervisor."""

    trouble: Doubt | None

    @property
    def live(self) -> bool:
        """Whether changes are provably heard."""
        ...

    @property
    def state(self) -> State:
        """The best state that a subscription is in."""
        ...

    @property
    def canary_age(self) -> float | None:
        """Seconds since a canary last came round; None before the first."""
        ...


class Writes(Protocol):
    """What is asked of the canary."""

    trouble: AuraError | None


class Lists(Protocol):
    """What is asked of the reconciler."""

    trouble: AuraError | None
    summary: OutstandingSummary | None
    summary_at: datetime | None


def judge(hears: Hears, writes: Writes, lists: Lists, oldest_allowed: float) -> ConsumerHealth:
    """The health of a consumer; work may be due for ``oldest_allowed`` seconds."""
    oldest = _oldest_seconds(lists)
    reasons: list[str] = []
    if not hears.live:
        reasons.append(_why_deaf(hears))
    trouble = lists.trouble or writes.trouble
    if trouble is not None:
        reasons.append(str(trouble))
    if oldest > oldest_allowed:
        reasons.append(f"The oldest outstanding work has been due for {oldest:.0f} s (limit {oldest_allowed:.0f} s).")
    age = hears.canary_age
    details = {
        "state": hears.state.value,
        "canary_age_seconds": None if age is None else round(age, 3),
        "oldest_outstanding_seconds": round(oldest, 3),
        "outstanding_items": None if lists.summary is None else lists.summary.items,
    }
    return ConsumerHealth(not reasons, tuple(reasons), details)


def _why_deaf(hears: Hears) -> str:
    doubt = hears.trouble
    if doubt is None:
        return f"Changes are not heard over Realtime (the subscription is {hears.state.value})."
    return f"Changes are not heard over Realtime: {doubt.detail}.{f' {doubt.remedy}' if doubt.remedy else ''}"


def _oldest_seconds(lists: Lists) -> float:
    """The age of the oldest due work when it was last counted."""
    if lists.summary is None or lists.summary_at is None:
        return 0.0
    moments = [moment for moment in (lists.summary.oldest_item_at, lists.summary.oldest_mark_at) if moment is not None]
    return max([(lists.summary_at - moment).total_seconds() for moment in moments], default=0.0)
