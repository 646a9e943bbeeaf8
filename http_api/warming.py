"""Reads what answers are made with before anybody asks: word lists, rules and models of listings and outfits.

They are read when they are first used, which takes a second of processor time, and whoever asks first would wait for
it. Done in the pool after the port is open, it delays neither the start nor an answer that needs none of it.
"""

from __future__ import annotations

import gc

import structlog

from aura.gateway.pages import Run
from http_api.problems import Problem

log = structlog.get_logger(__name__)

# What is worn and offered here says nothing; it is looked at as anything else is.
_WARDROBE = tuple({"id": kind, "category": kind, "color": "blue"} for kind in ("shirt", "jeans", "shoes"))
_TITLE, _DESCRIPTION = "Blue denim jacket", "Worn twice, no stains."


async def warm(run: Run) -> None:
    """Read everything, off the event loop; gives up quietly where there is no room, because it only saves time.

    Args:
        run: runs functions off the event loop; step by step, so that what is asked for meanwhile comes between, and
            a server that stops need not wait for all.
    """
    try:
        for step in STEPS:
            await run(step)
    except Problem as problem:
        log.info("not_warmed", reason=problem.code)
        return
    gc.freeze()  # as ``http_api.heap`` does with what was there at the start: it stays to the end


def _rules() -> None:
    """Imports alone take a third of the time."""
    import aura.market.review  # noqa: F401


def _listings() -> None:
    from aura.market.languages import languages
    from aura.market.listing import Listing
    from aura.market.review import review_listing

    for language in languages():
        review_listing(Listing(title=_TITLE, description=_DESCRIPTION, condition="good"), language)


def _outfits() -> None:
    from aura.stylist.advice import advise
    from aura.stylist.speech import languages

    for language in languages():
        advise(_WARDROBE, language=language)


STEPS = (_outfits, _rules, _listings)
"""Each thing used once, in every language."""
