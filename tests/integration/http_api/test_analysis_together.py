"""Requests, daemons and people at the same item at once: one analysis, and everybody is told what it wrote."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import httpx
import psycopg
import pytest
from psycopg.rows import TupleRow

from aura.errors import Permanent, Transient
from aura.photos.identity import photo_identity
from handlers.analyze_item import analyze_item
from handlers.services import Services
from handlers.work import Outcome
from sandbox import Sandbox
from tests.support.api import ApiHouse, api_house
from tests.support.handling import services_for
from tests.support.instant import JEANS, SHIRT
from tests.support.waiting import wait_for
from tests.support.wardrobes import Wearer

Db = psycopg.AsyncConnection[TupleRow]
ANALYZE = "/api/v1/ai/analyze-clothing-item"
ALL = ["ai_tags", "category", "color", "pattern", "tags"]
Asked = asyncio.Task[httpx.Response]


@pytest.fixture
async def house(sandbox: Sandbox) -> AsyncIterator[ApiHouse]:
    """An API whose requests may take five seconds."""
    async with api_house(sandbox, sign=False, api={"request_timeout_seconds": 8}) as opened:
        yield opened


@pytest.fixture
async def ada(house: ApiHouse) -> Wearer:
    return house.ada.wearer


@pytest.fixture
async def daemon(sandbox: Sandbox, house: ApiHouse) -> AsyncIterator[Services]:
    """The services of a daemon in another process, whose analyzer is the same."""
    async with services_for(sandbox, house.analyzer) as opened:
        yield opened


def ask(house: ApiHouse, item_id: str, **options: Any) -> Asked:
    """A request that is under way."""
    return asyncio.create_task(house.ada.post(ANALYZE, {"clothing_item_id": item_id}, **options))


def hold(house: ApiHouse) -> asyncio.Event:
    """Keeps every answer of the analyzer back until it is set."""
    house.analyzer.gate = asyncio.Event()
    house.analyzer.asked.clear()
    return house.analyzer.gate


async def asked(house: ApiHouse) -> None:
    async with asyncio.timeout(20):
        await house.analyzer.asked.wait()


async def waits(db: Db, item_id: str, request: Asked) -> None:
    """While somebody holds the lease, the request does not end."""
    await wait_for(lambda: _lease(db, item_id), what="somebody's lease")
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(asyncio.shield(request), 0.5)


async def _lease(db: Db, item_id: str) -> bool:
    found = await db.execute("select from analysis_leases where item_id = %s", [item_id])
    return await found.fetchone() is not None


async def status(house: ApiHouse, item_id: str) -> str:
    return str((await house.ada.get(f"/api/v1/ai/analyses/{item_id}")).json()["status"])


@pytest.fixture
async def daemons_run(house: ApiHouse, daemon: Services, ada: Wearer) -> AsyncIterator[DaemonsRun]:
    """An item that a daemon analyses right now."""
    item_id, gate = await ada.add(await ada.photo()), hold(house)
    task = asyncio.create_task(analyze_item(item_id, daemon))
    await asked(house)
    yield DaemonsRun(item_id, gate, task)
    gate.set()
    await asyncio.gather(task, return_exceptions=True)


class DaemonsRun:
    def __init__(self, item_id: str, gate: asyncio.Event, task: asyncio.Task[Outcome]) -> None:
        self.item_id, self.gate, self.task = item_id, gate, task


async def test_what_the_daemon_writes_meanwhile_is_told(house: ApiHouse, daemons_run: DaemonsRun, db: Db) -> None:
    assert await status(house, daemons_run.item_id) == "running"
    request = ask(house, daemons_run.item_id)
    await waits(db, daemons_run.item_id, request)
    daemons_run.gate.set()
    assert (await request).json() == {"message": "Item analyzed and updated successfully.", "updated_fields": ALL}
    assert (await daemons_run.task).status == "written"
    assert house.analyzer.total == 1
    assert await status(house, daemons_run.item_id) == "done"


async def test_what_the_person_edits_meanwhile_is_not_counted_as_the_daemons(
    house: ApiHouse, daemons_run: DaemonsRun, ada: Wearer, db: Db
) -> None:
    request = ask(house, daemons_run.item_id)
    await waits(db, daemons_run.item_id, request)
    await ada.edit(daemons_run.item_id, category="jeans", tags=["mine", "shirt", "cotton", "summer"])
    daemons_run.gate.set()
    assert (await request).json()["updated_fields"] == ["ai_tags", "color", "pattern"]
    assert (await ada.item(daemons_run.item_id))["category"] == "jeans"


async def test_edits_during_ones_own_run_win(house: ApiHouse, ada: Wearer) -> None:
    item_id, gate = await ada.add(await ada.photo()), hold(house)
    request = ask(house, item_id)
    await asked(house)
    await ada.edit(item_id, category="jeans", notes="washed")
    gate.set()
    assert (await request).json()["updated_fields"] == ["ai_tags", "color", "pattern", "tags"]
    item = await ada.item(item_id)
    assert (item["category"], item["notes"]) == ("jeans", "washed")


@pytest.mark.parametrize(
    ("failure", "code", "http"),
    [
        (Transient("analyzer_unavailable", "It is down."), "analyzer_unavailable", 503),
        (Transient("analyzer_timeout", "It did not answer."), "analyzer_timeout", 504),
        (Permanent("photo_blocked", "It refuses."), "photo_blocked", 422),
    ],
    ids=["unavailable", "timeout", "blocked"],
)
async def test_how_the_daemon_fails_meanwhile_is_told(
    house: ApiHouse, daemons_run: DaemonsRun, db: Db, failure: Exception, code: str, http: int
) -> None:
    request = ask(house, daemons_run.item_id)
    await waits(db, daemons_run.item_id, request)
    house.analyzer.failure = failure
    daemons_run.gate.set()
    answer = await request
    assert (answer.status_code, answer.json()["code"]) == (http, code)
    assert house.analyzer.total == 1


async def test_a_daemon_that_takes_longer_than_the_request(
    house: ApiHouse, daemons_run: DaemonsRun, ada: Wearer
) -> None:
    answer = await ask(house, daemons_run.item_id)
    assert (answer.status_code, answer.json()["code"]) == (504, "analyzer_timeout")
    assert int(answer.headers["Retry-After"]) >= 1
    daemons_run.gate.set()
    await daemons_run.task
    assert (await ada.item(daemons_run.item_id))["category"] == "tops"
    assert house.analyzer.total == 1


async def test_a_daemon_that_was_killed_is_waited_for_no_longer_than_its_lease(
    house: ApiHouse, daemon: Services, ada: Wearer
) -> None:
    url = await ada.photo()
    item_id = await ada.add(url)
    await daemon.ledger.take_lease(item_id, photo_identity(url), "killed", 1.5)
    answer = await ask(house, item_id)
    assert answer.json()["updated_fields"] == ALL
    assert house.analyzer.total == 1


async def test_a_forced_analysis_after_a_killed_one(house: ApiHouse, daemon: Services, ada: Wearer) -> None:
    url = await ada.photo()
    item_id = await ada.add(url)
    await ask(house, item_id)
    await daemon.ledger.take_lease(item_id, photo_identity(url), "killed", 1.5)
    house.analyzer._answers = (SHIRT, JEANS)
    answer = await ask(house, item_id, params={"force": "true"})
    assert answer.json()["updated_fields"] == ["ai_tags", "category", "color", "tags"]
    assert house.analyzer.total == 2


@pytest.mark.parametrize("force", ["false", "true"])
async def test_equal_requests_at_once_are_one_analysis(house: ApiHouse, ada: Wearer, force: str) -> None:
    item_id, gate = await ada.add(await ada.photo()), hold(house)
    requests = [ask(house, item_id, params={"force": force}) for _ in range(5)]
    await asked(house)
    gate.set()
    answers = await asyncio.gather(*requests)
    assert [answer.json()["updated_fields"] for answer in answers] == [ALL] * 5
    assert house.analyzer.total == 1


async def test_a_photo_replaced_while_the_daemon_is_at_the_old_one(
    house: ApiHouse, daemons_run: DaemonsRun, ada: Wearer, db: Db
) -> None:
    house.analyzer._answers = (SHIRT, JEANS)
    request = ask(house, daemons_run.item_id)
    await waits(db, daemons_run.item_id, request)
    await ada.edit(daemons_run.item_id, image_url=await ada.photo())
    daemons_run.gate.set()
    assert (await request).status_code == 200
    await asyncio.gather(daemons_run.task, return_exceptions=True)
    item = await ada.item(daemons_run.item_id)
    assert item["ai_tags"]["source"]["photo"] == photo_identity(item["image_url"])
    assert item["category"] == "bottoms"
    assert sorted(house.analyzer.calls.values()) == [1, 1]


async def test_an_item_deleted_meanwhile(house: ApiHouse, daemons_run: DaemonsRun, ada: Wearer, db: Db) -> None:
    request = ask(house, daemons_run.item_id)
    await waits(db, daemons_run.item_id, request)
    await ada.delete(daemons_run.item_id)
    daemons_run.gate.set()
    answer = await request
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


async def test_nobody_waits_for_a_strangers_analysis(house: ApiHouse, daemons_run: DaemonsRun) -> None:
    """Neither the answer nor the time it takes tells a stranger that the item is there."""
    for item_id in (daemons_run.item_id, str(uuid4())):
        async with asyncio.timeout(20):  # the analysis never ends
            answer = await house.deniz.post(ANALYZE, {"clothing_item_id": item_id})
        assert answer.status_code == 404
        assert (await house.deniz.get(f"/api/v1/ai/analyses/{item_id}")).status_code == 404


async def test_many_items_of_two_people_at_once(house: ApiHouse) -> None:
    items = [(who, await who.wearer.add(await who.wearer.photo())) for who in (house.ada, house.deniz) * 5]
    answers = await asyncio.gather(*(who.post(ANALYZE, {"clothing_item_id": item}) for who, item in items))
    assert [answer.json().get("updated_fields") for answer in answers] == [ALL] * 10
    assert house.analyzer.total == 10
