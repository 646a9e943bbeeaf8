"""Analysing an item through the API: every row of the contract, over real sockets, on both kinds of project."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest

from aura.errors import Permanent, RetryAt, Transient
from sandbox import Sandbox
from tests.support.api import ApiHouse, Visitor, api_house
from tests.support.instant import JEANS, SHIRT
from tests.support.wardrobes import Wearer

ANALYZE = "/api/v1/ai/analyze-clothing-item"
DONE = "Item analyzed and updated successfully."
ALL = ["ai_tags", "category", "color", "pattern", "tags"]


async def analyze(who: Visitor, item_id: str, **options: Any) -> httpx.Response:
    return await who.post(ANALYZE, {"clothing_item_id": item_id}, **options)


async def status(who: Visitor, item_id: str) -> dict[str, Any]:
    answer = await who.get(f"/api/v1/ai/analyses/{item_id}")
    assert answer.status_code == 200
    return dict(answer.json())


def refused(answer: httpx.Response, code: str, http: int) -> dict[str, Any]:
    assert answer.headers["Content-Type"] == "application/problem+json"
    problem = dict(answer.json())
    assert (answer.status_code, problem["status"], problem["code"]) == (http, http, code)
    return problem


@pytest.fixture
async def ada(api: ApiHouse) -> Wearer:
    return api.ada.wearer


async def test_what_was_written_is_told(api: ApiHouse, ada: Wearer) -> None:
    item_id = await ada.add(await ada.photo())
    answer = await analyze(api.ada, item_id)
    assert answer.status_code == 200
    assert answer.json() == {"message": DONE, "updated_fields": ALL}
    item = await ada.item(item_id)
    assert (item["category"], item["color"], item["pattern"]) == ("tops", "light blue", "striped")
    assert await status(api.ada, item_id) == {
        "status": "done",
        "code": None,
        "message": None,
        "updated_fields": ALL,
        "next_attempt_at": None,
    }


async def test_private_photos_are_read_with_the_callers_token(api: ApiHouse, ada: Wearer) -> None:
    item_id = await ada.add(await ada.photo(bucket="private-photos"))
    assert (await analyze(api.ada, item_id)).json()["updated_fields"] == ALL


async def test_only_what_the_person_left_open_is_written(api: ApiHouse, ada: Wearer) -> None:
    item_id = await ada.add(await ada.photo(), category="jeans", pattern="dots", tags=["shirt", "cotton", "summer"])
    assert (await analyze(api.ada, item_id)).json()["updated_fields"] == ["ai_tags", "color"]
    assert (await status(api.ada, item_id))["updated_fields"] == ["ai_tags", "color"]


async def test_a_photo_is_analysed_once_unless_forced(api: ApiHouse, ada: Wearer) -> None:
    item_id = await ada.add(await ada.photo())
    await analyze(api.ada, item_id)
    again = await analyze(api.ada, item_id)
    assert again.status_code == 200
    assert again.json()["updated_fields"] == []
    assert "before" in again.json()["message"]
    assert api.analyzer.total == 1
    forced = await analyze(api.ada, item_id, params={"force": "true"})
    assert forced.json()["updated_fields"] == []
    assert "again" in forced.json()["message"]
    assert api.analyzer.total == 2


async def test_force_writes_what_is_new(api: ApiHouse, ada: Wearer) -> None:
    api.analyzer._answers = (SHIRT, JEANS)
    item_id = await ada.add(await ada.photo())
    await analyze(api.ada, item_id)
    forced = await analyze(api.ada, item_id, params={"force": "true"})
    assert forced.json() == {"message": DONE, "updated_fields": ["ai_tags", "category", "color", "tags"]}
    assert (await ada.item(item_id))["category"] == "bottoms"


async def test_a_new_photo_is_analysed_without_force(api: ApiHouse, ada: Wearer) -> None:
    api.analyzer._answers = (SHIRT, JEANS)
    item_id = await ada.add(await ada.photo())
    await analyze(api.ada, item_id)
    await ada.edit(item_id, image_url=await ada.photo())
    assert (await status(api.ada, item_id))["status"] == "pending"
    assert (await analyze(api.ada, item_id)).json()["message"] == DONE


async def test_a_photo_without_a_garment(api: ApiHouse, ada: Wearer) -> None:
    api.analyzer._answers = (None,)
    item_id = await ada.add(await ada.photo(), category="jeans")
    answer = await analyze(api.ada, item_id)
    assert answer.json() == {"message": "No garment was found on the photo.", "updated_fields": ["ai_tags"]}
    assert (await analyze(api.ada, item_id)).json()["updated_fields"] == []
    told = await status(api.ada, item_id)
    assert (told["status"], told["updated_fields"]) == ("no_garment", ["ai_tags"])
    assert (await ada.item(item_id))["category"] == "jeans"


async def test_somebody_elses_item_and_none_look_alike(api: ApiHouse, ada: Wearer) -> None:
    item_id = await ada.add(await ada.photo())
    answers = [await analyze(api.deniz, one, params=force) for one in (item_id, str(uuid4())) for force in FORCES]
    answers += [await api.deniz.get(f"/api/v1/ai/analyses/{one}") for one in (item_id, str(uuid4()))]
    problems = [refused(answer, "not_found", 404) for answer in answers]
    for problem in problems:
        del problem["request_id"]
    assert all(problem == problems[0] for problem in problems)
    later = await analyze(api.deniz, item_id, headers={"Prefer": "respond-async"})
    refused(later, "not_found", 404)
    assert api.analyzer.total == 0
    assert (await ada.item(item_id))["ai_tags"] is None


FORCES: tuple[dict[str, str], ...] = ({}, {"force": "true"})


@pytest.mark.parametrize("url", [None, ""])
async def test_an_item_without_a_photo(api: ApiHouse, ada: Wearer, url: str | None) -> None:
    item_id = await ada.add(url)
    refused(await analyze(api.ada, item_id), "no_photo", 422)
    refused(await analyze(api.ada, item_id, headers={"Prefer": "respond-async"}), "no_photo", 422)
    told = await status(api.ada, item_id)
    assert (told["status"], told["code"]) == ("pending", "no_photo")


@pytest.mark.parametrize(
    ("data", "code"),
    [(b"\xff\xd8\xffnot really", "unreadable_photo"), (b"", "unreadable_photo"), (b"hello", "photo_unsupported_type")],
)
async def test_a_photo_that_cannot_be_read(api: ApiHouse, ada: Wearer, data: bytes, code: str) -> None:
    item_id = await ada.add(await ada.photo(data))
    first = refused(await analyze(api.ada, item_id), code, 422)
    again = refused(await analyze(api.ada, item_id), code, 422)
    assert first["detail"] == again["detail"]
    told = await status(api.ada, item_id)
    assert (told["status"], told["code"], told["message"]) == ("failed", code, first["detail"])
    assert told["next_attempt_at"] is None
    assert api.analyzer.total == 0


async def test_a_photo_that_the_analyzer_refuses(api: ApiHouse, ada: Wearer) -> None:
    api.analyzer.failure = Permanent("photo_blocked", "The service refuses this photo.")
    item_id = await ada.add(await ada.photo())
    refused(await analyze(api.ada, item_id), "photo_blocked", 422)
    assert (await status(api.ada, item_id))["code"] == "photo_blocked"


async def test_a_photo_that_is_not_there_yet(api: ApiHouse, ada: Wearer) -> None:
    item_id = await ada.add(await ada.link(f"{ada.id}/nothing.jpg"))
    answer = await analyze(api.ada, item_id)
    refused(answer, "photo_missing", 422)
    assert int(answer.headers["Retry-After"]) >= 1
    told = await status(api.ada, item_id)
    assert (told["status"], told["code"]) == ("pending", "photo_missing")
    assert datetime.fromisoformat(told["next_attempt_at"]) > datetime.now(UTC)


@pytest.mark.parametrize(
    ("failure", "code", "http"),
    [
        (Transient("analyzer_timeout", "It did not answer."), "analyzer_timeout", 504),
        (Transient("analyzer_unavailable", "It is down."), "analyzer_unavailable", 503),
        (Transient("analyzer_bad_answer", "It said nonsense."), "analyzer_unavailable", 503),
        (Transient("analyzer_quota", "Spent."), "analyzer_quota", 429),
        (Transient("unheard_of", "Something new."), "unavailable", 503),
    ],
    ids=lambda value: getattr(value, "code", None),
)
async def test_trouble_that_passes(api: ApiHouse, ada: Wearer, failure: Transient, code: str, http: int) -> None:
    api.analyzer.failure = failure
    item_id = await ada.add(await ada.photo())
    answer = await analyze(api.ada, item_id)
    refused(answer, code, http)
    assert 10 <= int(answer.headers["Retry-After"]) <= 30
    told = await status(api.ada, item_id)
    assert (told["status"], told["code"], told["message"]) == ("pending", failure.code, failure.message)
    due = datetime.fromisoformat(told["next_attempt_at"]) - datetime.now(UTC)
    assert timedelta(0) < due <= timedelta(seconds=30)
    api.analyzer.failure = None
    assert (await analyze(api.ada, item_id)).json()["message"] == DONE
    assert (await status(api.ada, item_id))["code"] is None


async def test_a_spent_quota_says_for_how_long(api: ApiHouse, ada: Wearer) -> None:
    api.analyzer.failure = RetryAt("analyzer_quota", "The quota is spent.", datetime.now(UTC) + timedelta(hours=1))
    answer = await analyze(api.ada, await ada.add(await ada.photo()))
    refused(answer, "analyzer_quota", 429)
    assert 3580 <= int(answer.headers["Retry-After"]) <= 3606


@pytest.fixture
async def frugal(sandbox: Sandbox) -> AsyncIterator[ApiHouse]:
    """An API whose analyzer costs money: one call a person and day."""
    async with api_house(sandbox, sign=False, analysis={"daily_calls_user": 1}) as house:
        house.analyzer.paid = True
        yield house


async def test_a_spent_budget_says_until_when(frugal: ApiHouse) -> None:
    ada = frugal.ada.wearer
    assert (await analyze(frugal.ada, await ada.add(await ada.photo()))).status_code == 200
    answer = await analyze(frugal.ada, await ada.add(await ada.photo()))
    refused(answer, "daily_limit", 429)
    now = datetime.now(UTC)
    midnight = (now + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    assert abs(int(answer.headers["Retry-After"]) - (midnight - now).total_seconds()) < 30
    assert frugal.analyzer.total == 1


@pytest.mark.parametrize(
    "given", ["", "1", "6f9619ff-8b86-4d01-b42d-00cf4fc964f", "{6f9619ff}", "../x", None, 7, ["a"]]
)
async def test_what_is_no_id(modern_api: ApiHouse, given: Any) -> None:
    answer = await modern_api.ada.post(ANALYZE, {"clothing_item_id": given})
    assert refused(answer, "invalid_request", 422)["errors"][0]["field"] == "/clothing_item_id"


async def test_a_misspelt_force_is_not_ignored(modern_api: ApiHouse) -> None:
    for params in ({"forse": "true"}, {"force": "1"}, {"force": "yes"}):
        answer = await analyze(modern_api.ada, str(uuid4()), params=params)
        refused(answer, "invalid_request", 422)
