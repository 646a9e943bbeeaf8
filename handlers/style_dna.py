"""Brings a person's style DNA up to what it is made from.

Marks say that something changed, the database then says what is true. The marks are listed first and
exactly those are cleared at the end: whatever changes in between leaves a mark of its own and is worked on
again. The fingerprint is taken before the reading for the same reason, so a DNA can look older than it is,
never newer.

Several may compute the same person at once (daemons, and the API for the person). The slower one could put an older
DNA over a newer one whose marks are gone already; so each names the revision that it found before it read, and where
another has been saved since, it computes anew. Nobody waits for inputs to stand still: somebody who changes something
every second has a DNA that is seconds old, not none.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

import structlog

from aura.errors import Failure
from aura.gateway.errors import Refused
from aura.gateway.style import SUPERSEDED, read_kept, read_wardrobe, save_dna
from aura.gateway.work_rows import StyleOpening
from aura.stylist import dna
from aura.stylist.dna_change import change
from aura.stylist.evidence import Wardrobe
from handlers.acting import Acting, Caller
from handlers.services import Services
from handlers.work import Outcome

log = structlog.get_logger(__name__)
FOREIGN_KEY = "23503"
# Whom others forestall every time leaves the rest to the marks after so many computations.
ROUNDS = 3
WRITTEN, UNCHANGED = Outcome("written", ("style_dna",)), Outcome("unchanged")
GONE, PENDING = Outcome("gone"), Outcome("pending")
OUTCOMES = {"written": WRITTEN, "unchanged": UNCHANGED, SUPERSEDED: PENDING}

Compute: TypeAlias = Callable[[Wardrobe], dict[str, Any]]
# Runs a computation off the event loop.
Aside: TypeAlias = Callable[[Compute, Wardrobe], Awaitable[dict[str, Any]]]


@dataclass(frozen=True, slots=True)
class Computed:
    """How a computation ended, and the DNA; None where there is no such person."""

    outcome: Outcome
    dna: Mapping[str, Any] | None = None


async def style_dna(user_id: str, services: Services) -> Outcome:
    """Recompute a person's style DNA and keep it if it changed; see ``compute_style``."""
    return (await compute_style(user_id, services)).outcome


async def compute_style(
    user_id: str, services: Services, *, caller: Caller | None = None, aside: Aside = asyncio.to_thread
) -> Computed:
    """Recompute a person's style DNA and keep it if it changed.

    Args:
        caller: the person themselves, when they asked through the API.
        aside: what to compute on.

    Returns:
        The DNA, and ``written``, ``unchanged`` (nothing new), ``gone`` (no such person; the marks are cleared) or
        ``pending`` (there is more to do: more marks than a page, or others who are at it too).

    Raises:
        Transient: the database is away or refused something; the marks are still there.
        ConfigurationError: a setting or key is wrong.
        NotAuthorized: the caller's token was refused.
    """
    started, status = time.monotonic(), "error"
    try:
        computed = await _recompute(Acting(services, user_id, caller), services, aside)
        status = computed.outcome.status
    except Failure as failure:
        status = failure.code
        raise
    finally:
        log.info("style_computed", user=user_id, outcome=status, ms=round((time.monotonic() - started) * 1000))
    return computed


async def _recompute(acting: Acting, services: Services, aside: Aside) -> Computed:
    for _ in range(ROUNDS):
        opening = await services.ledger.open_style(acting.owner)
        computed = await _save(acting, opening, aside) if opening.known else Computed(GONE)
        if computed.outcome != PENDING:
            break
    else:
        return computed
    if opening.marks:
        await services.ledger.clear_style_marks(opening.marks)
    return replace(computed, outcome=PENDING) if opening.more else computed


async def _save(acting: Acting, opening: StyleOpening, aside: Aside) -> Computed:
    """Compute and keep; ``PENDING`` where another computation was kept meanwhile."""
    wardrobe, kept = await asyncio.gather(
        read_wardrobe(acting.access(), acting.owner), read_kept(acting.access(), acting.owner)
    )
    computed = await aside(dna.style_dna, wardrobe)
    before, since = kept or (None, None)
    told = {**computed, "change": change(before, since, computed)}
    try:
        status = await save_dna(acting.access(), acting.owner, told, opening.fingerprint, over=opening.revision)
    except Refused as error:
        if error.reason == FOREIGN_KEY:  # deleted while we were reading
            return Computed(GONE)
        raise
    return Computed(OUTCOMES[status], computed)
