"""Asking for recommendations over real sockets, and counting what the answers cost."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import psycopg
from psycopg.rows import TupleRow

from tests.support.api import ApiHouse, Visitor

PATH = "/api/v1/recommendations/"
ITEMS = {"type": "items"}
Db = psycopg.AsyncConnection[TupleRow]


async def wardrobe(visitor: Visitor, *categories: str, **columns: Any) -> list[str]:
    """Items of these categories; their ids."""
    rows = [{"user_id": visitor.id, "name": "mine", "category": each, **columns} for each in categories]
    answer = await visitor.person.client.table("clothing_items").insert(rows).execute()
    return [str(row["id"]) for row in answer.data]  # type: ignore[index, call-overload]


async def recommended(visitor: Visitor, **query: Any) -> dict[str, Any]:
    response = await visitor.get(PATH, params=query)
    assert response.status_code == 200, response.text
    body = response.json()
    assert isinstance(body, dict)
    return body


def worn(body: dict[str, Any]) -> set[str]:
    """Every item in any of the outfits."""
    return {item for each in body["recommendations"] for item in each["items"]}


def counting(house: ApiHouse) -> Callable[[], dict[str, int]]:
    """How often the cache was asked since, by outcome."""
    cache = house.api.context.services.metrics.api_cache

    def counts() -> dict[str, int]:
        samples = next(iter(cache.collect())).samples
        return {each.labels["outcome"]: int(each.value) for each in samples if each.name.endswith("_total")}

    before = counts()
    return lambda: {
        name: count - before.get(name, 0) for name, count in counts().items() if count > before.get(name, 0)
    }
