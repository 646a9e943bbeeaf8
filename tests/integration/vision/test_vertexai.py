"""The Vertex AI analyzer: the real SDK against a server that answers as Vertex AI does."""

from __future__ import annotations

import base64
import sys
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from google.oauth2.credentials import Credentials
from tenacity import wait_none

from aura.errors import ConfigurationError, Failure, Permanent, RetryAt, Transient
from aura.settings import AnalysisSettings, Settings, VertexAISettings
from aura.vision.analyzer import Analyzer, Billed, build_analyzer, build_fallbacks
from aura.vision.garment import GarmentTags
from aura.vision.image import decode_photo
from aura.vision.vertexai import VertexAIAnalyzer
from aura.vision.vertexai_options import VertexAIOptions
from aura.vision.vocabulary import SUBCATEGORIES
from tests.support.fake_vertex import (
    Answer,
    FakeVertex,
    blocked_answer,
    blocked_prompt,
    body,
    cut_short,
    daily_quota,
    drops,
    error,
    fake_vertex,
    hangs,
    quota,
    raw,
    says,
)

PHOTO = decode_photo((Path(__file__).parents[2] / "data" / "photos" / "polo-navy.jpg").read_bytes())
NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
OPTIONS = VertexAIOptions("my-project", "europe-west4", "gemini-test", input_price=0.3, output_price=2.5)
GARMENT: dict[str, Any] = {
    "shows_garment": True,
    "category": {"value": "tops", "confidence": 0.99},
    "subcategory": {"value": "polo", "confidence": 0.9},
    "colors": [{"name": "navy", "hex": "#1F2A44", "share": 0.9, "confidence": 0.95}],
    "pattern": {"value": "plain", "confidence": 0.97},
    "material": None,
    "seasons": [{"value": "summer", "confidence": 0.8}],
}


@pytest.fixture
async def vertex() -> AsyncIterator[FakeVertex]:
    async with fake_vertex() as fake:
        yield fake


def credentials(token: str | None) -> Credentials:
    return Credentials(token=token)  # type: ignore[no-untyped-call]


def build(vertex: FakeVertex, **changes: Any) -> VertexAIAnalyzer:
    options = replace(OPTIONS, base_url=vertex.url, **changes)
    return VertexAIAnalyzer(options, credentials("t0ken"), clock=lambda: NOW, pause=wait_none())


@pytest.fixture
async def analyzer(vertex: FakeVertex) -> AsyncIterator[Analyzer]:
    analyzer = build(vertex)
    yield analyzer
    await analyzer.aclose()


async def failure(analyzer: Analyzer) -> Failure:
    with pytest.raises(Failure) as caught:
        await analyzer.analyze(PHOTO)
    assert "secret" not in caught.value.message
    assert "t0ken" not in caught.value.message
    return caught.value


async def test_tags_of_a_garment(vertex: FakeVertex, analyzer: Analyzer) -> None:
    vertex.will(says(GARMENT, tokens=(1000, 150, 50)))
    analysis = await analyzer.analyze(PHOTO)
    assert analysis.status == "done"
    assert analysis.tags.to_ai_tags() == {
        "category": {"value": "tops", "confidence": 0.99},
        "subcategory": {"value": "polo", "confidence": 0.9},
        "colors": [{"name": "navy", "hex": "#1f2a44", "share": 0.9, "confidence": 0.95}],
        "pattern": {"value": "plain", "confidence": 0.97},
        "seasons": [{"value": "summer", "confidence": 0.8}],
    }
    assert (analysis.usage.input_tokens, analysis.usage.output_tokens) == (1000, 200)
    assert analysis.usage.cost_usd == pytest.approx((1000 * 0.3 + 200 * 2.5) / 1e6)
    assert (analyzer.name, analyzer.model, analyzer.version) == ("vertexai", "gemini-test", "vertexai/gemini-test/1")


async def test_what_is_sent(vertex: FakeVertex, analyzer: Analyzer) -> None:
    vertex.will(says(GARMENT))
    await analyzer.analyze(PHOTO)
    assert vertex.tokens == ["Bearer t0ken"]
    place = "projects/my-project/locations/europe-west4/publishers/google/models/gemini-test"
    assert vertex.paths == [f"/v1/{place}:generateContent"]
    sent = vertex.requests[0]
    image = sent["contents"][0]["parts"][0]["inlineData"]
    assert base64.urlsafe_b64decode(image["data"]) == PHOTO.jpeg
    config = sent["generationConfig"]
    assert (config["temperature"], config["responseMimeType"]) == (0.0, "application/json")
    assert config["thinkingConfig"] in ({"thinkingBudget": 0}, {"thinking_budget": 0})
    properties = config["responseSchema"]["properties"]
    assert properties["subcategory"]["properties"]["value"]["enum"] == list(SUBCATEGORIES)


async def test_a_photo_without_a_garment(vertex: FakeVertex, analyzer: Analyzer) -> None:
    vertex.will(says({"shows_garment": False}))
    analysis = await analyzer.analyze(PHOTO)
    assert (analysis.status, analysis.tags) == ("no_garment", GarmentTags())


async def test_of_a_contradiction_the_category_is_believed(vertex: FakeVertex, analyzer: Analyzer) -> None:
    vertex.will(says({**GARMENT, "subcategory": {"value": "jeans", "confidence": 0.9}}))
    tags = (await analyzer.analyze(PHOTO)).tags
    assert tags.category is not None
    assert (tags.category.value, tags.subcategory) == ("tops", None)
    assert len(vertex.requests) == 1


@pytest.mark.parametrize("answer", [blocked_prompt(), blocked_prompt("PROHIBITED_CONTENT"), blocked_answer()])
async def test_a_safety_block_is_for_good(vertex: FakeVertex, analyzer: Analyzer, answer: Answer) -> None:
    vertex.will(answer)
    found = await failure(analyzer)
    assert (type(found), found.code) == (Permanent, "photo_blocked")
    assert len(vertex.requests) == 1


@pytest.mark.parametrize(
    ("answer", "seconds"),
    [
        (quota("37s"), 37.0),
        (quota("1.5s"), 1.5),
        (error(429, "RESOURCE_EXHAUSTED", headers={"Retry-After": "20"}), 20.0),
        (error(429, "RESOURCE_EXHAUSTED", headers={"Retry-After": "Sun, 22 Nov 2026 12:02:00 GMT"}), 120.0),
    ],
)
async def test_quota_with_a_known_end(vertex: FakeVertex, analyzer: Analyzer, answer: Answer, seconds: float) -> None:
    vertex.will(answer)
    found = await failure(analyzer)
    assert isinstance(found, RetryAt)
    assert (found.code, found.at) == ("analyzer_quota", NOW + timedelta(seconds=seconds))
    assert len(vertex.requests) == 1


async def test_a_daily_quota_parks_until_google_begins_a_new_day(vertex: FakeVertex, analyzer: Analyzer) -> None:
    vertex.will(daily_quota())
    found = await failure(analyzer)
    assert isinstance(found, RetryAt)
    assert (found.code, found.at) == ("analyzer_quota", datetime(2026, 11, 23, 8, 0, tzinfo=UTC))


async def test_an_outage_with_a_known_end(vertex: FakeVertex, analyzer: Analyzer) -> None:
    vertex.will(error(503, "UNAVAILABLE", headers={"Retry-After": "90"}))
    found = await failure(analyzer)
    assert isinstance(found, RetryAt)
    assert (found.code, found.at) == ("analyzer_unavailable", NOW + timedelta(seconds=90))
    assert len(vertex.requests) == 1


@pytest.mark.parametrize(
    "answer", [error(429, "RESOURCE_EXHAUSTED"), quota("soon"), raw("slow down", 429, "text/plain")]
)
async def test_quota_without_a_known_end(vertex: FakeVertex, analyzer: Analyzer, answer: Answer) -> None:
    vertex.will(answer)
    found = await failure(analyzer)
    assert (type(found), found.code) == (Transient, "analyzer_quota")


@pytest.mark.parametrize(("code", "status"), [(401, "UNAUTHENTICATED"), (403, "PERMISSION_DENIED"), (404, "NOT_FOUND")])
async def test_a_refusal_names_what_to_check(vertex: FakeVertex, analyzer: Analyzer, code: int, status: str) -> None:
    vertex.will(error(code, status))
    found = await failure(analyzer)
    assert (type(found), found.code) == (Transient, "analyzer_unavailable")
    assert all(word in found.message for word in (str(code), "roles/aiplatform.user", "vertexai.project", "my-project"))
    assert len(vertex.requests) == 1


TROUBLE = [
    error(500, "INTERNAL"),
    error(503, "UNAVAILABLE"),
    raw("<html>bad gateway", 502, "text/html"),
    drops,
    cut_short,
]


@pytest.mark.parametrize("answer", TROUBLE)
async def test_short_trouble_is_tried_again(vertex: FakeVertex, analyzer: Analyzer, answer: Answer) -> None:
    vertex.will(answer, answer, says(GARMENT))
    assert (await analyzer.analyze(PHOTO)).status == "done"
    assert len(vertex.requests) == 3


@pytest.mark.parametrize("answer", TROUBLE)
async def test_lasting_trouble_ends_after_the_attempts(vertex: FakeVertex, analyzer: Analyzer, answer: Answer) -> None:
    vertex.will(answer)
    found = await failure(analyzer)
    assert isinstance(found, Transient)
    assert found.code == "analyzer_unavailable"
    assert len(vertex.requests) == OPTIONS.attempts


BAD = [
    says(str(GARMENT)[:40]),
    says({**GARMENT, "pattern": {"value": "sparkly", "confidence": 1}}),
    says({"category": {"value": "tops", "confidence": 1}}),
    says({**GARMENT, "colors": [{"name": "navy", "hex": "dark", "share": 1, "confidence": 1}]}),
    says([1, 2]),
    says("", finish="STOP"),
    says('{"shows_garment": true, "cat', finish="MAX_TOKENS"),
    says("", finish="RECITATION"),
    body({"candidates": []}),
    body({}),
    body({"promptFeedback": {"blockReason": "OTHER"}}),
]


@pytest.mark.parametrize("answer", BAD)
async def test_a_bad_answer_is_asked_for_once_more(vertex: FakeVertex, analyzer: Analyzer, answer: Answer) -> None:
    vertex.will(answer, says(GARMENT))
    assert (await analyzer.analyze(PHOTO)).status == "done"
    warmth = [sent["generationConfig"]["temperature"] for sent in vertex.requests]
    assert warmth[0] == 0.0 < warmth[1]


async def test_both_answers_are_paid_for(vertex: FakeVertex, analyzer: Analyzer) -> None:
    vertex.will(says("{", tokens=(1000, 10, 0)), says(GARMENT, tokens=(1000, 200, 0)))
    usage = (await analyzer.analyze(PHOTO)).usage
    assert (usage.input_tokens, usage.output_tokens) == (2000, 210)


@pytest.mark.parametrize("then", [says("{", tokens=(1000, 30, 0)), quota("5s"), error(403, "PERMISSION_DENIED")])
async def test_a_failure_says_what_it_cost(vertex: FakeVertex, analyzer: Analyzer, then: Answer) -> None:
    vertex.will(says("{", tokens=(1000, 10, 0)), then)
    found = await failure(analyzer)
    if isinstance(found, Billed):
        assert found.usage.input_tokens >= 1000
        assert found.usage.cost_usd >= (1000 * 0.3 + 10 * 2.5) / 1e6
    else:
        assert isinstance(found, RetryAt)


@pytest.mark.parametrize("answer", [*BAD, raw("no JSON"), raw('{"candidates": 7}'), raw("[]")])
async def test_bad_answers_end_after_the_second(vertex: FakeVertex, analyzer: Analyzer, answer: Answer) -> None:
    vertex.will(answer)
    found = await failure(analyzer)
    assert isinstance(found, Transient)
    assert found.code == "analyzer_bad_answer"
    assert len(vertex.requests) == 2


async def test_no_answer_ends_in_time(vertex: FakeVertex) -> None:
    vertex.will(says(GARMENT), hangs)
    analyzer = build(vertex, timeout=30.0)
    await analyzer.analyze(PHOTO)  # the SDK's import is not what is timed
    analyzer.timeout = 0.3
    found = await failure(analyzer)
    assert (type(found), found.code) == (Transient, "analyzer_timeout")
    await analyzer.aclose()


async def test_credentials_that_cannot_be_refreshed(vertex: FakeVertex) -> None:
    analyzer = VertexAIAnalyzer(replace(OPTIONS, base_url=vertex.url), credentials(None))
    found = await failure(analyzer)
    assert (type(found), found.code) == (Transient, "analyzer_unavailable")
    assert not vertex.requests
    await analyzer.aclose()


def settings(**vertexai: Any) -> Settings:
    return Settings(analysis=AnalysisSettings(analyzer=("vertexai",)), vertexai=VertexAISettings(**vertexai))


def test_a_missing_project_is_said_at_start() -> None:
    with pytest.raises(ConfigurationError, match="GOOGLE_CLOUD_PROJECT"):
        build_analyzer(settings())


def test_missing_credentials_are_said_at_start(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("NO_GCE_CHECK", "true")
    monkeypatch.setenv("CLOUDSDK_CONFIG", str(tmp_path))
    monkeypatch.delenv("GOOGLE_APPLICATION_CREDENTIALS", raising=False)
    with pytest.raises(ConfigurationError, match="GOOGLE_APPLICATION_CREDENTIALS"):
        build_analyzer(settings(project="p"))
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(tmp_path / "missing.json"))
    with pytest.raises(ConfigurationError, match="GOOGLE_APPLICATION_CREDENTIALS"):
        build_analyzer(settings(project="p"))


def test_a_missing_sdk_is_said_at_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "google.genai", None)
    with pytest.raises(ConfigurationError, match=r"aura-backend\[vertexai\]"):
        build_analyzer(settings(project="p"))


def test_no_analyzer_is_an_error_that_names_the_setting() -> None:
    with pytest.raises(ConfigurationError, match=r"AURA__ANALYSIS__ANALYZER"):
        build_analyzer(Settings())


@pytest.mark.parametrize("named", [("palette", "palette"), ("palette", "vertexai")])
def test_a_chain_that_makes_no_sense_is_refused(named: tuple[Any, ...]) -> None:
    with pytest.raises(ValueError, match=r"palette|once"):
        AnalysisSettings(analyzer=named)


def test_a_fallback_does_not_stand_in_for_missing_credentials(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(tmp_path / "missing.json"))
    chain = settings(project="p").model_copy(update={"analysis": AnalysisSettings(analyzer=("vertexai", "palette"))})
    with pytest.raises(ConfigurationError, match="GOOGLE_APPLICATION_CREDENTIALS"):
        build_analyzer(chain)
    assert [each.name for each in build_fallbacks(chain)] == ["palette"]


async def test_the_palette_is_built_without_google() -> None:
    analyzer = build_analyzer(Settings(analysis=AnalysisSettings(analyzer=("palette",))))
    assert (analyzer.name, analyzer.paid) == ("palette", False)
    found = await analyzer.analyze(PHOTO)
    assert found.tags.colors[0].name == "navy"
    assert found == await analyzer.analyze(PHOTO)
    await analyzer.aclose()
