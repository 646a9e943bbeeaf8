"""A daemon with a chain, as ops runs it: an outage of Vertex AI, a kill in the middle of it, all renewed by itself."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.rows import TupleRow

from tests.integration.process.conftest import Daemons
from tests.support.chained import chain_settings
from tests.support.daemon_process import DaemonProcess
from tests.support.fake_vertex import FakeVertex, error, fake_vertex, says
from tests.support.photo_server import PhotoServer
from tests.support.waiting import wait_for
from tests.support.wardrobes import Wearer, picture

POLO = {"shows_garment": True, "category": {"value": "tops", "confidence": 0.99}}


@pytest.fixture
async def vertex() -> AsyncIterator[FakeVertex]:
    async with fake_vertex() as fake:
        fake.will(error(503, "UNAVAILABLE"))
        yield fake


@pytest.fixture
async def no_leftovers(db: psycopg.AsyncConnection[TupleRow]) -> AsyncIterator[None]:
    """What one daemon tells others about Vertex AI is everybody's."""
    yield
    await db.execute("delete from analysis_pauses; delete from analysis_renewals")


@pytest.fixture
async def settings(vertex: FakeVertex, tmp_path: Path, no_leftovers: None) -> AsyncIterator[dict[str, str]]:
    async with chain_settings(vertex, tmp_path) as settings:
        yield settings


async def by(wearer: Wearer, items: list[str], analyzer: str) -> bool:
    """Whether all of these items have this analyzer's tags."""
    found: list[dict[str, Any]] = [(await wearer.item(item_id))["ai_tags"] or {} for item_id in items]
    return all(tags.get("source", {}).get("analyzer") == analyzer for tags in found)


async def test_an_outage_of_the_first_choice_costs_nobody_their_tags(
    daemons: Daemons, ada: Wearer, photos: PhotoServer, vertex: FakeVertex, settings: dict[str, str]
) -> None:
    roles = ("--roles", "consumer,worker")
    daemon = await daemons.start(*roles, **settings)
    await daemon.until_ready()
    items = [await ada.add(photos.publish(picture())) for _ in range(12)]
    await wait_for(lambda: by(ada, items, "palette"), seconds=90, what="the fallback's tags")
    assert await fallbacks(daemon) >= 12
    assert [(await ada.item(each))["ai_tags"]["source"]["fallback"] for each in items] == [True] * 12
    await daemon.kill()
    during_outage = len(vertex.requests)
    vertex.will(says(POLO))
    later = await daemons.start(*roles, **settings)
    await wait_for(lambda: by(ada, items, "vertexai"), seconds=90, what="the first choice's tags")
    assert (await ada.item(items[0]))["category"] == "tops"
    assert len(vertex.requests) == during_outage + 12
    assert await later.metric("aura_analyzer_breaker_state", state="closed") == 1
    assert await later.metric("aura_daily_used", unit="usd") > 0


async def fallbacks(daemon: DaemonProcess) -> float:
    return await daemon.metric("aura_analyzer_fallbacks_total", analyzer="vertexai")


async def test_a_fallback_does_not_hide_that_credentials_are_missing(
    daemons: Daemons, settings: dict[str, str], tmp_path: Path
) -> None:
    settings["GOOGLE_APPLICATION_CREDENTIALS"] = str(tmp_path / "missing.json")
    assert "GOOGLE_APPLICATION_CREDENTIALS" in await daemons.refused(**settings)
