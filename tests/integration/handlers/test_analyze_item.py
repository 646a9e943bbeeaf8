"""An item is brought up to its photo, once, as its owner, and without losing a word of theirs."""

from __future__ import annotations

from uuid import uuid4

import pytest

from handlers.acting import Caller
from handlers.analyze_item import analyze_item
from handlers.services import Services
from sandbox import Sandbox
from tests.support.handling import services_for
from tests.support.instant import JEANS, SHIRT, InstantAnalyzer
from tests.support.wardrobes import PRIVATE, PUBLIC, Wearer, picture


async def test_a_new_photo_is_analysed_and_written(ada: Wearer, services: Services, analyzer: InstantAnalyzer) -> None:
    url = await ada.photo()
    item_id = await ada.add(url)
    outcome = await analyze_item(item_id, services, owner=ada.id)
    assert outcome.status == "written"
    assert outcome.fields == ("ai_tags", "category", "color", "pattern", "tags")
    item = await ada.item(item_id)
    assert (item["category"], item["color"], item["pattern"]) == ("tops", "light blue", "striped")
    assert item["tags"] == ["shirt", "cotton", "summer"]
    source = item["ai_tags"]["source"]
    assert source["photo"] == url.replace("/public/", "/")
    assert source["version"] == analyzer.version
    assert source["content_hash"] in analyzer.calls


async def test_a_second_run_does_nothing(ada: Wearer, services: Services, analyzer: InstantAnalyzer) -> None:
    item_id = await ada.add(await ada.photo())
    await analyze_item(item_id, services, owner=ada.id)
    before = await ada.item(item_id)
    assert (await analyze_item(item_id, services, owner=ada.id)).status == "unchanged"
    assert await ada.item(item_id) == before
    assert analyzer.total == 1


async def test_the_owner_is_looked_up_and_a_wrong_hint_corrected(ada: Wearer, bob: Wearer, services: Services) -> None:
    first, second = await ada.add(await ada.photo()), await ada.add(await ada.photo())
    assert (await analyze_item(first, services)).status == "written"
    assert (await analyze_item(second, services, owner=bob.id)).status == "written"


async def test_no_row_and_no_photo(ada: Wearer, services: Services, analyzer: InstantAnalyzer) -> None:
    assert (await analyze_item(str(uuid4()), services)).status == "gone"
    assert (await analyze_item(await ada.add(None), services)).status == "no_photo"
    assert (await analyze_item(await ada.add(""), services)).status == "no_photo"
    assert analyzer.total == 0


async def test_no_garment_touches_ai_tags_alone(sandbox: Sandbox, ada: Wearer) -> None:
    async with services_for(sandbox, InstantAnalyzer(None)) as services:
        item_id = await ada.add(await ada.photo())
        outcome = await analyze_item(item_id, services)
        assert (outcome.status, outcome.fields) == ("no_garment", ("ai_tags",))
        item = await ada.item(item_id)
        assert item["ai_tags"]["status"] == "no_garment"
        assert item["category"] is None
        assert (await analyze_item(item_id, services)).status == "unchanged"


async def test_a_signed_again_link_is_no_new_photo(ada: Wearer, services: Services, analyzer: InstantAnalyzer) -> None:
    url = await ada.photo(bucket=PRIVATE)
    item_id = await ada.add(url)
    assert (await analyze_item(item_id, services)).status == "written"
    path = url.split(f"/{PRIVATE}/")[1].split("?")[0]
    resigned = await ada.link(path, bucket=PRIVATE, seconds=7200)
    assert resigned != url
    await ada.edit(item_id, image_url=resigned)
    assert (await analyze_item(item_id, services)).status == "unchanged"
    assert analyzer.total == 1


async def test_the_same_bytes_are_paid_for_once(ada: Wearer, bob: Wearer, services: Services) -> None:
    data = picture()
    first, second = await ada.add(await ada.photo(data)), await bob.add(await bob.photo(data))
    await analyze_item(first, services)
    await analyze_item(second, services)
    assert (await bob.item(second))["category"] == "tops"
    assert isinstance(services.analyzer, InstantAnalyzer)
    assert services.analyzer.total == 1


async def test_a_newer_version_repeats_when_asked_to(sandbox: Sandbox, ada: Wearer, services: Services) -> None:
    item_id = await ada.add(await ada.photo())
    await analyze_item(item_id, services)
    newer = InstantAnalyzer(JEANS, model="2")
    async with services_for(sandbox, newer) as later:
        assert (await analyze_item(item_id, later)).status == "unchanged"
        assert (await analyze_item(item_id, later, again=True)).status == "written"
        assert (await analyze_item(item_id, later, again=True)).status == "unchanged"
    assert newer.total == 1
    assert (await ada.item(item_id))["category"] == "bottoms"


async def test_force_asks_again_and_writes_only_what_differs(
    ada: Wearer, services: Services, analyzer: InstantAnalyzer
) -> None:
    item_id = await ada.add(await ada.photo())
    await analyze_item(item_id, services)
    assert (await analyze_item(item_id, services, force=True)).status == "unchanged"
    assert analyzer.total == 2


async def test_a_caller_reaches_their_own_items_only(
    ada: Wearer, bob: Wearer, services: Services, analyzer: InstantAnalyzer
) -> None:
    item_id = await ada.add(await ada.photo(bucket=PRIVATE))
    stranger = Caller(bob.id, await bob.person.token())
    assert (await analyze_item(item_id, services, caller=stranger)).status == "gone"
    assert analyzer.total == 0
    owner = Caller(ada.id, await ada.person.token())
    assert (await analyze_item(item_id, services, caller=owner)).status == "written"


async def test_a_caller_with_another_persons_id_gets_nothing(ada: Wearer, bob: Wearer, services: Services) -> None:
    item_id = await ada.add(await ada.photo())
    forged = Caller(ada.id, await bob.person.token())
    assert (await analyze_item(item_id, services, caller=forged)).status == "gone"
    assert (await ada.item(item_id))["ai_tags"] is None


@pytest.mark.parametrize("bucket", [PUBLIC, PRIVATE])
async def test_a_persons_value_stays_while_the_rest_is_filled(ada: Wearer, services: Services, bucket: str) -> None:
    item_id = await ada.add(await ada.photo(bucket=bucket), category="Jeans", tags=["mine", "mine"])
    outcome = await analyze_item(item_id, services)
    assert outcome.fields == ("ai_tags", "color", "pattern", "tags")
    item = await ada.item(item_id)
    assert (item["category"], item["color"]) == ("Jeans", "light blue")
    assert item["tags"] == ["mine", "mine", "shirt", "cotton", "summer"]


async def test_an_edit_and_a_clearing_survive_a_new_photo(sandbox: Sandbox, ada: Wearer) -> None:
    async with services_for(sandbox, InstantAnalyzer(SHIRT, JEANS)) as services:
        item_id = await ada.add(await ada.photo())
        await analyze_item(item_id, services)
        await ada.edit(item_id, category="my shirt", color=None, tags=["cotton", "mine"])
        await ada.edit(item_id, image_url=await ada.photo())
        outcome = await analyze_item(item_id, services)
    assert outcome.status == "written"
    item = await ada.item(item_id)
    assert (item["category"], item["color"], item["pattern"]) == ("my shirt", None, None)
    assert item["tags"] == ["mine", "jeans", "denim"]
    assert item["ai_tags"]["category"]["value"] == "bottoms"
