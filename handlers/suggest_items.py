"""What a person might buy, from their wardrobe as it is now and what the shop sells.

Reads as the person who asks; thinking is ``aura.stylist``'s and is done where ``run`` puts it.
"""

from __future__ import annotations

import time

import structlog

from aura.gateway.pages import Run
from aura.stylist.products import Shelf
from aura.stylist.purchases import Purchases, suggest
from aura.stylist.speech import DEFAULT
from aura.stylist.wishes import Wish
from handlers.acting import Acting, Caller
from handlers.services import Services
from handlers.wardrobes import read_wardrobe

log = structlog.get_logger(__name__)


async def suggest_items(
    caller: Caller, services: Services, run: Run, wish: Wish, shelf: Shelf, language: str = DEFAULT
) -> Purchases:
    """The pieces that would help the caller's wardrobe most.

    Args:
        run: runs functions off the event loop.
        shelf: what the shop sells (``services.catalogue``).
        language: one that the stylist speaks.

    Raises:
        Transient: the database is away or refused something.
        ConfigurationError: a setting or key is wrong.
        NotAuthorized: the caller's token was refused.
    """
    started = time.monotonic()
    access = Acting(services, caller.user_id, caller).access()
    read = await read_wardrobe(access, caller.user_id, run, services.settings)
    found = await run(suggest, read.items, read.away, wish, read.person, read.weights, language, shelf)
    took = round((time.monotonic() - started) * 1000)
    sold = sum(each.product is not None for each in found.ideas)
    log.info("items_suggested", user=caller.user_id, items=len(read.items), ideas=len(found.ideas), sold=sold, ms=took)
    return found
