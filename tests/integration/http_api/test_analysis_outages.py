"""The AI routes while something they need is away: who is told what, and that nothing is lost by it."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from sandbox import Sandbox
from tests.support.api import ApiHouse, Visitor, api_house
from tests.support.waiting import wait_for
from tests.support.wardrobes import PRIVATE

ANALYZE = "/api/v1/ai/analyze-clothing-item"
LONG = 120.0  # until cleared


@pytest.fixture
async def house(sandbox: Sandbox) -> AsyncIterator[ApiHouse]:
    """An API that waits two seconds for photos; all is mended afterwards."""
    photos = {"timeout_seconds": 2.0, "allowed_hosts": [closed_port()], "allow_private_hosts": True}
    async with api_house(sandbox, sign=False, photos=photos) as opened:
        yield opened
        await sandbox.faults.clear()


def closed_port() -> str:
    """An origin of this machine where nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{probe.getsockname()[1]}"


async def analyze(who: Visitor, item_id: str, **options: Any) -> httpx.Response:
    return await who.post(ANALYZE, {"clothing_item_id": item_id}, **options)


def refused(answer: httpx.Response, code: str, http: int) -> None:
    assert (answer.status_code, answer.json()["code"]) == (http, code)
    assert int(answer.headers["Retry-After"]) >= 1


@pytest.mark.parametrize("how", ["503", "reset"])
async def test_the_database_is_away(house: ApiHouse, how: Any) -> None:
    item_id = await house.ada.wearer.add(await house.ada.wearer.photo())
    await house.sandbox.faults.break_path("/rest/v1", how, LONG)
    refused(await analyze(house.ada, item_id), "unavailable", 503)
    refused(await analyze(house.ada, item_id, headers={"Prefer": "respond-async"}), "unavailable", 503)
    refused(await house.ada.get(f"/api/v1/ai/analyses/{item_id}"), "unavailable", 503)
    refused(await house.ada.post("/api/v1/ai/calculate-style-dna"), "unavailable", 503)
    await house.sandbox.faults.clear()
    assert (await analyze(house.ada, item_id)).status_code == 200
    assert house.analyzer.total == 1


async def test_the_database_goes_away_during_an_analysis(house: ApiHouse) -> None:
    """The answer of an analyzer that costs money is not thrown away: it waits until it can be kept."""
    house.analyzer.paid = True
    item_id = await house.ada.wearer.add(await house.ada.wearer.photo())
    house.analyzer.gate = asyncio.Event()
    request = asyncio.create_task(analyze(house.ada, item_id))
    async with asyncio.timeout(20):
        await house.analyzer.asked.wait()
    await house.sandbox.faults.break_path("/rest/v1", "503", 1.0)
    house.analyzer.gate.set()
    assert (await request).json()["updated_fields"] == ["ai_tags", "category", "color", "pattern", "tags"]
    assert house.analyzer.total == 1


async def test_the_storage_is_away(house: ApiHouse) -> None:
    ada = house.ada.wearer
    items = [await ada.add(await ada.photo()), await ada.add(await ada.photo(bucket=PRIVATE))]
    await house.sandbox.faults.break_path("/storage/v1", "503", LONG)
    for item_id in items:
        refused(await analyze(house.ada, item_id), "photo_unreachable", 503)
    await house.sandbox.faults.clear()
    assert [(await analyze(house.ada, item_id)).status_code for item_id in items] == [200, 200]


async def test_the_photos_host_is_away(house: ApiHouse) -> None:
    origin = house.api.context.settings.photos.allowed_hosts[0]
    item_id = await house.ada.wearer.add(f"{origin}/a.jpg")
    refused(await analyze(house.ada, item_id), "photo_unreachable", 503)
    told = (await house.ada.get(f"/api/v1/ai/analyses/{item_id}")).json()
    assert (told["status"], told["code"]) == ("pending", "photo_unreachable")


async def test_the_analyzer_does_not_answer(house: ApiHouse) -> None:
    """It is cut off after its own time; the item is left to the next attempt, whoever makes it."""
    house.analyzer.timeout = 0.3
    house.analyzer.gate = asyncio.Event()
    item_id = await house.ada.wearer.add(await house.ada.wearer.photo())
    refused(await analyze(house.ada, item_id), "analyzer_timeout", 504)
    told = (await house.ada.get(f"/api/v1/ai/analyses/{item_id}")).json()
    assert (told["status"], told["code"]) == ("pending", "analyzer_timeout")
    house.analyzer.gate.set()
    assert (await analyze(house.ada, item_id)).status_code == 200


async def test_a_token_that_the_project_no_longer_accepts(house: ApiHouse) -> None:
    """It verifies here, but the project has the last word."""
    item_id = await house.ada.wearer.add(await house.ada.wearer.photo())
    await house.sandbox.faults.expire_tokens()
    for answer in (
        await analyze(house.ada, item_id),
        await house.ada.get(f"/api/v1/ai/analyses/{item_id}"),
        await house.ada.post("/api/v1/ai/calculate-style-dna"),
    ):
        assert (answer.status_code, answer.json()["code"]) == (401, "unauthorized")
        assert answer.headers["WWW-Authenticate"].startswith('Bearer realm="aura", error="invalid_token"')
    await house.sandbox.faults.clear()

    async def accepted() -> bool:
        return (await analyze(house.ada, item_id)).status_code == 200

    await wait_for(accepted, what="the mended project's answer")
    assert house.analyzer.total == 1
