"""Writes a result onto its row without ever undoing what happened to the row in the meantime.

The write matches the row exactly as it was read. If that matches nothing, the row is read again and the
result merged anew; the analyzer is not asked again. What a person took away between two reads counts as
taken away.
"""

from __future__ import annotations

from aura.gateway.items import Item, read_item, update_item
from aura.photos.identity import photo_identity
from handlers.acting import Acting
from handlers.merge import Result, Seen, merge, seen_in
from handlers.work import Outcome

TRIES = 5


async def write_result(item: Item, result: Result, acting: Acting) -> Outcome:
    """Merge ``result`` into the row that was read as ``item``.

    Returns:
        ``written``, ``unchanged`` or ``no_garment``; ``gone`` when the row is no more; ``pending`` when it
        has another photo by now, or changed every time.
    """
    photo, seen = photo_identity(item.image_url or ""), Seen()
    for _ in range(TRIES):
        changes = merge(item, result, seen)
        if not changes:
            return Outcome("unchanged")
        if await update_item(acting.access(), item, changes):
            return Outcome("no_garment" if result.status == "no_garment" else "written", tuple(sorted(changes)))
        seen |= seen_in(item, result)
        fresh = await read_item(acting.access(), item.id, acting.owner)
        if fresh is None:
            return Outcome("gone")
        if photo_identity(fresh.image_url or "") != photo:
            return Outcome("pending")
        item = fresh
    return Outcome("pending")
