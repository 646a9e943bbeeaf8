"""Reads swap listings and the items behind them, as the person who asks and for nobody else.

Everybody may read all active listings, and nobody, not even the owner, the inactive ones; so every query here
names the owner, and a listing that is not active counts as no listing.
"""

from __future__ import annotations

from dataclasses import dataclass

from aura.gateway.rest import Access, Row

LISTING_COLUMNS = "id,clothing_item_id,title,description,images_urls,condition,preferred_swap_categories"
ITEM_COLUMNS = "id,category,color,pattern,brand,tags,ai_tags"


@dataclass(frozen=True, slots=True)
class StoredListing:
    """A row of ``swap_listings``; a column that holds nothing is None or empty."""

    id: str
    item_id: str | None
    title: str | None
    description: str | None
    images_urls: tuple[str, ...]
    condition: str | None
    swap_categories: tuple[str, ...]


async def read_listing(access: Access, listing_id: str, owner: str) -> StoredListing | None:
    """The listing, if it is active and ``owner``'s."""
    query = access.table("swap_listings").select(LISTING_COLUMNS).eq("id", listing_id).eq("user_id", owner).limit(1)
    rows = await access.read(query, "a swap listing")
    return _listing(rows[0]) if rows else None


async def read_listed_item(access: Access, item_id: str, owner: str) -> Row | None:
    """The columns of the wardrobe item that describe it, if it is ``owner``'s."""
    query = access.table("clothing_items").select(ITEM_COLUMNS).eq("id", item_id).eq("user_id", owner).limit(1)
    rows = await access.read(query, "a listing's item")
    return rows[0] if rows else None


async def is_listed(access: Access, item_id: str, owner: str, *, besides: str | None) -> bool:
    """Whether the item is in an active listing of ``owner``'s, ``besides`` left out."""
    query = access.table("swap_listings").select("id").eq("clothing_item_id", item_id).eq("user_id", owner)
    if besides is not None:
        query = query.neq("id", besides)
    return bool(await access.read(query.limit(1), "a person's listings"))


def _listing(row: Row) -> StoredListing:
    return StoredListing(
        id=row["id"],
        item_id=row["clothing_item_id"],
        title=row["title"],
        description=row["description"],
        images_urls=_texts(row["images_urls"]),
        condition=row["condition"],
        swap_categories=_texts(row["preferred_swap_categories"]),
    )


def _texts(values: list[str | None] | None) -> tuple[str, ...]:
    return tuple(value for value in values or () if value is not None)
