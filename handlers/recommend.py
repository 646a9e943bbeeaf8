"""What a person could wear and what would help, from their wardrobe as it is now.

Reads as the person who asks; thinking is ``aura.stylist``'s and is done where ``run`` puts it, because a large
wardrobe takes longer than an event loop should be held.
"""

from __future__ import annotations

import time

import structlog

from aura.gateway.pages import Run
from aura.gateway.wardrobe import read_items, wardrobe_version
from aura.stylist.advice import Advice, advise
from handlers.acting import Acting, Caller
from handlers.services import Services

log = structlog.get_logger(__name__)


async def recommendations_version(caller: Caller, services: Services) -> str:
    """Changes whenever ``recommend`` might answer otherwise. Raises as ``recommend`` does."""
    return await wardrobe_version(Acting(services, caller.user_id, caller).access())


async def recommend(caller: Caller, services: Services, run: Run) -> Advice:
    """The stylist's advice for the caller.

    Args:
        run: runs functions off the event loop.

    Raises:
        Transient: the database is away or refused something.
        ConfigurationError: a setting or key is wrong.
        NotAuthorized: the caller's token was refused.
    """
    started = time.monotonic()
    items, away = await read_items(Acting(services, caller.user_id, caller).access(), caller.user_id, run)
    advice = await run(advise, items, away)
    took = round((time.monotonic() - started) * 1000)
    log.info("wardrobe advised", user=caller.user_id, items=len(items), outfits=len(advice.outfits), ms=took)
    return advice
