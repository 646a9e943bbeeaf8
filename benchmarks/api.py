"""The HTTP API under load, beside a bare aiohttp handler and the same routes behind FastAPI and uvicorn.

Each server is one process on one core; the load comes from another process on the other core, so neither takes the
other's time. The sandbox's PostgREST and PostgreSQL take theirs from both, for every contestant alike.
"""

from __future__ import annotations

import json
import tempfile
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

from benchmarks.report import Report, Table, progress
from benchmarks.serving.contestants import CONTESTANTS, Contestant, packages
from benchmarks.serving.load import Case, Measured, measure
from benchmarks.serving.project import Project, project

SECONDS, QUICK_SECONDS = 10.0, 2.0
CONNECTIONS = 16
# Answers that are kept no longer than this are computed anew for every request.
NOTHING_KEPT = {"AURA__API__CACHE_SECONDS": "0.000001"}
RECOMMENDATIONS = "/api/v1/recommendations/?limit=10"
LISTING = "/api/v1/swap-market/process-listing"
DRAFT = {
    "title": "Vintage denim jacket, size M",
    "description": "Levi's jacket from the nineties, worn with love, no stains. Smoke-free home, happy to post it.",
    "condition": "good",
    "images_urls": [],
    "preferred_swap_categories": ["shoes"],
    "locale": "en",
}


async def run(quick: bool) -> Report:
    """All contestants, one after another, on one project."""
    seconds = QUICK_SECONDS if quick else SECONDS
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="aura-benchmark-")))
        site = await packages(folder)
        at = await stack.enter_async_context(project(people=CONNECTIONS, items=100 if quick else 500))
        rows = [row for contestant in CONTESTANTS for row in await _all_of(contestant, at, site, folder, seconds)]
    parameters = {"seconds": seconds, "connections": CONNECTIONS, "items": at.items, "workers": 1}
    return Report("api", parameters, [Table("one process, 16 connections", rows)])


async def _all_of(
    contestant: Contestant, at: Project, site: Path, folder: Path, seconds: float
) -> list[dict[str, Any]]:
    if contestant.bare:
        body = await _an_answer(at, site, folder)
        async with contestant.running(at, site, folder, {"BARE_BODY": body}) as server:
            return [_row(contestant, "plain JSON", await measure(server, _case(at, "/"), seconds))]
    async with contestant.running(at, site, folder, {}) as server:
        cached = await measure(server, _case(at, RECOMMENDATIONS), seconds)
        listing = await measure(server, _case(at, LISTING, DRAFT), seconds)
    async with contestant.running(at, site, folder, NOTHING_KEPT) as server:
        uncached = await measure(server, _case(at, RECOMMENDATIONS), seconds)
    return [
        _row(contestant, "recommendations, cached", cached),
        _row(contestant, "recommendations, uncached", uncached),
        _row(contestant, "process-listing", listing),
    ]


async def _an_answer(at: Project, site: Path, folder: Path) -> str:
    """What the API answers, for the bare handler to answer the same number of bytes."""
    async with CONTESTANTS[-1].running(at, site, folder, {}) as server:
        return await server.body(RECOMMENDATIONS, at.tokens[0])


def _case(at: Project, path: str, body: dict[str, Any] | None = None) -> Case:
    return Case(path, at.tokens, None if body is None else json.dumps(body))


def _row(contestant: Contestant, route: str, found: Measured) -> dict[str, Any]:
    progress(f"{contestant.name}: {route}: {found.per_second:,.0f} requests/s")
    return {
        "route": route,
        "served by": contestant.name,
        "requests/s": round(found.per_second),
        "p50 ms": round(found.p50_ms, 2),
        "p99 ms": round(found.p99_ms, 2),
        "processor, ms a request": round(found.cpu_ms, 3),
        "not 200": found.refused,
    }
