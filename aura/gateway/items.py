"""Reads an item and writes the analysis back, only onto the row as it was read.

The write matches the row's photo and its ``updated_at``, which the app's trigger renews on every update:
whatever happened to the row in between, the write then matches nothing and the caller reads again. Every
query names the owner beside the id, whatever key it is sent with.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from aura.gateway.rest import Access, Gateway, Row

COLUMNS = "id,user_id,image_url,updated_at,category,color,pattern,tags,ai_tags"
# PostgREST takes about 50,000 bytes of request line and headers, proxies before it less. A longer address
# (a data: URL, say) is left out of the filter: updated_at alone already tells the row's state.
MAX_FILTER_LENGTH = 2_000


@dataclass(frozen=True, slots=True)
class Item:
    """A clothing item as read. ``updated_at`` is the database's own text, compared and never computed with."""

    id: str
    user_id: str
    image_url: str | None
    updated_at: str | None
    category: str | None = None
    color: str | None = None
    pattern: str | None = None
    tags: tuple[str, ...] | None = None
    ai_tags: Mapping[str, Any] | None = None


async def find_owner(gateway: Gateway, item_id: str) -> str | None:
    """The person an item belongs to; None when there is no such item."""
    query = gateway.as_service().table("clothing_items").select("user_id").eq("id", item_id).limit(1)
    rows = await gateway.as_service().read(query, "an item's owner")
    return str(rows[0]["user_id"]) if rows else None


async def read_item(access: Access, item_id: str, owner: str) -> Item | None:
    """The item, if it exists and is ``owner``'s."""
    query = access.table("clothing_items").select(COLUMNS).eq("id", item_id).eq("user_id", owner).limit(1)
    rows = await access.read(query, "a clothing item")
    return item_of(rows[0]) if rows else None


async def update_item(access: Access, item: Item, changes: Mapping[str, Any]) -> bool:
    """Write ``changes`` if the row still is as ``item`` shows it; False (nothing written) if not."""
    query = access.table("clothing_items").update(dict(changes)).eq("id", item.id).eq("user_id", item.user_id)
    query = query.is_("updated_at", None) if item.updated_at is None else query.eq("updated_at", item.updated_at)
    if item.image_url is None:
        query = query.is_("image_url", None)
    elif len(item.image_url) <= MAX_FILTER_LENGTH:
        query = query.eq("image_url", item.image_url)
    return bool(await access.write(query.select("id"), "an item's analysis"))


def item_of(row: Row) -> Item:
    """The item that a row shows; the row has all of ``COLUMNS``."""
    tags, ai_tags = row["tags"], row["ai_tags"]
    return Item(
        id=row["id"],
        user_id=row["user_id"],
        image_url=row["image_url"],
        updated_at=row["updated_at"],
        category=row["category"],
        color=row["color"],
        pattern=row["pattern"],
        tags=None if tags is None else tuple(tag for tag in tags if tag is not None),
        ai_tags=ai_tags if isinstance(ai_tags, dict) else None,
    )
