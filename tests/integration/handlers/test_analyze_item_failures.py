"""Failures are booked where their owner can read them, tried again for ever, and final only where it is the photo."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import psycopg
import pytest
from psycopg.rows import TupleRow

from aura.errors import Permanent, RetryAt, Transient
from handlers.analyze_item import analyze_item
from handlers.services import Services
from sandbox import Sandbox
from tests.support.handling import FakeClock, services_for, settings_for
from tests.support.instant import InstantAnalyzer
from tests.support.wardrobes import Wearer, picture

Db = psycopg.AsyncConnection[TupleRow]


async def failure_of(wearer: Wearer, item_id: str) -> dict[str, Any] | None:
    """The failure as the owner sees it."""
    answer = await wearer.person.client.table("analysis_failures").select("*").eq("item_id", item_id).execute()
    return cast("dict[str, Any]", answer.data[0]) if answer.data else None


async def attempt(item_id: str, services: Services) -> RetryAt:
    with pytest.raises(RetryAt) as caught:
        await analyze_item(item_id, services)
    return caught.value


async def outstanding(db: Db, item_id: str, before: datetime) -> bool:
    found = await db.execute("select from aura_outstanding_items(1000, %s) where id = %s", [before, item_id])
    return await found.fetchone() is not None


async def test_a_broken_photo_is_final_and_leaves_the_list(
    ada: Wearer, bob: Wearer, services: Services, analyzer: InstantAnalyzer, db: Db
) -> None:
    item_id = await ada.add(await ada.photo(b"\xff\xd8\xffnot really"), category="jeans")
    outcome = await analyze_item(item_id, services)
    assert (outcome.status, outcome.code, outcome.fields) == ("failed", "unreadable_photo", ("ai_tags",))
    item = await ada.item(item_id)
    assert item["category"] == "jeans"
    assert (item["ai_tags"]["status"], item["ai_tags"]["code"]) == ("failed", "unreadable_photo")
    booked = await failure_of(ada, item_id)
    assert booked is not None
    assert (booked["permanent"], booked["code"], booked["attempts"]) == (True, "unreadable_photo", 1)
    assert await failure_of(bob, item_id) is None
    assert not await outstanding(db, item_id, datetime.now(UTC) + timedelta(days=999))
    again = await analyze_item(item_id, services)
    assert (again.status, again.code, again.fields) == ("failed", "unreadable_photo", ())
    assert analyzer.total == 0


async def test_a_new_photo_makes_good_for_a_broken_one(ada: Wearer, services: Services) -> None:
    item_id = await ada.add(await ada.photo(b"broken"))
    await analyze_item(item_id, services)
    await ada.edit(item_id, image_url=await ada.photo())
    assert (await analyze_item(item_id, services)).status == "written"
    assert await failure_of(ada, item_id) is None


@pytest.mark.parametrize(
    "url", ["https://example.com/a.jpg", "http://127.0.0.1/a.jpg", "data:image/png;base64," + "A" * 60_000]
)
async def test_a_photo_from_elsewhere_is_refused_for_good(ada: Wearer, services: Services, url: str) -> None:
    item_id = await ada.add(url)
    outcome = await analyze_item(item_id, services)
    assert (outcome.status, outcome.code) == ("failed", "photo_host_not_allowed")
    assert (await ada.item(item_id))["ai_tags"]["source"]["photo"] == url


async def test_an_analyzer_that_is_out_for_three_hours(
    ada: Wearer, services: Services, analyzer: InstantAnalyzer, clock: FakeClock, db: Db
) -> None:
    item_id = await ada.add(await ada.photo())
    began, waits = clock.now, list[float]()
    analyzer.failure = Transient("analyzer_unavailable", "The analyzer is down.")
    while clock.now < began + timedelta(hours=3):
        failed = await attempt(item_id, services)
        assert failed.code == "analyzer_unavailable"
        assert not await outstanding(db, item_id, failed.at - timedelta(seconds=1))
        assert await outstanding(db, item_id, failed.at + timedelta(seconds=1))
        waits.append((failed.at - clock.now).total_seconds())
        clock.now = failed.at
    assert all(15 * 2**n <= wait <= 30 * 2**n for n, wait in enumerate(waits[:7]))
    assert all(1800 <= wait <= 3600 for wait in waits[7:])
    booked = await failure_of(ada, item_id)
    assert booked is not None
    assert booked["attempts"] == len(waits) <= 14
    analyzer.failure = None
    assert (await analyze_item(item_id, services)).status == "written"
    assert await failure_of(ada, item_id) is None
    assert analyzer.total == len(waits) + 1


async def test_a_stale_analysis_that_fails_is_put_off_as_well(
    ada: Wearer, services: Services, sandbox: Sandbox, db: Db
) -> None:
    item_id = await ada.add(await ada.photo())
    await analyze_item(item_id, services)
    await db.execute(
        "insert into analysis_admitted (item_id, item_created_at, reason, version)"
        " select id, created_at, 'stale', ai_tags->'source'->>'version' from clothing_items where id = %s",
        [item_id],
    )
    newer = InstantAnalyzer(model="2")
    newer.failure = Transient("analyzer_unavailable", "The analyzer is down.")
    async with services_for(sandbox, newer) as later:
        with pytest.raises(RetryAt) as caught:
            await analyze_item(item_id, later, again=True)
        assert not await outstanding(db, item_id, caught.value.at - timedelta(seconds=1))
        assert await outstanding(db, item_id, caught.value.at + timedelta(seconds=1))
        newer.failure = None
        await analyze_item(item_id, later, again=True)
    assert not await outstanding(db, item_id, datetime.now(UTC) + timedelta(days=9))
    assert await failure_of(ada, item_id) is None


async def test_a_quota_is_waited_for_as_long_as_it_says(
    ada: Wearer, services: Services, analyzer: InstantAnalyzer, clock: FakeClock
) -> None:
    item_id = await ada.add(await ada.photo())
    at = clock.now + timedelta(hours=5)
    analyzer.failure = RetryAt("analyzer_quota", "The quota is spent.", at)
    failed = await attempt(item_id, services)
    assert at <= failed.at <= at + timedelta(seconds=5)


async def test_a_photo_that_the_service_blocks_is_final(
    ada: Wearer, services: Services, analyzer: InstantAnalyzer
) -> None:
    item_id = await ada.add(await ada.photo())
    analyzer.failure = Permanent("photo_blocked", "The service refuses this photo.")
    assert (await analyze_item(item_id, services)).code == "photo_blocked"
    assert (await analyze_item(item_id, services)).code == "photo_blocked"
    assert analyzer.total == 1


async def test_a_slow_analyzer_is_cut_off(ada: Wearer, sandbox: Sandbox) -> None:
    analyzer = InstantAnalyzer(timeout=0.05)
    async with services_for(sandbox, analyzer) as services:
        analyzer.gate = asyncio.Event()
        assert (await attempt(await ada.add(await ada.photo()), services)).code == "analyzer_timeout"


async def test_a_missing_photo_may_still_come_and_is_gone_after_a_day(
    ada: Wearer, services: Services, clock: FakeClock
) -> None:
    item_id = await ada.add(await ada.link(f"{ada.id}/not-there.jpg"))
    assert (await attempt(item_id, services)).code == "photo_missing"
    clock.advance(hours=23)
    assert (await attempt(item_id, services)).code == "photo_missing"
    clock.advance(hours=2)
    assert (await analyze_item(item_id, services)).code == "photo_gone"
    assert (await ada.item(item_id))["ai_tags"]["code"] == "photo_gone"


async def test_a_photo_that_comes_late_is_tagged(ada: Wearer, services: Services) -> None:
    item_id = await ada.add(await ada.link(f"{ada.id}/late.jpg"))
    assert (await attempt(item_id, services)).code == "photo_missing"
    await ada.photo(name="late.jpg")
    assert (await analyze_item(item_id, services)).status == "written"


async def test_an_unforeseen_error_is_booked_and_passed_on(
    ada: Wearer, services: Services, analyzer: InstantAnalyzer
) -> None:
    item_id = await ada.add(await ada.photo())
    analyzer.failure = ZeroDivisionError("a defect")
    with pytest.raises(ZeroDivisionError):
        await analyze_item(item_id, services)
    booked = await failure_of(ada, item_id)
    assert booked is not None
    assert booked["code"] == "unexpected"
    assert "defect" not in booked["message"]


@pytest.fixture
async def spent(db: Db) -> AsyncIterator[None]:
    """Today's usage as it was, put back afterwards: the project's row is everybody's."""
    await db.execute("create table usage_before as select * from analysis_usage")
    yield
    await db.execute("delete from analysis_usage; insert into analysis_usage select * from usage_before")
    await db.execute("drop table usage_before")


async def test_a_persons_limit_parks_the_rest_until_tomorrow(
    ada: Wearer, bob: Wearer, sandbox: Sandbox, spent: None
) -> None:
    analyzer = InstantAnalyzer(paid=True)
    settings = settings_for(sandbox, analysis={"daily_calls_user": 1, "daily_calls_project": 100_000})
    async with services_for(sandbox, analyzer, settings=settings) as services:
        first, second, other = (
            await ada.add(await ada.photo()),
            await ada.add(await ada.photo()),
            await bob.add(await bob.photo()),
        )
        assert (await analyze_item(first, services)).status == "written"
        parked = await attempt(second, services)
        assert parked.code == "daily_limit"
        tomorrow = (datetime.now(UTC) + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
        assert tomorrow <= parked.at <= tomorrow + timedelta(seconds=5)
        assert (await analyze_item(other, services)).status == "written"
    assert analyzer.total == 2


async def test_the_projects_limit_stops_everybody_but_not_what_is_known(
    ada: Wearer, bob: Wearer, sandbox: Sandbox, spent: None, db: Db
) -> None:
    analyzer = InstantAnalyzer(paid=True)
    await db.execute("delete from analysis_usage")
    settings = settings_for(sandbox, analysis={"daily_calls_project": 1})
    data = picture()
    async with services_for(sandbox, analyzer, settings=settings) as services:
        assert (await analyze_item(await ada.add(await ada.photo(data)), services)).status == "written"
        assert (await attempt(await bob.add(await bob.photo()), services)).code == "daily_limit"
        assert (await analyze_item(await bob.add(await bob.photo(data)), services)).status == "written"
    assert analyzer.total == 1


async def test_an_offline_analyzer_has_no_limit(ada: Wearer, sandbox: Sandbox) -> None:
    settings = settings_for(sandbox, analysis={"daily_calls_project": 0, "daily_calls_user": 0})
    async with services_for(sandbox, InstantAnalyzer(), settings=settings) as services:
        assert (await analyze_item(await ada.add(await ada.photo()), services)).status == "written"
