"""What the stylist thinks about, read once for all who ask it: outfits, purchases and the lookbook.

Reads as whoever ``access`` stands for; every query names the person.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from aura.gateway.pages import Run
from aura.gateway.rest import Access, Row
from aura.gateway.wardrobe import read_items, read_person
from aura.settings import Settings
from aura.stylist.person import Person
from aura.stylist.weights import Weights


@dataclass(frozen=True, slots=True)
class Wardrobe:
    """A person's items, the ids of those that are away (offered for swapping), the person, and what counts how much."""

    items: list[Row]
    away: frozenset[str]
    person: Person
    weights: Weights


async def read_wardrobe(access: Access, user: str, run: Run, settings: Settings) -> Wardrobe:
    """The wardrobe as it is now.

    Args:
        run: runs functions off the event loop.

    Raises:
        Transient: the database is away or refused something.
        ConfigurationError: a setting or key is wrong.
        NotAuthorized: the token was refused.
    """
    (items, away), person = await asyncio.gather(read_items(access, user, run), read_person(access, user, run))
    return Wardrobe(items, away, person, Weights(**settings.stylist.model_dump()))
