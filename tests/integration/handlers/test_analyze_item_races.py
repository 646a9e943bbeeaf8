"""What happens to a row while its photo is being analysed is never undone, and nothing is paid for twice."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from aura.errors import RetryAt
from aura.gateway.items import update_item
from handlers.analyze_item import analyze_item
from handlers.services import Services
from handlers.work import Outcome
from sandbox import Sandbox
from tests.support.handling import services_for
from tests.support.instant import JEANS, SHIRT, InstantAnalyzer
from tests.support.wardrobes import Wearer, picture


@asynccontextmanager
async def while_analysing(
    item_id: str, services: Services, analyzer: InstantAnalyzer
) -> AsyncIterator[asyncio.Task[Outcome]]:
    """Runs the body between the handler's read and its write, then lets the analyzer answer."""
    analyzer.gate = asyncio.Event()
    task = asyncio.create_task(analyze_item(item_id, services))
    async with asyncio.timeout(60):
        await analyzer.asked.wait()
    try:
        yield task
    finally:
        analyzer.gate.set()


@pytest.mark.parametrize("value", ["jeans", None, ""])
async def test_category_edited_before_the_read(ada: Wearer, services: Services, value: str | None) -> None:
    item_id = await ada.add(await ada.photo(), category=value)
    await analyze_item(item_id, services)
    assert (await ada.item(item_id))["category"] == (value or "tops")


@pytest.mark.parametrize("value", ["jeans", None, ""])
async def test_category_edited_after_the_write(ada: Wearer, services: Services, value: str | None) -> None:
    item_id = await ada.add(await ada.photo())
    await analyze_item(item_id, services)
    await ada.edit(item_id, category=value)
    assert (await analyze_item(item_id, services)).status == "unchanged"
    await ada.edit(item_id, image_url=await ada.photo())
    await analyze_item(item_id, services)
    assert (await ada.item(item_id))["category"] == value


async def test_category_edited_between_read_and_write(
    ada: Wearer, services: Services, analyzer: InstantAnalyzer
) -> None:
    item_id = await ada.add(await ada.photo())
    async with while_analysing(item_id, services, analyzer) as task:
        await ada.edit(item_id, category="jeans", tags=["mine"])
    assert (await task).status == "written"
    item = await ada.item(item_id)
    assert (item["category"], item["color"]) == ("jeans", "light blue")
    assert item["tags"] == ["mine", "shirt", "cotton", "summer"]
    assert analyzer.total == 1


async def test_category_cleared_between_read_and_write(
    ada: Wearer, services: Services, analyzer: InstantAnalyzer
) -> None:
    item_id = await ada.add(await ada.photo(), category="jeans", tags=["shirt", "mine"])
    async with while_analysing(item_id, services, analyzer) as task:
        await ada.edit(item_id, category=None, tags=["mine"])
    assert (await task).status == "written"
    item = await ada.item(item_id)
    assert item["category"] is None
    assert item["tags"] == ["mine", "cotton", "summer"]
    assert analyzer.total == 1
    await ada.edit(item_id, image_url=await ada.photo())
    await analyze_item(item_id, services)
    assert (await ada.item(item_id))["category"] is None


async def test_an_edit_of_something_else_does_not_lose_the_tags(
    ada: Wearer, services: Services, analyzer: InstantAnalyzer
) -> None:
    item_id = await ada.add(await ada.photo())
    async with while_analysing(item_id, services, analyzer):
        await ada.edit(item_id, notes="washed")
    await _until_tagged(ada, item_id)
    assert (await ada.item(item_id))["notes"] == "washed"
    assert analyzer.total == 1


async def _until_tagged(ada: Wearer, item_id: str) -> None:
    async with asyncio.timeout(60):
        while (await ada.item(item_id))["ai_tags"] is None:
            await asyncio.sleep(0.02)


async def test_an_app_that_edits_all_the_time_ends_as_pending_and_converges(
    ada: Wearer, services: Services, analyzer: InstantAnalyzer, monkeypatch: pytest.MonkeyPatch
) -> None:
    item_id = await ada.add(await ada.photo())
    _edit_before_every_write(ada, item_id, monkeypatch)
    assert (await analyze_item(item_id, services)).status == "pending"
    monkeypatch.undo()
    assert (await analyze_item(item_id, services)).status == "written"
    assert analyzer.total == 1


def _edit_before_every_write(ada: Wearer, item_id: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async def edited_first(*arguments: Any) -> bool:
        await ada.edit(item_id, notes="x")
        return await update_item(*arguments)

    monkeypatch.setattr("handlers.writing.update_item", edited_first)


async def test_a_photo_replaced_meanwhile_is_analysed_in_the_same_run(sandbox: Sandbox, ada: Wearer) -> None:
    analyzer = InstantAnalyzer(SHIRT, JEANS)
    async with services_for(sandbox, analyzer) as services:
        item_id = await ada.add(await ada.photo())
        async with while_analysing(item_id, services, analyzer) as task:
            await ada.edit(item_id, image_url=await ada.photo())
        assert (await task).status == "written"
    item = await ada.item(item_id)
    assert (item["category"], item["color"]) == ("bottoms", "navy")
    assert item["ai_tags"]["source"]["photo"] == item["image_url"].replace("/public/", "/")
    assert sorted(analyzer.calls.values()) == [1, 1]


async def test_a_photo_that_is_signed_again_meanwhile(
    ada: Wearer, services: Services, analyzer: InstantAnalyzer
) -> None:
    url = await ada.photo(bucket="private-photos")
    item_id = await ada.add(url)
    async with while_analysing(item_id, services, analyzer) as task:
        path = url.split("/private-photos/")[1].split("?")[0]
        await ada.edit(item_id, image_url=await ada.link(path, bucket="private-photos", seconds=60))
    assert (await task).status == "written"
    assert analyzer.total == 1


async def test_a_row_deleted_meanwhile(ada: Wearer, services: Services, analyzer: InstantAnalyzer) -> None:
    item_id = await ada.add(await ada.photo())
    async with while_analysing(item_id, services, analyzer) as task:
        await ada.delete(item_id)
    assert (await task).status == "gone"


async def test_two_at_once_ask_the_analyzer_once(ada: Wearer, services: Services, analyzer: InstantAnalyzer) -> None:
    item_id = await ada.add(await ada.photo())
    async with while_analysing(item_id, services, analyzer) as task:
        with pytest.raises(RetryAt) as caught:
            await analyze_item(item_id, services)
        assert caught.value.code == "lease_held"
    assert (await task).status == "written"
    assert (await analyze_item(item_id, services)).status == "unchanged"
    assert analyzer.total == 1


async def test_many_at_once_converge_with_one_call(ada: Wearer, services: Services, analyzer: InstantAnalyzer) -> None:
    item_id = await ada.add(await ada.photo())

    async def insist() -> str:
        while True:
            try:
                return (await analyze_item(item_id, services)).status
            except RetryAt:
                await asyncio.sleep(0.01)

    async with asyncio.timeout(60):
        outcomes = await asyncio.gather(*(insist() for _ in range(8)))
    assert outcomes.count("written") == 1
    assert set(outcomes) <= {"written", "unchanged"}
    assert analyzer.total == 1


async def test_two_quick_uploads_of_one_row(sandbox: Sandbox, ada: Wearer) -> None:
    """The last upload wins, whichever analysis comes last."""
    analyzer = InstantAnalyzer(JEANS)
    async with services_for(sandbox, analyzer) as services:
        item_id = await ada.add(await ada.photo())
        await ada.edit(item_id, image_url=await ada.photo())
        await ada.edit(item_id, image_url=await ada.photo(picture(7)))
        await analyze_item(item_id, services)
    item = await ada.item(item_id)
    assert item["ai_tags"]["source"]["photo"] == item["image_url"].replace("/public/", "/")
    assert analyzer.total == 1


async def test_a_cancelled_analysis_gives_its_lease_back(
    ada: Wearer, services: Services, analyzer: InstantAnalyzer
) -> None:
    item_id = await ada.add(await ada.photo())
    async with while_analysing(item_id, services, analyzer) as task:
        task.cancel()
        await _cancelled(task)
    assert (await analyze_item(item_id, services)).status == "written"


async def _cancelled(task: Awaitable[Any]) -> None:
    with pytest.raises(asyncio.CancelledError):
        await task
