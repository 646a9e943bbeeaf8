"""The catalogue reads products once, notices changes, survives trouble, and keeps nobody waiting meanwhile."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from aura.errors import ConfigurationError, Transient
from aura.gateway.catalog import RETRY_SECONDS, Catalogue
from aura.gateway.catalog_file import FileProducts
from aura.stylist.products import Shelf, shelf_of

JEANS = {"id": "1", "name": "Jeans", "category": "jeans", "color": "navy"}
BOOTS = {"id": "2", "name": "Boots", "category": "boots"}


@dataclass
class Shop:
    """Products that tests change; counts how often they are read."""

    rows: list[dict[str, Any]] = field(default_factory=lambda: [JEANS])
    reads: int = 0
    asked: int = 0
    away: bool = False
    gate: asyncio.Event = field(default_factory=asyncio.Event)

    async def version(self) -> str:
        self.asked += 1
        if self.away:
            raise Transient("database_unavailable", "away")
        return f"v{len(self.rows)}"

    async def read(self, most: int) -> list[dict[str, Any]]:
        self.reads += 1
        await self.gate.wait()
        return self.rows[:most]


@dataclass
class Clock:
    now: float = 0.0

    def __call__(self) -> float:
        return self.now


def opened(shop: Shop, clock: Clock, most: int = 100) -> Catalogue:
    shop.gate.set()
    return Catalogue(shop, refresh_seconds=60.0, most=most, clock=clock)


def sold(shelf: Shelf) -> set[str]:
    return {each.name for products in shelf.products.values() for each in products}


async def settled(catalogue: Catalogue) -> Shelf:
    """What is there once nothing is being read."""
    await catalogue.shelf()
    while catalogue._refreshing is not None:
        await asyncio.gather(catalogue._refreshing)
        await asyncio.sleep(0)
    return await catalogue.shelf()


async def test_products_are_read_once_for_all_who_ask() -> None:
    shop, clock = Shop(), Clock()
    catalogue = opened(shop, clock)
    shelves = await asyncio.gather(*(catalogue.shelf() for _ in range(20)))
    assert all(sold(each) == {"Jeans"} for each in shelves)
    assert (shop.reads, shop.asked) == (1, 1)


async def test_a_change_is_seen_after_the_refresh_and_unchanged_products_are_not_read_again() -> None:
    shop, clock = Shop(), Clock()
    catalogue = opened(shop, clock)
    await settled(catalogue)
    clock.now = 61
    await settled(catalogue)
    assert (shop.reads, shop.asked) == (1, 2)
    shop.rows = [JEANS, BOOTS]
    assert sold(await settled(catalogue)) == {"Jeans"}
    clock.now = 122
    assert sold(await settled(catalogue)) == {"Jeans", "Boots"}
    assert shop.reads == 2


async def test_who_asks_while_products_are_renewed_gets_the_old_ones_at_once() -> None:
    shop, clock = Shop(), Clock()
    catalogue = opened(shop, clock)
    await settled(catalogue)
    shop.rows, clock.now = [JEANS, BOOTS], 61
    shop.gate.clear()
    assert sold(await asyncio.wait_for(catalogue.shelf(), 5)) == {"Jeans"}
    shop.gate.set()
    assert sold(await settled(catalogue)) == {"Jeans", "Boots"}


async def test_trouble_leaves_what_was_there_and_is_tried_again() -> None:
    shop, clock = Shop(away=True), Clock()
    catalogue = opened(shop, clock)
    assert await settled(catalogue) == Shelf()
    shop.away, clock.now = False, RETRY_SECONDS
    assert sold(await settled(catalogue)) == {"Jeans"}
    shop.away, clock.now = True, RETRY_SECONDS + 61
    assert sold(await settled(catalogue)) == {"Jeans"}
    asked = shop.asked
    await settled(catalogue)
    assert shop.asked == asked


async def test_no_more_products_than_memory_is_meant_for() -> None:
    assert sold(await settled(opened(Shop([JEANS, BOOTS]), Clock(), most=1))) == {"Jeans"}


async def test_closing_gives_up_what_is_being_read() -> None:
    shop = Shop()
    catalogue = opened(shop, Clock())
    shop.gate.clear()
    waiting = asyncio.create_task(catalogue.shelf())
    while not shop.reads:
        await asyncio.sleep(0)
    await catalogue.aclose()
    with pytest.raises(asyncio.CancelledError):
        await waiting


# ---------------------------------------------------------------- files
def write(path: Path, products: object) -> str:
    path.write_text(products if isinstance(products, str) else json.dumps(products), encoding="utf-8")
    return str(path)


async def test_a_file_is_read_again_when_it_changes(tmp_path: Path) -> None:
    path = tmp_path / "products.json"
    products = FileProducts(write(path, [JEANS, {**BOOTS, "active": False}]))
    before = await products.version()
    assert [row["name"] for row in await products.read(10)] == ["Jeans"]
    write(path, [JEANS, BOOTS])
    assert await products.version() != before
    assert len(await products.read(10)) == 2
    assert len(await products.read(1)) == 1


@pytest.mark.parametrize(
    ("content", "place"),
    [
        ("nonsense", "the file"),
        ({"products": []}, "the file"),
        ([JEANS, {"name": "x"}], "1.id"),
        ([{**JEANS, "colour": "red"}], "0.colour"),
        ([{**JEANS, "price": -1}], "0.price"),
        ([{**JEANS, "seasons": ["monsoon"]}], "0.seasons.0"),
        ([{**JEANS, "affiliate_link": "javascript:alert(1)"}], "0.affiliate_link"),
    ],
)
def test_what_is_wrong_with_a_file_is_said_with_its_place(tmp_path: Path, content: object, place: str) -> None:
    name = write(tmp_path / "products.json", content)
    with pytest.raises(ConfigurationError, match=rf"catalog\.file {name} is wrong at {place}: "):
        FileProducts(name)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="cannot be read: No such file"):
        FileProducts(str(tmp_path / "none.json"))


async def test_every_product_of_the_sample_is_understood() -> None:
    rows = await FileProducts("sample").read(1000)
    shelf = shelf_of("s", rows)
    assert sum(len(each) for each in shelf.products.values()) == len(rows) > 40
    for products in shelf.products.values():
        for each in products:
            assert each.piece.subcategory is not None
            assert each.piece.colour is not None
            assert each.affiliate_link is not None
            assert each.image_url is not None
