"""The guard around the Vertex AI analyzer: the real SDK, many photos at once, a server with a limit of its own."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from aiohttp import web
from google.oauth2.credentials import Credentials
from tenacity import wait_none

from aura.errors import Failure, Permanent, RetryAt
from aura.settings import AnalysisSettings
from aura.telemetry.metrics import Metrics
from aura.vision.chain import Chain, Link
from aura.vision.image import decode_photo
from aura.vision.vertexai import VertexAIAnalyzer
from aura.vision.vertexai_options import VertexAIOptions
from handlers.guards import guards
from tests.support.fake_vertex import Answer, blocked_prompt, error, fake_vertex, quota, says

PHOTO = decode_photo((Path(__file__).parents[2] / "data" / "photos" / "polo-navy.jpg").read_bytes())
OPTIONS = VertexAIOptions("p", "l", "gemini", attempts=1)
GARMENT = says({"shows_garment": True})


@dataclass
class Service:
    """Takes ``places`` questions at a time and refuses more as Google does."""

    places: int
    healthy: bool = True
    under_way: int = 0
    most: int = 0
    answered: Counter[str] = field(default_factory=Counter)
    go_on: asyncio.Event = field(default_factory=asyncio.Event)

    async def __call__(self, request: web.Request) -> web.StreamResponse:
        self.under_way += 1
        self.most = max(self.most, self.under_way)
        try:
            outcome, answer = self._answer()
            self.answered[outcome] += 1
            if outcome == "tags":
                await self.go_on.wait()
            return await answer(request)
        finally:
            self.under_way -= 1

    def _answer(self) -> tuple[str, Answer]:
        if not self.healthy:
            return "down", error(503, "UNAVAILABLE")
        if self.under_way > self.places:
            return "refused", error(429, "RESOURCE_EXHAUSTED")
        return "tags", GARMENT


@asynccontextmanager
async def guarded(*script: Answer, metrics: Metrics, **analysis: float) -> AsyncIterator[Link]:
    """The analyzer with its guard, at a server that answers so."""
    async with fake_vertex() as fake:
        fake.will(*script)
        options = replace(OPTIONS, base_url=fake.url)
        analyzer = VertexAIAnalyzer(options, Credentials(token="t"), pause=wait_none())  # type: ignore[no-untyped-call]
        settings = AnalysisSettings.model_validate(analysis)
        made = guards(settings, metrics, lambda: datetime.now(UTC), random.Random(1))
        try:
            yield Chain.of((analyzer,), made).links[0]
        finally:
            await analyzer.aclose()


async def ask(link: Link, patience: float = 120.0) -> str:
    """What became of one photo."""
    try:
        async with link.turn(patience, join_probe=True) as turn:
            return (await turn.ask(link.analyzer.analyze(PHOTO))).status
    except Failure as failure:
        return failure.code


def gauge(metrics: Metrics, name: str, **labels: str) -> float:
    value = metrics.registry.get_sample_value(f"aura_analyzer_{name}", {"analyzer": "vertexai", **labels})
    assert value is not None
    return value


async def test_it_settles_near_what_the_service_takes() -> None:
    service, metrics = Service(places=3), Metrics()
    service.go_on.set()
    async with guarded(service, metrics=metrics, pause_after_failures=1000, max_at_once=12) as link:
        outcomes = Counter(await asyncio.gather(*(ask(link) for _ in range(120))))
        assert outcomes["done"] == service.answered["tags"]
        assert outcomes["analyzer_quota"] == service.answered["refused"]
        assert service.answered["refused"] < service.answered["tags"]
        assert 1 <= gauge(metrics, "concurrency_limit") <= 12
        assert gauge(metrics, "in_flight") == 0
    assert service.most <= 12


async def test_room_is_found_where_there_is_room() -> None:
    service, metrics = Service(places=100), Metrics()
    service.go_on.set()
    async with guarded(service, metrics=metrics, max_at_once=11) as link:
        assert gauge(metrics, "concurrency_limit") == 8
        assert set(await asyncio.gather(*(ask(link) for _ in range(60)))) == {"done"}
        assert 8 < gauge(metrics, "concurrency_limit") <= 11
    assert service.most <= 11


async def test_out_of_order_it_is_left_alone_until_one_probe_has_found_it_back() -> None:
    service, metrics = Service(places=100, healthy=False), Metrics()
    async with guarded(service, metrics=metrics, pause_after_failures=3, pause_seconds=1.0) as link:
        for _ in range(10):
            assert await ask(link, patience=0.0) == "analyzer_unavailable"
        assert service.answered == {"down": 3}
        assert gauge(metrics, "breaker_state", state="open") == 1
        service.healthy = True
        waiting = [asyncio.create_task(ask(link)) for _ in range(10)]
        async with asyncio.timeout(60):
            while not service.answered["tags"]:
                await asyncio.sleep(0.01)
        assert service.answered == {"down": 3, "tags": 1}
        assert gauge(metrics, "breaker_state", state="probing") == 1
        service.go_on.set()
        assert set(await asyncio.gather(*waiting)) == {"done"}
        assert gauge(metrics, "breaker_state", state="closed") == 1


async def test_a_moment_that_google_names_is_honoured_by_all() -> None:
    metrics = Metrics()
    async with guarded(quota("600s"), GARMENT, metrics=metrics) as link:
        assert await ask(link) == "analyzer_quota"
        outcomes = await asyncio.gather(*(ask(link, patience=1.0) for _ in range(20)))
        assert set(outcomes) == {"analyzer_quota"}
        with pytest.raises(RetryAt) as parked:
            async with link.turn(0.0, join_probe=False):
                pass
        assert 590 < (parked.value.at - datetime.now(UTC)).total_seconds() <= 600
        assert gauge(metrics, "concurrency_limit") == 4  # the one that was refused halved it once


async def test_a_blocked_photo_says_nothing_about_the_service() -> None:
    async with guarded(blocked_prompt(), metrics=Metrics(), pause_after_failures=1) as link:
        for _ in range(3):
            with pytest.raises(Permanent):
                async with link.turn(0.0, join_probe=False) as turn:
                    await turn.ask(link.analyzer.analyze(PHOTO))


async def test_being_cancelled_says_nothing_about_the_service() -> None:
    service, metrics = Service(places=100), Metrics()
    async with guarded(service, metrics=metrics, pause_after_failures=1) as link:
        asking = asyncio.create_task(ask(link))
        async with asyncio.timeout(60):
            while not service.under_way:
                await asyncio.sleep(0.01)
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)
        assert gauge(metrics, "breaker_state", state="closed") == 1
        assert gauge(metrics, "in_flight") == 0
        service.go_on.set()
        assert await ask(link) == "done"
