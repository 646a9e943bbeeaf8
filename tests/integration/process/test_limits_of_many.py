"""Two daemons as ops runs them, on one project: a limit of calls is exact, and a spent quota outlives its process."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable
from pathlib import Path

import psycopg
import pytest
from psycopg.rows import TupleRow

from tests.integration.process.conftest import Daemons
from tests.support.chained import chain_settings
from tests.support.fake_vertex import FakeVertex, daily_quota, fake_vertex, says
from tests.support.photo_server import PhotoServer
from tests.support.waiting import wait_for
from tests.support.wardrobes import Wearer, picture

DAEMON = ("--roles", "consumer,worker")
POLO = {"shows_garment": True, "category": {"value": "tops", "confidence": 0.99}}
Db = psycopg.AsyncConnection[TupleRow]


@pytest.fixture
async def vertex() -> AsyncIterator[FakeVertex]:
    async with fake_vertex() as fake:
        fake.will(says(POLO))
        yield fake


@pytest.fixture
async def paid(vertex: FakeVertex, tmp_path: Path) -> AsyncIterator[dict[str, str]]:
    """Vertex AI alone."""
    async with chain_settings(vertex, tmp_path) as settings:
        yield settings | {"AURA__ANALYSIS__ANALYZER": "vertexai"}


async def parked(db: Db, ada: Wearer, code: str) -> int:
    """How many of somebody's photos wait for that reason."""
    query = "select count(*) from analysis_failures where user_id = %s and code = %s and not permanent"
    row = await (await db.execute(query, [ada.id, code])).fetchone()
    return int(row[0]) if row else 0


async def tagged(ada: Wearer, items: list[str]) -> int:
    """How many of these are tagged."""
    return [(await ada.item(item))["ai_tags"] is not None for item in items].count(True)


async def test_a_limit_of_five_calls_is_five_calls_of_two_daemons(
    daemons: Daemons, ada: Wearer, photos: PhotoServer, vertex: FakeVertex, paid: dict[str, str], db: Db
) -> None:
    both = [await daemons.start(*DAEMON, **paid, AURA__ANALYSIS__DAILY_CALLS_USER="5") for _ in range(2)]
    for each in both:
        await each.until_ready()
    items = [await ada.add(photos.publish(picture())) for _ in range(12)]
    await wait_for(lambda: _is(tagged(ada, items), 5), seconds=90, what="five that are tagged")
    await wait_for(lambda: _is(parked(db, ada, "daily_limit"), 7), seconds=90, what="seven that wait for tomorrow")
    assert len(vertex.requests) == 5
    calls = [await each.metric("aura_analyzer_calls_total", analyzer="vertexai") for each in both]
    assert sum(calls) == 5


async def test_a_quota_that_is_spent_is_spent_for_the_next_process_too(
    daemons: Daemons, ada: Wearer, photos: PhotoServer, vertex: FakeVertex, paid: dict[str, str], db: Db
) -> None:
    """Until somebody says otherwise: ``aura_resume_analyzer`` and a new start."""
    vertex.will(daily_quota())
    first = await daemons.start(*DAEMON, **paid)
    await first.until_ready()
    items = [await ada.add(photos.publish(picture()))]
    await wait_for(lambda: _is(parked(db, ada, "analyzer_quota"), 1), seconds=90, what="the first photo parked")
    await first.kill()
    vertex.will(says(POLO))
    second = await daemons.start(*DAEMON, **paid)
    await second.until_ready()
    items += [await ada.add(photos.publish(picture())) for _ in range(4)]
    await wait_for(lambda: _is(parked(db, ada, "analyzer_quota"), 5), seconds=90, what="all photos parked")
    assert len(vertex.requests) == 1
    assert await second.stop() == 0
    await db.execute("select aura_resume_analyzer('vertexai'), aura_retry_failures()")
    third = await daemons.start(*DAEMON, **paid)
    await third.until_ready()
    await wait_for(lambda: _is(tagged(ada, items), 5), seconds=90, what="everything tagged")
    assert len(vertex.requests) == 6


async def _is(count: Awaitable[int], expected: int) -> bool:
    return await count == expected
