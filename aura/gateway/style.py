"""Reads everything a person's style DNA is made from, and saves it.

Every query names the person beside whatever identity it is sent with: anybody may read all likes and all
public combinations, so Row Level Security alone would let a stranger's into the DNA. And what the person may no
longer see is left out although the service key shows it: an outfit that was liked or commented on and has since
become private gives the same DNA with every key. Hosted projects cut
every answer at 1,000 rows (or fewer) without a word, so each page is asked for with the number of rows there are.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Mapping
from typing import Any

from postgrest import AsyncSelectRequestBuilder, CountMethod

from aura.gateway.rest import Access, Row
from aura.stylist.details import day_of
from aura.stylist.evidence import Outfit, Wardrobe, WardrobeItem

# Rows of one answer: it is parsed on the event loop, at about a kilobyte a row.
PAGE = 200
SUPERSEDED = "superseded"
ITEM_COLUMNS = "id,category,color,pattern,brand,tags,ai_tags,last_worn_date,is_favorite,purchase_date,created_at"
MEMBER_COLUMNS = "id,combination_id,clothing_item_id,combinations!inner(user_id)"
LIKE_COLUMNS = "id,combinations(id,name,description,is_public,user_id)"
COMMENT_COLUMNS = "id,content,combinations!inner(is_public)"

Ask = Callable[[], AsyncSelectRequestBuilder]


async def read_wardrobe(access: Access, user: str) -> Wardrobe:
    """All that ``user``'s style DNA depends on, as ``access`` shows it."""
    items, combinations, members, likes, comments, choices = await asyncio.gather(
        _all(access, lambda: _own(access, "clothing_items", ITEM_COLUMNS, user), "the items"),
        _all(access, lambda: _own(access, "combinations", "id,name,description", user), "outfits"),
        _all(access, lambda: _members(access, user), "what is in the outfits"),
        _all(access, lambda: _own(access, "likes", LIKE_COLUMNS, user), "the likes"),
        _all(access, lambda: _comments(access, user), "the comments"),
        _choices(access, user),
    )
    inside: defaultdict[str, set[str]] = defaultdict(set)
    for member in members:
        inside[member["combination_id"]].add(member["clothing_item_id"])
    liked = [row["combinations"] for row in likes if _may_see(row["combinations"], user)]
    return Wardrobe(
        items=tuple(_item(row) for row in items),
        outfits=tuple(_outfit(row, frozenset(inside[row["id"]])) for row in combinations),
        liked=tuple(_outfit(row) for row in liked),
        comments=tuple(str(row["content"]) for row in comments),
        styles=_texts(choices.get("styles")),
        colors=_texts(choices.get("colors")),
    )


async def read_kept(access: Access, user: str) -> tuple[Mapping[str, Any], str] | None:
    """The DNA that is kept, and when it was computed (ISO 8601); None where there is none yet."""
    query = access.table("ai_profiles").select("dna,computed_at").eq("user_id", user).limit(1)
    rows = await access.read(query, "the style DNA")
    return (rows[0]["dna"], rows[0]["computed_at"]) if rows and isinstance(rows[0]["dna"], dict) else None


async def save_dna(access: Access, user: str, dna: Mapping[str, Any], fingerprint: str, *, over: int) -> str:
    """Keep the DNA and mirror it into the profile, if nobody else has kept one meanwhile.

    Args:
        dna: as ``aura.stylist.dna.style_dna`` computes it, and under ``change`` what differs from the one before.
        over: the revision that was kept before the inputs were read; 0 for none.

    Returns:
        ``written``, ``unchanged`` or ``SUPERSEDED``. A repeated call whose first answer was lost says the last: its
        DNA is then computed once more, which does no harm.

    Raises:
        Refused: reason 23503 when the person is gone.
    """
    arguments = {"target_user": user, "dna": dict(dna), "fingerprint": fingerprint, "over": over}
    return str(await access.call("aura_keep_style_dna", arguments, repeat=True))


def _own(access: Access, table: str, columns: str, user: str) -> AsyncSelectRequestBuilder:
    return access.table(table).select(columns, count=CountMethod.exact).eq("user_id", user)


def _members(access: Access, user: str) -> AsyncSelectRequestBuilder:
    """What is in one's own outfits: the table has no user_id, its combination has."""
    query = access.table("combination_items").select(MEMBER_COLUMNS, count=CountMethod.exact)
    return query.eq("combinations.user_id", user)


def _comments(access: Access, user: str) -> AsyncSelectRequestBuilder:
    """One's own comments on outfits that are public, which are those that Row Level Security shows."""
    return _own(access, "comments", COMMENT_COLUMNS, user).eq("combinations.is_public", True)


def _may_see(combination: object, user: str) -> bool:
    """Whether an outfit is public or one's own; None stands for one that is hidden already."""
    return isinstance(combination, dict) and (combination["is_public"] is True or combination["user_id"] == user)


async def _all(access: Access, ask: Ask, what: str) -> list[Row]:
    rows: list[Row] = []
    complete = False
    while not complete:
        query = ask().order("id").limit(PAGE)
        page, complete = await access.read_page(query.gt("id", rows[-1]["id"]) if rows else query, what)
        rows += page
    return rows


async def _choices(access: Access, user: str) -> Mapping[str, Any]:
    """What the person chose; ``style_dna`` is the machine's and left out."""
    query = access.table("profiles").select("preferred_style").eq("user_id", user).limit(1)
    rows = await access.read(query, "the profile")
    chosen = rows[0]["preferred_style"] if rows else None
    return {key: value for key, value in chosen.items() if key != "style_dna"} if isinstance(chosen, dict) else {}


def _item(row: Row) -> WardrobeItem:
    return WardrobeItem(
        id=row["id"],
        category=row["category"],
        color=row["color"],
        pattern=row["pattern"],
        brand=row["brand"],
        tags=_texts(row["tags"]),
        ai_tags=row["ai_tags"] if isinstance(row["ai_tags"], dict) else {},
        worn=day_of(row["last_worn_date"]),
        favourite=row["is_favorite"] is True,
        got=day_of(row["purchase_date"]) or day_of(row["created_at"]),
    )


def _outfit(row: Row, item_ids: frozenset[str] = frozenset()) -> Outfit:
    return Outfit(row["id"], row["name"] or "", row["description"] or "", item_ids)


def _texts(value: object) -> tuple[str, ...]:
    return tuple(entry for entry in value if isinstance(entry, str)) if isinstance(value, list) else ()
