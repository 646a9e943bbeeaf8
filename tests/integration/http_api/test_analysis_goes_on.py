"""An analysis that was begun or promised is finished: whoever hangs up, whichever deadline passes, whatever stops."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import httpx
import psycopg
import pytest
from psycopg.rows import TupleRow

from aura.errors import Transient
from handlers.table import HANDLERS
from handlers.work import Work
from sandbox import Sandbox
from tests.support.accounts import People, Person
from tests.support.api import ApiHouse, RunningApi, Visitor, api_house, api_settings, running_api
from tests.support.handling import services_for
from tests.support.instant import InstantAnalyzer
from tests.support.waiting import wait_for
from tests.support.wardrobes import Wearer

Db = psycopg.AsyncConnection[TupleRow]
ANALYZE = "/api/v1/ai/analyze-clothing-item"
ALL = ["ai_tags", "category", "color", "pattern", "tags"]
LATER = {"Prefer": "respond-async"}


@pytest.fixture
async def house(sandbox: Sandbox) -> AsyncIterator[ApiHouse]:
    """An API whose requests may take two seconds."""
    async with api_house(sandbox, sign=False, api={"request_timeout_seconds": 4}) as opened:
        yield opened


@pytest.fixture
async def ada(house: ApiHouse) -> Wearer:
    return house.ada.wearer


async def analyze(who: Visitor, item_id: str, **options: Any) -> httpx.Response:
    return await who.post(ANALYZE, {"clothing_item_id": item_id}, **options)


async def status(who: Visitor, place: str) -> dict[str, Any]:
    return dict((await who.get(place)).json())


async def tagged(wearer: Wearer, item_id: str) -> bool:
    return bool((await wearer.item(item_id))["ai_tags"])


async def outstanding(db: Db, item_id: str) -> bool:
    found = await db.execute(
        "select from aura_outstanding_items(1000, 'infinity', (select created_at - interval '1 s'"
        " from clothing_items where id = %s)) where id = %s",
        [item_id, item_id],
    )
    return await found.fetchone() is not None


async def forgotten(db: Db, ada: Wearer, image_url: str) -> str:
    """An item from before the service, that no daemon looks at unasked."""
    item_id = await ada.add(image_url)
    await db.execute("update clothing_items set created_at = '2001-01-01' where id = %s", [item_id])
    await db.execute("delete from analysis_admitted where item_id = %s", [item_id])
    assert not await outstanding(db, item_id)
    return item_id


async def test_an_analysis_goes_on_after_the_requests_deadline(house: ApiHouse, ada: Wearer) -> None:
    item_id = await ada.add(await ada.photo())
    house.analyzer.gate = asyncio.Event()
    answer = await analyze(house.ada, item_id)
    assert (answer.status_code, answer.json()["code"]) == (504, "analyzer_timeout")
    assert "goes on" in answer.json()["detail"]
    assert (await status(house.ada, f"/api/v1/ai/analyses/{item_id}"))["status"] == "running"
    house.analyzer.gate.set()
    await wait_for(lambda: tagged(ada, item_id), what="the tags")
    assert house.analyzer.total == 1


async def test_an_analysis_goes_on_after_its_caller_has_hung_up(house: ApiHouse, ada: Wearer) -> None:
    item_id = await ada.add(await ada.photo())
    house.analyzer.gate = asyncio.Event()
    async with httpx.AsyncClient(base_url=house.url) as phone:
        request = phone.post(ANALYZE, json={"clothing_item_id": item_id}, headers=house.ada.headers)
        calling = asyncio.create_task(request)
        async with asyncio.timeout(20):
            await house.analyzer.asked.wait()
        calling.cancel()
        await asyncio.gather(calling, return_exceptions=True)
    house.analyzer.gate.set()
    await wait_for(lambda: tagged(ada, item_id), what="the tags")
    assert house.analyzer.total == 1


@pytest.mark.parametrize(
    "prefer", ["respond-async", "Respond-Async; x=1", "wait=5, respond-async", "return=minimal,respond-async"]
)
async def test_an_answer_at_once_and_its_status(house: ApiHouse, ada: Wearer, prefer: str) -> None:
    item_id, place = await ada.add(await ada.photo()), ""
    house.analyzer.gate = asyncio.Event()
    answer = await analyze(house.ada, item_id, headers={"Prefer": prefer})
    place = answer.headers["Location"]
    assert answer.status_code == 202
    assert (place, answer.headers["Preference-Applied"]) == (f"/api/v1/ai/analyses/{item_id}", "respond-async")
    assert answer.json()["status_url"] == place
    async with asyncio.timeout(20):
        await house.analyzer.asked.wait()
    assert (await status(house.ada, place))["status"] == "running"
    assert (await house.deniz.get(place)).status_code == 404
    house.analyzer.gate.set()

    async def done() -> bool:
        return bool((await status(house.ada, place))["status"] == "done")

    await wait_for(done, what="the end of the analysis")
    assert (await status(house.ada, place))["updated_fields"] == ALL
    assert house.analyzer.total == 1


async def test_nothing_to_do_is_answered_at_once_whatever_is_preferred(house: ApiHouse, ada: Wearer) -> None:
    item_id = await ada.add(await ada.photo())
    await analyze(house.ada, item_id)
    answer = await analyze(house.ada, item_id, headers=LATER)
    assert (answer.status_code, answer.json()["updated_fields"]) == (200, [])
    assert "Preference-Applied" not in answer.headers
    forced = await analyze(house.ada, item_id, headers=LATER, params={"force": "true"})
    assert forced.status_code == 202
    await wait_for(lambda: house.analyzer.total == 2, what="the forced analysis")
    unknown = await analyze(house.ada, str(uuid4()), headers=LATER)
    assert unknown.status_code == 404


async def test_a_failure_after_the_answer_is_found_in_the_status(house: ApiHouse, ada: Wearer) -> None:
    item_id = await ada.add(await ada.photo(b"\xff\xd8\xffbroken"))
    place = (await analyze(house.ada, item_id, headers=LATER)).headers["Location"]

    async def failed() -> bool:
        return bool((await status(house.ada, place))["status"] == "failed")

    await wait_for(failed, what="the failure")
    assert (await status(house.ada, place))["code"] == "unreadable_photo"


async def test_an_old_photo_is_analysed_only_when_asked_for(house: ApiHouse, ada: Wearer, db: Db) -> None:
    item_id = await forgotten(db, ada, await ada.photo())
    told = await status(house.ada, f"/api/v1/ai/analyses/{item_id}")
    assert (told["status"], told["code"]) == ("pending", "not_requested")
    assert (await analyze(house.ada, item_id)).json()["updated_fields"] == ALL


async def test_what_was_asked_for_and_failed_for_now_is_the_daemons_from_then_on(
    house: ApiHouse, ada: Wearer, db: Db
) -> None:
    item_id = await forgotten(db, ada, await ada.photo())
    house.analyzer.failure = Transient("analyzer_timeout", "It did not answer.")
    assert (await analyze(house.ada, item_id)).status_code == 504
    assert await outstanding(db, item_id)
    told = await status(house.ada, f"/api/v1/ai/analyses/{item_id}")
    assert (told["status"], told["code"]) == ("pending", "analyzer_timeout")
    house.analyzer.failure = None
    await analyze(house.ada, item_id)
    assert not await outstanding(db, item_id)
    found = await db.execute("select from analysis_admitted where item_id = %s", [item_id])
    assert await found.fetchone() is None


async def test_what_was_promised_is_kept_by_a_daemon_if_this_process_is_killed(
    house: ApiHouse, ada: Wearer, db: Db
) -> None:
    item_id = await forgotten(db, ada, await ada.photo())
    house.analyzer.gate = asyncio.Event()
    assert (await analyze(house.ada, item_id, headers=LATER)).status_code == 202
    assert await outstanding(db, item_id)
    house.analyzer.gate.set()
    await wait_for(lambda: tagged(ada, item_id), what="the tags")


async def test_a_forced_analysis_that_was_promised_is_kept_by_a_daemon(
    house: ApiHouse, sandbox: Sandbox, ada: Wearer, db: Db
) -> None:
    """The process that promised it stops dead; what is left is what the database knows."""
    item_id = await ada.add(await ada.photo())
    await analyze(house.ada, item_id)
    ledger = house.api.context.services.ledger
    assert len(await ledger.admit_forced(item_id)) == 1
    place = f"/api/v1/ai/analyses/{item_id}"
    assert (await status(house.ada, place))["status"] == "pending"
    assert await outstanding(db, item_id)
    async with services_for(sandbox, house.analyzer) as daemon:
        work = Work("analyze_item", item_id, again=True)
        assert (await HANDLERS["analyze_item"](work, daemon)).status == "unchanged"
        assert house.analyzer.total == 2
        assert not await outstanding(db, item_id)
        await HANDLERS["analyze_item"](work, daemon)
    assert house.analyzer.total == 2, "once was promised"
    assert (await status(house.ada, place))["status"] == "done"


@pytest.mark.parametrize("headers", [LATER, {}], ids=["promised", "waited for"])
async def test_a_forced_analysis_is_noted_while_it_runs_and_forgotten_after(
    house: ApiHouse, ada: Wearer, db: Db, headers: dict[str, str]
) -> None:
    item_id = await ada.add(await ada.photo())
    await analyze(house.ada, item_id)
    house.analyzer.gate = asyncio.Event()
    house.analyzer.asked.clear()
    forced = asyncio.create_task(analyze(house.ada, item_id, headers=headers, params={"force": "true"}))
    async with asyncio.timeout(20):
        await house.analyzer.asked.wait()
    assert await outstanding(db, item_id)
    house.analyzer.gate.set()
    assert (await forced).status_code == (202 if headers else 200)

    async def forgotten_again() -> bool:
        return not await outstanding(db, item_id)

    await wait_for(forgotten_again, what="the note being cleared")
    assert house.analyzer.total == 2


async def test_a_forced_analysis_that_fails_for_now_is_the_daemons(house: ApiHouse, ada: Wearer, db: Db) -> None:
    item_id = await ada.add(await ada.photo())
    await analyze(house.ada, item_id)
    house.analyzer.failure = Transient("analyzer_timeout", "It did not answer.")
    assert (await analyze(house.ada, item_id, params={"force": "true"})).status_code == 504
    assert await outstanding(db, item_id)
    told = await status(house.ada, f"/api/v1/ai/analyses/{item_id}")
    assert (told["status"], told["code"]) == ("pending", "analyzer_timeout")


@pytest.fixture
async def someone(people: People) -> Person:
    return await people.sign_up("someone")


async def _begin(api: RunningApi, person: Person, analyzer: InstantAnalyzer) -> str:
    """An item whose analysis was promised and is under way."""
    wearer, visitor = Wearer(person), api.visitor(person, await person.token())
    item_id = await wearer.add(await wearer.photo())
    analyzer.gate = asyncio.Event()
    assert (await analyze(visitor, item_id, headers=LATER)).status_code == 202
    async with asyncio.timeout(20):
        await analyzer.asked.wait()
    return item_id


async def test_a_shutdown_lets_an_analysis_end(sandbox: Sandbox, someone: Person) -> None:
    analyzer, settings = InstantAnalyzer(), api_settings(sandbox, sign=False)
    async with running_api(settings, analyzer) as api:
        item_id = await _begin(api, someone, analyzer)
        assert analyzer.gate is not None
        asyncio.get_running_loop().call_later(0.5, analyzer.gate.set)
    assert await tagged(Wearer(someone), item_id)
    assert analyzer.total == 1


async def test_a_shutdown_that_cuts_an_analysis_off_leaves_it_for_the_next(
    sandbox: Sandbox, someone: Person, db: Db
) -> None:
    analyzer = InstantAnalyzer()
    async with running_api(api_settings(sandbox, sign=False, api={"grace_seconds": 0.2}), analyzer) as api:
        item_id = await _begin(api, someone, analyzer)
    assert not await tagged(Wearer(someone), item_id)
    found = await db.execute("select from analysis_leases where item_id = %s", [item_id])
    assert await found.fetchone() is None
    assert await outstanding(db, item_id)
    async with running_api(api_settings(sandbox, sign=False)) as later:
        answer = await analyze(later.visitor(someone, await someone.token()), item_id)
        assert answer.json()["updated_fields"] == ALL
