"""When Supabase is away the app hears so at once and when to come back; when it is back, everything works again."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import httpx
import pytest

from sandbox import Sandbox
from sandbox.broken_paths import How
from tests.support.api import ApiHouse, api_house

CALLS: dict[str, tuple[str, str, Any]] = {
    "analysis": ("POST", "/api/v1/ai/analyze-clothing-item", {"clothing_item_id": str(uuid4())}),
    "status": ("GET", f"/api/v1/ai/analyses/{uuid4()}", None),
    "recommendations": ("GET", "/api/v1/recommendations/", None),
    "style": ("POST", "/api/v1/ai/calculate-style-dna", None),
    "listing": ("POST", "/api/v1/swap-market/process-listing", {"listing_id": str(uuid4())}),
}


@pytest.fixture
async def house(sandbox: Sandbox) -> AsyncIterator[ApiHouse]:
    """An API that waits for Supabase no longer than a second."""
    async with api_house(sandbox, supabase={"timeout_seconds": 1.0}) as running:
        yield running
        await sandbox.faults.clear()


async def ask(house: ApiHouse, name: str) -> httpx.Response:
    method, path, body = CALLS[name]
    return await (house.ada.get(path) if method == "GET" else house.ada.post(path, body))


@pytest.mark.parametrize("how", ["503", "hang", "reset"])
async def test_every_route_says_when_to_come_back(house: ApiHouse, how: How) -> None:
    await house.sandbox.faults.break_path("/rest/v1", how, 60)
    for name in CALLS:
        answer = await ask(house, name)
        assert (answer.status_code, answer.json()["code"]) == (503, "unavailable"), name
        assert int(answer.headers["Retry-After"]) >= 1
        assert house.sandbox.url not in answer.text
    await house.sandbox.faults.clear()
    assert (await ask(house, "recommendations")).status_code == 200


async def test_calls_to_supabase_are_counted_by_what_they_ask(house: ApiHouse) -> None:
    registry = house.api.context.services.metrics.registry
    assert (await ask(house, "status")).status_code == 404
    await house.sandbox.faults.break_path("/rest/v1", "503", 60)
    await ask(house, "status")
    samples = [sample for metric in registry.collect() for sample in metric.samples]
    calls = {
        (sample.labels["target"], sample.labels["outcome"]): sample.value
        for sample in samples
        if sample.name == "aura_upstream_calls_total"
    }
    assert {outcome for _, outcome in calls} >= {"ok", "unavailable"}
    targets = {target for target, _ in calls}
    assert targets
    assert all(target.replace("rpc/", "").replace("_", "").isalpha() for target in targets)


async def test_a_token_that_the_project_no_longer_takes_is_the_callers_to_renew(house: ApiHouse) -> None:
    await house.sandbox.faults.expire_tokens()
    answer = await ask(house, "status")
    assert (answer.status_code, answer.json()["code"]) == (401, "unauthorized")
    assert 'error="invalid_token"' in answer.headers["WWW-Authenticate"]
    renewed = await house.visitor("ada")
    assert (await renewed.get(CALLS["recommendations"][1])).status_code == 200
