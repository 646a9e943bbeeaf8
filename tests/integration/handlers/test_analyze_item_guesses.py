"""What is said about an item's photo only spares waiting: a wrong word costs a request and changes nothing."""

from __future__ import annotations

import asyncio

import psycopg
import pytest
from psycopg.rows import TupleRow

from aura.photos.identity import photo_identity
from aura.vision.photo import content_hash
from handlers.analyze_item import analyze_item
from handlers.services import Services
from tests.support.instant import InstantAnalyzer
from tests.support.wardrobes import Wearer, picture

Database = psycopg.AsyncConnection[TupleRow]


async def leased_photo(db: Database, item_id: str) -> str | None:
    """Which photo the lease on the item is about; None without one."""
    found = await db.execute("select photo from analysis_leases where item_id = %s", [item_id])
    row = await found.fetchone()
    return None if row is None else str(row[0])


@pytest.mark.parametrize("guess", ["right", "another photo", "https://elsewhere.example/x.jpg", "no address"])
async def test_only_the_rows_photo_is_analysed(
    ada: Wearer, services: Services, analyzer: InstantAnalyzer, db: Database, guess: str
) -> None:
    data = picture()
    url = await ada.photo(data)
    item_id = await ada.add(url)
    told = {"right": url, "another photo": await ada.photo()}.get(guess, guess)
    analyzer.gate = asyncio.Event()
    running = asyncio.create_task(analyze_item(item_id, services, owner=ada.id, photo=told))
    async with asyncio.timeout(60):
        await analyzer.asked.wait()
    assert await leased_photo(db, item_id) == photo_identity(url)
    analyzer.gate.set()
    assert (await running).status == "written"
    assert list(analyzer.calls) == [content_hash(data)]
    assert (await ada.item(item_id))["ai_tags"]["source"]["photo"] == photo_identity(url)
    assert await leased_photo(db, item_id) is None


@pytest.mark.parametrize("state", ["settled", "without a photo", "gone"])
async def test_where_there_is_nothing_to_do_no_lease_stays(
    ada: Wearer, services: Services, analyzer: InstantAnalyzer, db: Database, state: str
) -> None:
    url = await ada.photo()
    item_id = await ada.add(None if state == "without a photo" else url)
    if state == "settled":
        await analyze_item(item_id, services)
    if state == "gone":
        await ada.person.client.table("clothing_items").delete().eq("id", item_id).execute()
    asked = analyzer.total
    outcome = await analyze_item(item_id, services, owner=ada.id, photo=url)
    assert outcome.status == {"settled": "unchanged", "without a photo": "no_photo", "gone": "gone"}[state]
    assert analyzer.total == asked
    assert await leased_photo(db, item_id) is None
