"""What a person could wear and what would help, from their wardrobe as it is now.

Reads as the person who asks; thinking is ``aura.stylist``'s and is done where ``run`` puts it, because a large
wardrobe takes longer than an event loop should be held.
"""

from __future__ import annotations

import asyncio
import time

import structlog

from aura.gateway.pages import Run
from aura.gateway.wardrobe import read_items, read_person, wardrobe_version
from aura.stylist.advice import Advice, advise
from aura.stylist.speech import DEFAULT
from aura.stylist.weights import Weights
from aura.stylist.wishes import Wish
from handlers.acting import Acting, Caller
from handlers.services import Services

log = structlog.get_logger(__name__)


async def recommendations_version(caller: Caller, services: Services) -> str:
    """Changes whenever ``recommend`` might answer otherwise. Raises as ``recommend`` does."""
    return await wardrobe_version(Acting(services, caller.user_id, caller).access())


async def recommend(
    caller: Caller, services: Services, run: Run, wish: Wish | None = None, language: str = DEFAULT
) -> Advice:
    """The stylist's advice for the caller.

    Args:
        run: runs functions off the event loop.
        wish: what is asked for; nothing in particular, today, where not given.
        language: one that the stylist speaks.

    Raises:
        Transient: the database is away or refused something.
        ConfigurationError: a setting or key is wrong.
        NotAuthorized: the caller's token was refused.
    """
    started = time.monotonic()
    access = Acting(services, caller.user_id, caller).access()
    (items, away), person = await asyncio.gather(
        read_items(access, caller.user_id, run), read_person(access, caller.user_id, run)
    )
    wish = wish or Wish(services.clock().date())
    weights = Weights(**services.settings.stylist.model_dump())
    advice = await run(advise, items, away, wish, person, weights, language)
    took = round((time.monotonic() - started) * 1000)
    log.info("wardrobe_advised", user=caller.user_id, items=len(items), outfits=len(advice.outfits), ms=took)
    return advice
