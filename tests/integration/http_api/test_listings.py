# ruff: noqa: RUF001 - Turkish is spoken here
"""The swap market's route over real sockets, as two people: what it answers, whose rows it reads, in which language."""

from __future__ import annotations

import asyncio
import json
from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.support.api import ApiHouse, Visitor
from tests.support.wardrobes import Wearer

PROCESS = "/api/v1/swap-market/process-listing"
FINE = "Cotton dress, worn twice, no stains. Happy to swap for a coat."
AI_TAGS = {
    "status": "done",
    "category": {"value": "one_piece", "confidence": 0.97},
    "subcategory": {"value": "dress", "confidence": 0.95},
    "colors": [{"name": "navy", "hex": "#1a2a4a", "share": 0.9, "confidence": 0.9}],
    "source": {"photo": "none"},
}


async def add_item(wearer: Wearer, **columns: Any) -> str:
    """A dress in a wardrobe, analysed."""
    row = {"user_id": wearer.id, "name": "Dress", "ai_tags": AI_TAGS, **columns}
    answer = await wearer.person.client.table("clothing_items").insert(row).execute()
    return str(answer.data[0]["id"])  # type: ignore[index,call-overload]


async def add_listing(api: ApiHouse, owner: Wearer, item: str | None, **columns: Any) -> str:
    """A row of ``swap_listings``, written as the database's owner: people cannot read their inactive ones back."""
    row = {"id": str(uuid4()), "user_id": owner.id, "clothing_item_id": item, **draft(api), **columns}
    row.pop("locale", None)
    await owner.person.client.table("swap_listings").insert(row, returning="minimal").execute()  # type: ignore[arg-type]
    return str(row["id"])


def draft(api: ApiHouse, **changes: Any) -> dict[str, Any]:
    """A draft without fault, but for ``changes``."""
    photo = f"{api.sandbox.url}/storage/v1/object/public/items/{uuid4()}.jpg"
    good = {"title": "Navy cotton dress", "description": FINE, "condition": "good", "images_urls": [photo]}
    return good | {"preferred_swap_categories": ["Coats", "shoes"]} | changes


async def ask(who: Visitor, body: Any, **headers: str) -> httpx.Response:
    return await who.post(PROCESS, body, headers=headers)


async def review(who: Visitor, body: Any, **headers: str) -> dict[str, Any]:
    answer = await ask(who, body, **headers)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def test_a_draft_without_fault_is_accepted_and_enriched(api: ApiHouse) -> None:
    item = await add_item(api.ada.wearer, brand="Zara")
    answer = await review(api.ada, draft(api, clothing_item_id=item))
    assert (answer["valid"], answer["verdict"], answer["violations"]) == (True, "allow", [])
    assert answer["message"] == "Listing processed successfully."
    tags = answer["enriched_data"]["suggested_tags"]
    assert tags[:2] == ["dress", "navy"]
    assert "zara" in tags
    assert len(tags) == len(set(tags)) <= 12
    assert "errors" not in answer


async def test_what_is_wrong_is_said_at_its_place(api: ApiHouse) -> None:
    item = await add_item(api.ada.wearer)
    said = "Çok şık 🧥 but f*cking small. Call 0532 123 45 67"
    answer = await review(api.ada, draft(api, clothing_item_id=item, description=said))
    assert (answer["valid"], answer["verdict"]) == (False, "block")
    assert answer["errors"] == ["Description contains inappropriate language.", "Description contains contact details."]
    found = {each["code"]: said[each["start"] : each["end"]] for each in answer["violations"]}
    assert found["offensive.strong"] == "f*cking"
    assert found["contact.phone"] == "0532 123 45 67"
    assert all(each["how_to_fix"] and each["field"] == "description" for each in answer["violations"])
    assert "enriched_data" not in answer


async def test_messages_are_in_the_callers_language(modern_api: ApiHouse) -> None:
    bad = draft(modern_api, title="Siktir")
    german = await review(modern_api.ada, bad, **{"Accept-Language": "de, en;q=0.5"})
    turkish = await review(modern_api.ada, bad, **{"Accept-Language": "de, tr-TR;q=0.9, en;q=0.5"})
    chosen = await ask(modern_api.ada, bad | {"locale": "tr_TR"}, **{"Accept-Language": "en"})
    assert "Title contains inappropriate language." in german["errors"]
    assert "Başlık uygunsuz ifade içeriyor." in turkish["errors"]
    assert chosen.json()["errors"] == turkish["errors"]
    assert chosen.headers["Content-Language"] == "tr"


async def test_fields_that_are_missing_are_findings(modern_api: ApiHouse) -> None:
    answer = await review(modern_api.ada, {"title": "Hi"})
    found = {(each["field"], each["code"]) for each in answer["violations"]}
    assert found == {
        ("title", "too_short"),
        ("description", "required"),
        ("condition", "required"),
        ("images_urls", "no_images"),
        ("clothing_item_id", "required"),
    }


@pytest.mark.parametrize(
    "url",
    ["https://elsewhere.test/a.jpg", "http://169.254.169.254/latest", "javascript:alert(1)", "", "https://x@y/z"],
)
async def test_photos_are_on_allowed_hosts(modern_api: ApiHouse, url: str) -> None:
    answer = await review(modern_api.ada, draft(modern_api, images_urls=[url]))
    assert "image_host_not_allowed" in {each["code"] for each in answer["violations"]}


async def test_somebody_elses_item_is_like_none(api: ApiHouse) -> None:
    theirs = await add_item(api.deniz.wearer)
    answers = [await review(api.ada, draft(api, clothing_item_id=each)) for each in (theirs, str(uuid4()))]
    photos_apart = [json.dumps(answer["violations"]) for answer in answers]
    assert photos_apart[0] == photos_apart[1]
    assert [each["code"] for each in answers[0]["violations"]] == ["unknown_item"]


async def test_an_item_is_listed_once(api: ApiHouse) -> None:
    item = await add_item(api.ada.wearer)
    listing = await add_listing(api, api.ada.wearer, item)
    again = await review(api.ada, draft(api, clothing_item_id=item))
    assert [each["code"] for each in again["violations"]] == ["already_listed"]
    itself = await review(api.ada, {"listing_id": listing})
    assert itself["valid"], itself


async def test_an_ended_listing_does_not_hold_its_item(api: ApiHouse) -> None:
    item = await add_item(api.ada.wearer)
    await add_listing(api, api.ada.wearer, item, is_active=False)
    assert (await review(api.ada, draft(api, clothing_item_id=item)))["valid"]


async def test_a_stored_listing_is_held_against_its_item(api: ApiHouse) -> None:
    item = await add_item(api.ada.wearer)
    said = "Size 38, worn twice, still great in the rain."
    listing = await add_listing(api, api.ada.wearer, item, title="Leather boots", description=said)
    answer = await review(api.ada, {"listing_id": listing})
    assert [(each["code"], each["field"]) for each in answer["violations"]] == [("inconsistent.category", "title")]
    assert answer["verdict"] == "fix"


async def test_what_is_not_ones_own_or_not_active_is_unknown(api: ApiHouse) -> None:
    theirs = await add_listing(api, api.deniz.wearer, None)
    ended = await add_listing(api, api.ada.wearer, None, is_active=False)
    answers = [await ask(api.ada, {"listing_id": each}) for each in (theirs, ended, str(uuid4()))]
    assert [answer.status_code for answer in answers] == [404, 404, 404]
    told = [{name: value for name, value in answer.json().items() if name != "request_id"} for answer in answers]
    assert told[0] == told[1] == told[2]
    assert told[0]["code"] == "not_found"


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"locale": "tr"},
        {"listing_id": None},
        {"listing_id": "no uuid"},
        {"listing_id": str(uuid4()), "title": "both"},
        {"title": 7},
        {"title": "x", "images_urls": "https://one.test"},
        {"title": "x", "unknown": 1},
        {"title": "x" * 1001},
        {"description": "x" * 20_001},
    ],
)
async def test_what_is_no_listing_is_refused(modern_api: ApiHouse, body: Any) -> None:
    answer = await ask(modern_api.ada, body)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")


async def test_twenty_at_once_do_not_hold_each_other_up(modern_api: ApiHouse) -> None:
    bodies = [draft(modern_api, description="s1k f*k " * 450, title=f"Dress {number}") for number in range(20)]
    answers = await asyncio.gather(*(ask(modern_api.ada, body) for body in bodies))
    assert {answer.status_code for answer in answers} == {200}
