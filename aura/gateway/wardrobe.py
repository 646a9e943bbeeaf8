"""Reads what a person's recommendations are made from, and the version of it.

Only what the stylist uses of a photo's analysis. Every query names the person beside the
identity it is sent with.
"""

from __future__ import annotations

import asyncio

from aura.gateway.pages import Run, read_list
from aura.gateway.rest import Access, Row
from aura.stylist.person import Person, person_of

COLUMNS = (
    "id,name,category,color,pattern,tags,is_favorite,last_worn_date,created_at,"
    "ai_category:ai_tags->category->>value,ai_subcategory:ai_tags->subcategory->>value,"
    "ai_color:ai_tags->colors->0->>name,ai_colors:ai_tags->colors,ai_pattern:ai_tags->pattern->>value,"
    "ai_material:ai_tags->material->>value,ai_formality:ai_tags->formality->>value,"
    "ai_warmth:ai_tags->warmth->>value,ai_seasons:ai_tags->seasons,ai_styles:ai_tags->styles"
)
OUTFIT_COLUMNS = "id,combination_items(clothing_item_id)"


async def wardrobe_version(access: Access) -> str:
    """A text that differs whenever anything differs that the person's recommendations depend on.

    Read it before what it is the version of: what is read then may be newer, never older. Raises as
    ``read_items`` does.
    """
    return str(await access.call("aura_wardrobe_version", {}, repeat=True))


async def read_items(access: Access, user: str, run: Run) -> tuple[list[Row], frozenset[str]]:
    """A person's items, and the ids of those that are offered for swapping now.

    Args:
        run: runs functions off the event loop.

    Raises:
        Transient: the database is away or refused it.
        ConfigurationError: a key was refused or the project is not migrated.
        NotAuthorized: the caller's token was refused.
    """
    items, listings = await asyncio.gather(
        read_list(access, "clothing_items", COLUMNS, user, "the items", run),
        read_list(access, "swap_listings", "id,clothing_item_id,is_active,deleted_at", user, "the listings", run),
    )
    return items, frozenset(row["clothing_item_id"] for row in listings if _is_open(row))


async def read_person(access: Access, user: str, run: Run) -> Person:
    """What the stylist may know of a person beside their items; ``run`` and what is raised as in ``read_items``."""
    outfits, profiles, learned = await asyncio.gather(
        read_list(access, "combinations", OUTFIT_COLUMNS, user, "the outfits", run),
        access.read(access.table("profiles").select("preferred_style").eq("user_id", user).limit(1), "the profile"),
        access.read(access.table("ai_profiles").select("dna").eq("user_id", user).limit(1), "the style DNA"),
    )
    return await run(_person, outfits, profiles, learned)


def _person(outfits: list[Row], profiles: list[Row], learned: list[Row]) -> Person:
    """Made off the event loop: the first one in a process reads the words of all languages."""
    worn = tuple(frozenset(str(each["clothing_item_id"]) for each in row["combination_items"]) for row in outfits)
    return person_of(profiles[0]["preferred_style"] if profiles else None, learned[0]["dna"] if learned else None, worn)


def _is_open(row: Row) -> bool:
    """Row Level Security hides the others from people, but not from every key."""
    return bool(row["clothing_item_id"] and row["is_active"] and not row["deleted_at"])
