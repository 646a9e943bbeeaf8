"""A chain of Vertex AI (the real SDK against a server that answers as it does) and the palette: who is asked when."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from google.oauth2.credentials import Credentials
from psycopg.rows import TupleRow
from tenacity import wait_none

from aura.errors import RetryAt
from aura.gateway.work_rows import OutstandingItem
from aura.vision.analyzer import Analyzer
from aura.vision.local.analyzer import LocalAnalyzer
from aura.vision.local.available import MODEL
from aura.vision.local.manifest import ModelFolder
from aura.vision.palette_analyzer import PaletteAnalyzer
from aura.vision.vertexai import VertexAIAnalyzer
from aura.vision.vertexai_options import VertexAIOptions
from handlers.analyze_item import analyze_item
from handlers.services import Services
from sandbox import Sandbox
from tests.support.fake_vertex import FakeVertex, blocked_prompt, daily_quota, error, fake_vertex, quota, says
from tests.support.handling import FakeClock, services_for, settings_for
from tests.support.wardrobes import Wearer, picture

DATA = Path(__file__).parents[2] / "data"
Db = psycopg.AsyncConnection[TupleRow]
POLO: dict[str, Any] = {
    "shows_garment": True,
    "category": {"value": "tops", "confidence": 0.99},
    "colors": [{"name": "navy", "hex": "#1F2A44", "share": 0.9, "confidence": 0.95}],
}
DOWN = error(503, "UNAVAILABLE")
TOKENS = (1000, 200, 0)
COST = (1000 * 0.30 + 200 * 2.50) / 1e6


@pytest.fixture
async def vertex() -> AsyncIterator[FakeVertex]:
    async with fake_vertex() as fake:
        fake.will(says(POLO, tokens=TOKENS))
        yield fake


@pytest.fixture
async def books(db: Db) -> AsyncIterator[Db]:
    """The project's usage, pauses and renewals, which are everybody's: empty, and as they were afterwards."""
    await db.execute("create table usage_before as select * from analysis_usage")
    await db.execute("delete from analysis_usage; delete from analysis_pauses; delete from analysis_renewals")
    yield db
    await db.execute("delete from analysis_usage; delete from analysis_pauses; delete from analysis_renewals")
    await db.execute("insert into analysis_usage select * from usage_before; drop table usage_before")


@asynccontextmanager
async def chain(
    sandbox: Sandbox, vertex: FakeVertex, clock: FakeClock, fallback: Analyzer | None = None, **analysis: Any
) -> AsyncIterator[Services]:
    """A process that asks Vertex AI first and another (the palette) instead; one try a call, two failures pause it."""
    options = VertexAIOptions("p", "l", "gemini", vertex.url, attempts=1, input_price=0.30, output_price=2.50)
    first = VertexAIAnalyzer(options, Credentials(token="t"), clock=clock, pause=wait_none())  # type: ignore[no-untyped-call]
    settings = settings_for(sandbox, analysis={"pause_after_failures": 2, "wait_seconds": 0, **analysis})
    try:
        async with services_for(
            sandbox, first, fallback or PaletteAnalyzer(), clock=clock, settings=settings
        ) as services:
            yield services
    finally:
        await first.aclose()


@pytest.fixture
async def house(sandbox: Sandbox, vertex: FakeVertex, clock: FakeClock, books: Db) -> AsyncIterator[Services]:
    async with chain(sandbox, vertex, clock) as services:
        yield services


async def source(wearer: Wearer, item_id: str) -> dict[str, Any]:
    tags = (await wearer.item(item_id))["ai_tags"]
    found: dict[str, Any] = tags["source"]
    return found


async def due(services: Services, *items: str) -> list[OutstandingItem]:
    """Of these items, those that the database lists for this process now."""
    found = await services.ledger.outstanding_items(1000, due_before=services.clock())
    return [each for each in found if each.id in items]


async def used(db: Db) -> tuple[float, ...]:
    """(calls, dollars spent, dollars set aside) of the project today."""
    project = "user_id = '00000000-0000-0000-0000-000000000000'"
    cursor = await db.execute(f"select calls, spent_usd, held_usd from analysis_usage where {project}".encode())
    found = await cursor.fetchone()
    assert found is not None
    return tuple(float(each) for each in found)


async def test_the_first_choice_answers_and_is_booked_at_its_price(
    ada: Wearer, house: Services, vertex: FakeVertex, books: Db
) -> None:
    item_id = await ada.add(await ada.photo())
    assert (await analyze_item(item_id, house)).status == "written"
    written = await source(ada, item_id)
    assert (written["analyzer"], written["version"]) == ("vertexai", "vertexai/gemini/1")
    assert "fallback" not in written
    assert await used(books) == pytest.approx((1, COST, 0.0))


async def test_while_it_is_out_the_fallback_answers_and_the_row_says_so(
    ada: Wearer, house: Services, vertex: FakeVertex, books: Db
) -> None:
    vertex.will(DOWN)
    item_id = await ada.add(await ada.photo())
    assert (await analyze_item(item_id, house)).status == "written"
    item = await ada.item(item_id)
    written = item["ai_tags"]["source"]
    assert (written["analyzer"], written["fallback"]) == ("palette", True)
    assert written["version"].startswith("palette/")
    assert item["color"] is not None or item["ai_tags"]["colors"]
    assert item["category"] is None
    assert await used(books) == (1, 0.0, 0.0)
    counted = house.metrics.registry.get_sample_value
    assert counted("aura_analyzer_fallbacks_total", {"analyzer": "vertexai", "code": "analyzer_unavailable"}) == 1
    assert (await analyze_item(item_id, house)).status == "unchanged"  # it has its tags


async def test_back_again_it_renews_what_the_fallback_tagged_once(
    ada: Wearer, house: Services, vertex: FakeVertex, books: Db
) -> None:
    vertex.will(DOWN)
    item_id = await ada.add(await ada.photo())
    await analyze_item(item_id, house)
    await ada.edit(item_id, pattern="my own")
    (listed,) = await due(house, item_id)
    assert (listed.again, listed.backfill) == (True, True)
    vertex.will(says(POLO))
    assert (await analyze_item(item_id, house, again=True)).status == "written"
    item = await ada.item(item_id)
    assert (item["category"], item["color"], item["pattern"]) == ("tops", "navy", "my own")
    assert item["ai_tags"]["source"]["analyzer"] == "vertexai"
    assert "fallback" not in item["ai_tags"]["source"]
    assert await due(house, item_id) == []
    assert (await analyze_item(item_id, house, again=True)).status == "unchanged"
    assert len(vertex.requests) == 2


async def test_an_open_breaker_is_not_knocked_at(
    ada: Wearer, house: Services, vertex: FakeVertex, clock: FakeClock
) -> None:
    vertex.will(DOWN)
    items = [await ada.add(await ada.photo()) for _ in range(6)]
    for item_id in items:
        assert (await analyze_item(item_id, house)).status == "written"
    assert len(vertex.requests) == 2
    assert await due(house, *items) == []
    clock.advance(seconds=31)
    (probe,) = await due(house, *items)
    with pytest.raises(RetryAt):
        await analyze_item(probe.id, house, again=True)
    assert len(vertex.requests) == 3
    assert (await source(ada, probe.id))["analyzer"] == "palette"
    assert await due(house, *items) == []
    clock.advance(seconds=61)
    vertex.will(says(POLO))
    (probe,) = await due(house, *items)
    assert (await analyze_item(probe.id, house, again=True)).status == "written"
    assert len(await due(house, *items)) >= 4  # one may still be in its own backoff


async def test_what_is_queued_to_be_renewed_is_put_back_while_it_is_out(
    ada: Wearer, house: Services, vertex: FakeVertex, db: Db
) -> None:
    vertex.will(DOWN)
    items = [await ada.add(await ada.photo()) for _ in range(3)]
    for item_id in items:
        await analyze_item(item_id, house)
    for item_id in items:
        assert (await analyze_item(item_id, house, again=True)).status == "unchanged"
    assert len(vertex.requests) == 2
    cursor = await db.execute("select count(*) from analysis_failures where item_id::text = any(%s)", [items])
    assert await cursor.fetchone() == (0,)


async def test_a_quota_is_honoured_to_the_second_and_across_processes(
    ada: Wearer, sandbox: Sandbox, house: Services, vertex: FakeVertex, clock: FakeClock
) -> None:
    vertex.will(quota("300s"))
    items = [await ada.add(await ada.photo()) for _ in range(3)]
    for item_id in items:
        await analyze_item(item_id, house)
    assert len(vertex.requests) == 1
    clock.advance(seconds=299)
    assert await due(house, *items) == []
    async with chain(sandbox, vertex, clock) as other:
        assert await due(other, *items) == []
        clock.advance(seconds=2)
        vertex.will(says(POLO))
        (probe,) = await due(other, *items)
        assert (await analyze_item(probe.id, other, again=True)).status == "written"
    for listed in await due(house, *items):
        assert (await analyze_item(listed.id, house, again=True)).status == "written"
    assert await due(house, *items) == []
    assert len(vertex.requests) == 4


async def test_a_daily_quota_parks_renewals_until_its_reset(
    ada: Wearer, house: Services, vertex: FakeVertex, clock: FakeClock
) -> None:
    vertex.will(daily_quota())
    item_id = await ada.add(await ada.photo())
    assert (await analyze_item(item_id, house)).status == "written"
    until = house.chain.links[0].guard
    assert until is not None
    assert until.state.until is not None
    assert timedelta(0) < until.state.until - clock() <= timedelta(hours=25)
    clock.now = until.state.until - timedelta(seconds=1)
    assert await due(house, item_id) == []
    clock.advance(seconds=1)
    assert len(await due(house, item_id)) == 1


@pytest.mark.parametrize("limit", [{"daily_calls_project": 1}, {"daily_cost_usd_project": 0.0114}])
async def test_over_budget_the_fallback_answers_until_tomorrow(
    ada: Wearer, sandbox: Sandbox, vertex: FakeVertex, clock: FakeClock, books: Db, limit: dict[str, Any]
) -> None:
    """One call may cost 1.13 cents and costs 0.08: the second does not fit."""
    async with chain(sandbox, vertex, clock, **limit) as services:
        items = [await ada.add(await ada.photo()) for _ in range(3)]
        for item_id in items:
            assert (await analyze_item(item_id, services)).status == "written"
        assert [(await source(ada, item_id))["analyzer"] for item_id in items] == ["vertexai", "palette", "palette"]
        assert len(vertex.requests) == 1
        assert await due(services, *items) == []
        clock.now = (clock() + timedelta(days=1)).replace(hour=0, minute=0, second=1)
        assert len(await due(services, *items)) == 1


async def test_a_persons_limit_does_not_pause_the_others(
    ada: Wearer, bob: Wearer, sandbox: Sandbox, vertex: FakeVertex, clock: FakeClock, books: Db
) -> None:
    async with chain(sandbox, vertex, clock, daily_calls_user=1) as services:
        hers = [await ada.add(await ada.photo()) for _ in range(2)]
        his = await bob.add(await bob.photo())
        for item_id in (*hers, his):
            await analyze_item(item_id, services)
        assert (await source(ada, hers[1]))["analyzer"] == "palette"
        assert (await source(bob, his))["analyzer"] == "vertexai"
        assert [listed.id for listed in await due(services, hers[1])] == hers[1:]
        with pytest.raises(RetryAt, match="The person's analyses") as parked:
            await analyze_item(hers[1], services, again=True)
        assert parked.value.at > clock()
        assert await due(services, hers[1]) == []


async def test_a_refused_photo_goes_to_nobody_else(ada: Wearer, house: Services, vertex: FakeVertex) -> None:
    vertex.will(blocked_prompt())
    item_id = await ada.add(await ada.photo())
    outcome = await analyze_item(item_id, house)
    assert (outcome.status, outcome.code) == ("failed", "photo_blocked")
    assert "colors" not in (await ada.item(item_id))["ai_tags"]


async def test_an_unreadable_photo_goes_to_nobody(ada: Wearer, house: Services, vertex: FakeVertex) -> None:
    item_id = await ada.add(await ada.photo(b"\xff\xd8\xffnot really"))
    assert (await analyze_item(item_id, house)).code == "unreadable_photo"
    assert not vertex.requests


async def test_refused_at_its_renewal_the_fallbacks_answer_stands(
    ada: Wearer, house: Services, vertex: FakeVertex
) -> None:
    vertex.will(DOWN)
    item_id = await ada.add(await ada.photo())
    await analyze_item(item_id, house)
    before = (await ada.item(item_id))["ai_tags"]
    vertex.will(blocked_prompt())
    await analyze_item(item_id, house, again=True)
    after = (await ada.item(item_id))["ai_tags"]
    assert after["colors"] == before["colors"]
    assert after["source"]["answered_by"] == before["source"]["version"]
    assert await due(house, item_id) == []


async def test_a_photo_that_makes_it_stumble_is_renewed_with_growing_pauses(
    ada: Wearer, house: Services, vertex: FakeVertex, clock: FakeClock, books: Db
) -> None:
    """Bad answers are paid for: not again with every listing."""
    vertex.will(says("{", tokens=(1000, 10, 0)))
    item_id = await ada.add(await ada.photo())
    assert (await analyze_item(item_id, house)).status == "written"
    assert len(vertex.requests) == 2
    with pytest.raises(RetryAt):
        await analyze_item(item_id, house, again=True)
    assert len(vertex.requests) == 4
    assert await due(house, item_id) == []
    assert await used(books) == pytest.approx((2, 4 * (1000 * 0.30 + 10 * 2.50) / 1e6, 0.0))


async def test_force_never_makes_an_answer_worse(ada: Wearer, house: Services, vertex: FakeVertex) -> None:
    item_id = await ada.add(await ada.photo())
    await analyze_item(item_id, house)
    vertex.will(DOWN)
    with pytest.raises(RetryAt) as refused:
        await analyze_item(item_id, house, force=True)
    assert refused.value.code == "analyzer_unavailable"
    assert (await source(ada, item_id))["analyzer"] == "vertexai"


async def test_the_same_bytes_are_known_by_who_answered(
    ada: Wearer, bob: Wearer, house: Services, vertex: FakeVertex
) -> None:
    data = picture()
    vertex.will(DOWN)
    first, second = await ada.add(await ada.photo(data)), await bob.add(await bob.photo(data))
    await analyze_item(first, house)
    vertex.will(says(POLO))
    await analyze_item(second, house)
    assert (await source(bob, second))["analyzer"] == "vertexai"
    asked = len(vertex.requests)
    await analyze_item(first, house, again=True)
    assert (await source(ada, first))["analyzer"] == "vertexai"
    assert len(vertex.requests) == asked  # paid for once


async def test_without_reanalysis_the_fallbacks_word_is_the_last(
    ada: Wearer, sandbox: Sandbox, vertex: FakeVertex, clock: FakeClock, books: Db
) -> None:
    vertex.will(DOWN)
    async with chain(sandbox, vertex, clock, reanalyze_fallback=False) as services:
        item_id = await ada.add(await ada.photo())
        assert (await analyze_item(item_id, services)).status == "written"
        assert (await source(ada, item_id))["fallback"] is True
        assert await due(services, item_id) == []
    async with chain(sandbox, vertex, clock) as services:
        assert await due(services, item_id) == []


async def test_a_lone_analyzer_out_of_order_leaves_the_photo_waiting(
    ada: Wearer, sandbox: Sandbox, vertex: FakeVertex, clock: FakeClock, books: Db
) -> None:
    vertex.will(quota("60s"))
    options = VertexAIOptions("p", "l", "gemini", vertex.url, attempts=1)
    lone = VertexAIAnalyzer(options, Credentials(token="t"), clock=clock)  # type: ignore[no-untyped-call]
    settings = settings_for(sandbox, analysis={"wait_seconds": 0})
    async with services_for(sandbox, lone, clock=clock, settings=settings) as services:
        items = [await ada.add(await ada.photo()) for _ in range(3)]
        for item_id in items:
            with pytest.raises(RetryAt) as parked:
                await analyze_item(item_id, services)
            assert parked.value.code == "analyzer_quota"
            assert clock() + timedelta(seconds=60) <= parked.value.at <= clock() + timedelta(seconds=66)
        assert len(vertex.requests) == 1
    await lone.aclose()


@pytest.fixture
async def tagger_at_home(sandbox: Sandbox, vertex: FakeVertex, clock: FakeClock, books: Db) -> AsyncIterator[Services]:
    """The chain that the documentation recommends: ``[vertexai, local]``."""
    local = LocalAnalyzer(ModelFolder.open(MODEL), workers=1)
    async with chain(sandbox, vertex, clock, local, pause_after_failures=3) as services:
        yield services
    await local.aclose()


async def test_the_local_tagger_stands_in_with_real_tags_until_the_first_choice_is_back(
    ada: Wearer, tagger_at_home: Services, vertex: FakeVertex
) -> None:
    vertex.will(DOWN)
    shorts = await ada.add(await ada.photo((DATA / "photos" / "shorts-red.jpg").read_bytes()))
    coffee = await ada.add(await ada.photo((DATA / "not_clothing" / "coffee.jpg").read_bytes()))
    assert [(await analyze_item(each, tagger_at_home)).status for each in (shorts, coffee)] == ["written", "no_garment"]
    item = await ada.item(shorts)
    written = item["ai_tags"]["source"]
    assert (item["category"], item["color"]) == ("bottoms", "red")
    assert (written["analyzer"], written["fallback"]) == ("local", True)
    assert written["version"].startswith(f"local/{ModelFolder.open(MODEL).manifest.version}+")
    assert {each.id for each in await due(tagger_at_home, shorts, coffee)} == {shorts, coffee}
    vertex.will(says(POLO))
    assert (await analyze_item(shorts, tagger_at_home, again=True)).status == "written"
    item = await ada.item(shorts)
    assert (item["category"], item["color"], item["ai_tags"]["source"]["analyzer"]) == ("tops", "navy", "vertexai")
    assert [each.id for each in await due(tagger_at_home, shorts, coffee)] == [coffee]
