"""Brings a person's style DNA up to what it is made from.

Marks say that something changed, the database then says what is true. The marks are listed first and
exactly those are cleared at the end: whatever changes in between leaves a mark of its own and is worked on
again. The fingerprint is taken before the reading for the same reason, so a DNA can look older than it is,
never newer.
"""

from __future__ import annotations

import asyncio
import time

import structlog

from aura.errors import Failure
from aura.gateway.errors import Refused
from aura.gateway.style import person_exists, read_wardrobe, save_dna
from aura.stylist import dna
from handlers.acting import Acting, Caller
from handlers.services import Services
from handlers.work import Outcome

log = structlog.get_logger(__name__)
MARKS = 1000
FOREIGN_KEY = "23503"


async def style_dna(user_id: str, services: Services, *, caller: Caller | None = None) -> Outcome:
    """Recompute a person's style DNA and keep it if it changed.

    Args:
        caller: the person themselves, when they asked through the API.

    Returns:
        ``written``, ``unchanged`` (computed, nothing new), ``gone`` (no such person; the marks are cleared).

    Raises:
        Transient: the database is away or refused something; the marks are still there.
        ConfigurationError: a setting or key is wrong.
    """
    started, status = time.monotonic(), "error"
    try:
        outcome = await _recompute(Acting(services, user_id, caller), services)
        status = outcome.status
    except Failure as failure:
        status = failure.code
        raise
    finally:
        log.info("style computed", user=user_id, outcome=status, ms=round((time.monotonic() - started) * 1000))
    return outcome


async def _recompute(acting: Acting, services: Services) -> Outcome:
    marks = await services.ledger.style_marks(acting.owner, MARKS)
    outcome = await _save(acting, services)
    if marks:
        await services.ledger.clear_style_marks(marks)
    return Outcome("pending") if len(marks) >= MARKS else outcome


async def _save(acting: Acting, services: Services) -> Outcome:
    if not await person_exists(acting.access(), acting.owner):
        return Outcome("gone")
    fingerprint = await services.ledger.style_fingerprint(acting.owner)
    wardrobe = await read_wardrobe(acting.access(), acting.owner)
    computed = await asyncio.to_thread(dna.style_dna, wardrobe)
    try:
        saved = await save_dna(acting.access(), acting.owner, computed, fingerprint)
    except Refused as error:
        if error.reason == FOREIGN_KEY:  # deleted while we were reading
            return Outcome("gone")
        raise
    return Outcome("written", ("style_dna",)) if saved else Outcome("unchanged")
