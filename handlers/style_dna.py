"""Brings a person's style DNA up to what it is made from.

Marks say that something changed, the database then says what is true. The marks are listed first and
exactly those are cleared at the end: whatever changes in between leaves a mark of its own and is worked on
again. The fingerprint is taken before the reading for the same reason, so a DNA can look older than it is,
never newer.

Several may compute the same person at once (daemons, and the API for the person). The slower one could put an older
DNA over a newer one whose marks are gone already; so whoever has written looks whether that is what the inputs say
now, and computes anew if not.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias

import structlog

from aura.errors import Failure
from aura.gateway.errors import Refused
from aura.gateway.style import person_exists, read_wardrobe, save_dna
from aura.stylist import dna
from aura.stylist.evidence import Wardrobe
from handlers.acting import Acting, Caller
from handlers.services import Services
from handlers.work import Outcome

log = structlog.get_logger(__name__)
MARKS = 1000
FOREIGN_KEY = "23503"
# A wardrobe that changes under every computation is left to its marks after this many.
ROUNDS = 3

Compute: TypeAlias = Callable[[Wardrobe], dict[str, Any]]
# Runs a computation off the event loop.
Aside: TypeAlias = Callable[[Compute, Wardrobe], Awaitable[dict[str, Any]]]


async def style_dna(
    user_id: str, services: Services, *, caller: Caller | None = None, aside: Aside = asyncio.to_thread
) -> Outcome:
    """Recompute a person's style DNA and keep it if it changed.

    Args:
        caller: the person themselves, when they asked through the API.
        aside: what to compute on.

    Returns:
        ``written``, ``unchanged`` (computed, nothing new), ``gone`` (no such person; the marks are cleared),
        ``pending`` (computed, but there is more to do: marks, or inputs that changed all the time).

    Raises:
        Transient: the database is away or refused something; the marks are still there.
        ConfigurationError: a setting or key is wrong.
    """
    started, status = time.monotonic(), "error"
    try:
        outcome = await _recompute(Acting(services, user_id, caller), services, aside)
        status = outcome.status
    except Failure as failure:
        status = failure.code
        raise
    finally:
        log.info("style computed", user=user_id, outcome=status, ms=round((time.monotonic() - started) * 1000))
    return outcome


async def _recompute(acting: Acting, services: Services, aside: Aside) -> Outcome:
    marks = await services.ledger.style_marks(acting.owner, MARKS)
    outcome = await _until_true(acting, services, aside)
    if outcome.status == "pending":
        return outcome
    if marks:
        await services.ledger.clear_style_marks(marks)
    return Outcome("pending") if len(marks) >= MARKS else outcome


async def _until_true(acting: Acting, services: Services, aside: Aside) -> Outcome:
    """Compute and save until what was written is what the inputs say."""
    if not await person_exists(acting.access(), acting.owner):
        return Outcome("gone")
    fields: tuple[str, ...] = ()
    fingerprint = await services.ledger.style_fingerprint(acting.owner)
    for _ in range(ROUNDS):
        outcome = await _save(acting, fingerprint, aside)
        if outcome.status != "written":
            return Outcome("written", fields) if fields and outcome.status == "unchanged" else outcome
        fields, saved = outcome.fields, fingerprint
        fingerprint = await services.ledger.style_fingerprint(acting.owner)
        if fingerprint == saved:
            return outcome
    return Outcome("pending")


async def _save(acting: Acting, fingerprint: str, aside: Aside) -> Outcome:
    wardrobe = await read_wardrobe(acting.access(), acting.owner)
    computed = await aside(dna.style_dna, wardrobe)
    try:
        saved = await save_dna(acting.access(), acting.owner, computed, fingerprint)
    except Refused as error:
        if error.reason == FOREIGN_KEY:  # deleted while we were reading
            return Outcome("gone")
        raise
    return Outcome("written", ("style_dna",)) if saved else Outcome("unchanged")
