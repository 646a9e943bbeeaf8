"""What recommendations are kept for: until anything changes that they depend on, and for nobody else."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from tests.support.api import ApiHouse, Visitor
from tests.support.recommending import ITEMS, Db, counting, recommended, wardrobe, worn


async def test_an_answer_is_kept_until_something_changes(api: ApiHouse) -> None:
    await wardrobe(api.ada, "shirt", "jeans")
    asked = counting(api)
    first = await recommended(api.ada)
    assert await recommended(api.ada) == first
    await recommended(api.ada, **ITEMS, limit=3)
    await recommended(api.ada, **ITEMS)
    assert asked() == {"miss": 2, "hit": 2}
    await wardrobe(api.ada, "skirt")
    assert len((await recommended(api.ada))["recommendations"]) == 2
    assert asked() == {"miss": 2, "hit": 2, "stale": 1}


Change = Callable[[Visitor, str, Db], Awaitable[object]]


async def insert_like(visitor: Visitor, _item: str, rows: Db) -> None:
    await rows.execute(
        "with c as (insert into combinations (user_id, name, is_public) values (%(me)s, 'c', true) returning id)"
        " insert into likes (user_id, combination_id) select %(me)s, id from c",
        {"me": visitor.id},
    )


CHANGES: dict[str, Change] = {
    "edited": lambda visitor, item, _: visitor.wearer.edit(item, color="red"),
    "worn": lambda visitor, item, _: visitor.wearer.edit(item, last_worn_date="2026-11-01"),
    "deleted": lambda visitor, item, _: visitor.wearer.delete(item),
    "added": lambda visitor, *_: visitor.wearer.add(category="skirt"),
    "liked": insert_like,
    "profile": lambda visitor, _, rows: rows.execute("insert into profiles (user_id) values (%s)", [visitor.id]),
    "dna": lambda visitor, _, rows: rows.execute(
        "insert into ai_profiles (user_id, dna, fingerprint) values (%s, '{}', 'f')", [visitor.id]
    ),
}


@pytest.mark.parametrize("kind", CHANGES)
async def test_every_kind_of_change_is_seen_at_once(modern_api: ApiHouse, rows: Db, kind: str) -> None:
    item, *_ = await wardrobe(modern_api.ada, "shirt", "jeans")
    await recommended(modern_api.ada)
    asked = counting(modern_api)
    await CHANGES[kind](modern_api.ada, item, rows)
    body = await recommended(modern_api.ada)
    assert asked() == {"stale": 1}
    if kind == "deleted":
        assert body["recommendations"] == []
    if kind == "edited":
        assert body["recommendations"][0]["name"] == "Red Shirt & Jeans"


async def test_strangers_changes_leave_it_kept(modern_api: ApiHouse) -> None:
    await wardrobe(modern_api.ada, "shirt", "jeans")
    await recommended(modern_api.ada)
    asked = counting(modern_api)
    await wardrobe(modern_api.deniz, "shirt", "jeans")
    await recommended(modern_api.ada)
    assert asked() == {"hit": 1}


async def test_many_who_ask_together_cost_one_computation(modern_api: ApiHouse) -> None:
    await wardrobe(modern_api.ada, *["shirt"] * 20, *["jeans"] * 20)
    asked = counting(modern_api)
    bodies = await asyncio.gather(*(recommended(modern_api.ada) for _ in range(20)))
    assert all(body == bodies[0] for body in bodies)
    assert asked()["miss"] == 1
    assert sum(asked().values()) == 20


async def test_equal_wardrobes_of_two_people_are_not_mixed_up(modern_api: ApiHouse) -> None:
    own = {}
    for visitor in (modern_api.ada, modern_api.deniz):
        own[visitor.id] = set(await wardrobe(visitor, "shirt", "jeans", "boots"))
    for _ in range(3):
        bodies = await asyncio.gather(*(recommended(each) for each in (modern_api.ada, modern_api.deniz) * 5))
        for number, body in enumerate(bodies):
            assert worn(body) == own[(modern_api.ada.id, modern_api.deniz.id)[number % 2]]


async def test_few_are_the_first_of_many_and_many_are_not_computed_for_few(modern_api: ApiHouse) -> None:
    await wardrobe(modern_api.ada, *["shirt"] * 6, *["jeans"] * 6)
    asked = counting(modern_api)
    three, ten, eleven, fifty = [
        (await recommended(modern_api.ada, limit=limit))["recommendations"] for limit in (3, 10, 11, 50)
    ]
    assert asked() == {"miss": 2, "hit": 2}
    assert (three, ten, eleven) == (fifty[:3], fifty[:10], fifty[:11])
    assert len(fifty) == 36
