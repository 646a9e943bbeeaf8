"""A model's suggestions through the real SDK, against a server that answers as Vertex AI does: never in the way."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest
from google.oauth2.credentials import Credentials

from aura.assistant.vertexai import Assistant
from aura.errors import ConfigurationError
from aura.market.listing import Listing
from aura.market.review import Review
from aura.settings import Settings
from aura.vision.vertexai_options import VertexAIOptions
from handlers.acting import Caller
from handlers.check_listing import Draft, check_draft
from handlers.services import Services
from sandbox import Sandbox
from tests.support.fake_vertex import (
    Answer,
    FakeVertex,
    blocked_answer,
    blocked_prompt,
    cut_short,
    drops,
    error,
    fake_vertex,
    hangs,
    quota,
    raw,
    says,
)
from tests.support.handling import services_for, settings_for
from tests.support.instant import InstantAnalyzer
from tests.support.wardrobes import Wearer

SAID = {"tags": ["dress", "summer", "casual"], "title": "Navy cotton dress from the seventies"}
OPTIONS = VertexAIOptions("my-project", "europe-west4", "gemini-test", input_price=0.3, output_price=2.5)


async def run(function: Callable[[Listing, str], Review], listing: Listing, language: str) -> Review:
    return await asyncio.to_thread(function, listing, language)


@dataclass
class Shop:
    """Somebody with a dress, and a model to ask about it."""

    services: Services
    ada: Wearer
    item: str
    vertex: FakeVertex
    assistant: Assistant

    async def review(self, *, assistant: bool = True, **changes: Any) -> Review:
        photo = f"{self.services.settings.supabase.url}storage/v1/object/public/items/a.jpg"
        said = {"title": "Nice!", "description": "A navy cotton dress from the seventies, worn twice."}
        draft = Draft(**{**said, "condition": "good", "images_urls": (photo,), "item_id": self.item, **changes})
        caller = Caller(self.ada.id, await self.ada.person.token())
        return await check_draft(draft, "en", caller, self.services, run, self.assistant if assistant else None)

    def count(self, name: str, **labels: str) -> float:
        labels = {"analyzer": "vertexai_listing", **labels}
        return self.services.metrics.registry.get_sample_value(name, labels) or 0.0


@pytest.fixture
async def vertex() -> AsyncIterator[FakeVertex]:
    async with fake_vertex() as fake:
        fake.will(says(SAID, tokens=(900, 60, 0)))
        yield fake


def assistant_at(vertex: FakeVertex, *, seconds: float = 60.0, at_once: int = 4) -> Assistant:
    options = replace(OPTIONS, base_url=vertex.url)
    return Assistant(options, Credentials(token="t"), seconds=seconds, at_once=at_once)  # type: ignore[no-untyped-call]


@pytest.fixture
async def shop(
    sandbox: Sandbox, ada: Wearer, vertex: FakeVertex, request: pytest.FixtureRequest
) -> AsyncIterator[Shop]:
    chosen = settings_for(sandbox, market=getattr(request, "param", {}))
    row = {"user_id": ada.id, "name": "Dress"}
    item = str((await ada.person.client.table("clothing_items").insert(row).execute()).data[0]["id"])  # type: ignore[index,call-overload]
    assistant = assistant_at(vertex)
    assistant.open()
    async with services_for(sandbox, InstantAnalyzer(), settings=chosen) as services:
        yield Shop(services, ada, item, vertex, assistant)
    await assistant.aclose()


async def test_a_listing_is_enriched_in_one_call(shop: Shop) -> None:
    plain = await shop.review(assistant=False)
    review = await shop.review()
    assert review.valid
    assert review.suggested_tags[: len(plain.suggested_tags)] == plain.suggested_tags
    assert {"summer", "casual"} <= set(review.suggested_tags)
    assert review.suggested_title == SAID["title"]
    (asked,) = shop.vertex.requests
    assert "navy cotton dress" in str(asked["contents"])
    assert shop.ada.id not in str(asked)
    assert asked["generationConfig"]["responseMimeType"] == "application/json"
    assert (shop.count("aura_analyzer_calls_total"), shop.count("aura_analyzer_tokens_total", direction="input")) == (
        1,
        900,
    )
    assert shop.count("aura_analyzer_cost_usd_total") == pytest.approx((900 * 0.3 + 60 * 2.5) / 1_000_000)


async def test_a_listing_that_may_not_be_published_is_shown_to_no_model(shop: Shop) -> None:
    review = await shop.review(description="A fucking nice dress, text me on 0532 123 45 67")
    assert not review.valid
    assert shop.vertex.requests == []


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (error(500, "INTERNAL"), "model_unavailable"),
        (error(403, "PERMISSION_DENIED"), "model_unavailable"),
        (quota("30s"), "model_unavailable"),
        (drops, "model_unavailable"),
        (cut_short, "model_unavailable"),
        (raw("<html>"), "model_unavailable"),
        (blocked_prompt(), "model_refused"),
        (blocked_answer(), "model_refused"),
        (says({"tags": []}, finish="MAX_TOKENS"), "model_refused"),
    ],
)
async def test_trouble_leaves_the_review_as_it_is(shop: Shop, answer: Answer, code: str) -> None:
    shop.vertex.will(answer)
    assert await shop.review() == await shop.review(assistant=False)
    assert len(shop.vertex.requests) == 1, "nothing is tried again"
    assert shop.count("aura_analyzer_errors_total", code=code) == 1


@pytest.mark.parametrize("said", ["no JSON", {"tags": ["free money"]}, {"title": "Gucci replica dress"}, []])
async def test_an_answer_outside_the_shape_adds_nothing(shop: Shop, said: Any) -> None:
    shop.vertex.will(says(said))
    assert await shop.review() == await shop.review(assistant=False)


async def test_a_model_that_hangs_is_waited_for_no_longer_than_the_setting_says(shop: Shop) -> None:
    await shop.review()  # the SDK is open
    shop.vertex.will(hangs)
    shop.assistant.seconds = 0.5
    async with asyncio.timeout(30):
        review = await shop.review()
    assert review == await shop.review(assistant=False)
    assert shop.count("aura_analyzer_errors_total", code="model_timeout") == 1


async def test_who_comes_when_all_turns_are_taken_goes_without(shop: Shop, vertex: FakeVertex) -> None:
    shop.assistant = assistant_at(vertex, at_once=1)
    vertex.will(hangs)
    waiting = asyncio.create_task(shop.review())

    async def taken() -> None:
        while not shop.assistant.busy:
            await asyncio.sleep(0.01)

    await asyncio.wait_for(taken(), 30)
    assert await shop.review() == await shop.review(assistant=False)
    assert shop.count("aura_analyzer_errors_total", code="model_busy") == 1
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    await shop.assistant.aclose()


@pytest.mark.parametrize("shop", [{"model_daily_calls_user": 1}], indirect=True)
async def test_the_days_budget_ends_suggestions_and_nothing_else(shop: Shop) -> None:
    assert (await shop.review()).suggested_title == SAID["title"]
    assert await shop.review() == await shop.review(assistant=False)
    assert len(shop.vertex.requests) == 1
    assert shop.count("aura_analyzer_errors_total", code="daily_limit") == 1


def test_it_is_off_unless_asked_for_and_needs_the_analyzer() -> None:
    assert Assistant.from_settings(Settings()) is None
    alone = Settings.model_validate({"market": {"model": True}, "analysis": {"analyzer": ["palette"]}})
    with pytest.raises(ConfigurationError, match="AURA__MARKET__MODEL"):
        Assistant.from_settings(alone)
