"""What people do that their style DNA is made from, and where the app reads it."""

from __future__ import annotations

from typing import Any, cast

from tests.support.wardrobes import Wearer


async def profile(wearer: Wearer) -> dict[str, Any]:
    """``preferred_style`` as the app reads it."""
    answer = await wearer.person.client.table("profiles").select("preferred_style").eq("user_id", wearer.id).execute()
    return cast("dict[str, Any]", answer.data[0])["preferred_style"] if answer.data else {}


def kept_dna(shown: dict[str, Any]) -> dict[str, Any]:
    """The DNA alone, without what the mirror says about it: what it is made from, when, and what changed."""
    return {key: value for key, value in shown.items() if key not in {"inputs", "computed_at", "change"}}


async def combine(wearer: Wearer, name: str, *items: str, public: bool = False) -> str:
    """Put an outfit together; its id."""
    client = wearer.person.client
    row = {"user_id": wearer.id, "name": name, "is_public": public}
    made = cast("dict[str, Any]", (await client.table("combinations").insert(row).execute()).data[0])
    members = [{"combination_id": made["id"], "clothing_item_id": item} for item in items]
    if members:
        await client.table("combination_items").insert(members).execute()
    return str(made["id"])


async def like(wearer: Wearer, combination: str) -> None:
    """Like somebody's outfit."""
    await wearer.person.client.table("likes").insert({"user_id": wearer.id, "combination_id": combination}).execute()
