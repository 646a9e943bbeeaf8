"""What a person could wear and what would help, from their wardrobe as it is now.

Reads as the person who asks; thinking is ``aura.stylist``'s and is done where ``run`` puts it, because a large
wardrobe takes longer than an event loop should be held.
"""

from __future__ import annotations

import time

import structlog

from aura.gateway.pages import Run
from aura.gateway.wardrobe import wardrobe_version
from aura.stylist.advice import Advice, advise
from aura.stylist.outfits import MOST
from aura.stylist.speech import DEFAULT
from aura.stylist.wishes import Wish
from handlers.acting import Acting, Caller
from handlers.services import Services
from handlers.wardrobes import read_wardrobe

log = structlog.get_logger(__name__)


async def recommendations_version(caller: Caller, services: Services) -> str:
    """Changes whenever ``recommend`` might answer otherwise. Raises as ``recommend`` does."""
    return await wardrobe_version(Acting(services, caller.user_id, caller).access())


async def recommend(
    caller: Caller,
    services: Services,
    run: Run,
    wish: Wish | None = None,
    language: str = DEFAULT,
    most: int = MOST,
) -> Advice:
    """The stylist's advice for the caller.

    Args:
        run: runs functions off the event loop.
        wish: what is asked for; nothing in particular, today, where not given.
        language: one that the stylist speaks.
        most: how many outfits at most; fewer are the first of more, and cost less.

    Raises:
        Transient: the database is away or refused something.
        ConfigurationError: a setting or key is wrong.
        NotAuthorized: the caller's token was refused.
    """
    started = time.monotonic()
    access = Acting(services, caller.user_id, caller).access()
    read = await read_wardrobe(access, caller.user_id, run, services.settings)
    wish = wish or Wish(services.clock().date())
    advice = await run(advise, read.items, read.away, wish, read.person, read.weights, language, most)
    took = round((time.monotonic() - started) * 1000)
    log.info("wardrobe_advised", user=caller.user_id, items=len(read.items), outfits=len(advice.outfits), ms=took)
    return advice
