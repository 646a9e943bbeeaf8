"""Reads what a person's recommendations are made from, and the version of it.

Only what the stylist uses: of a photo's analysis three words of a kilobyte. Every query names the person beside the
identity it is sent with.
"""

from __future__ import annotations

import asyncio

from aura.gateway.pages import Run, read_list
from aura.gateway.rest import Access, Row

COLUMNS = (
    "id,name,category,color,last_worn_date,created_at,"
    "ai_category:ai_tags->category->>value,ai_subcategory:ai_tags->subcategory->>value,ai_color:ai_tags->colors->0->>name"
)


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


def _is_open(row: Row) -> bool:
    """Row Level Security hides the others from people, but not from every key."""
    return bool(row["clothing_item_id"] and row["is_active"] and not row["deleted_at"])
