"""A daemon and an API, as two processes, at the same photos at once: each photo is analysed by one of them."""

from __future__ import annotations

import asyncio
from collections import Counter

import httpx
import pytest

from tests.integration.process.conftest import Daemons
from tests.support.daemon_process import DaemonProcess
from tests.support.photo_server import PhotoServer
from tests.support.waiting import wait_for
from tests.support.wardrobes import Wearer, picture

ANALYZE = "/api/v1/ai/analyze-clothing-item"
PHOTOS = 12


async def ask(api: DaemonProcess, ada: Wearer, items: list[str]) -> list[httpx.Response]:
    headers = {"Authorization": f"Bearer {await ada.person.token()}"}
    async with httpx.AsyncClient(base_url=await api.api_url(), headers=headers, timeout=90, trust_env=False) as client:
        return await asyncio.gather(*(client.post(ANALYZE, json={"clothing_item_id": item}) for item in items))


async def calls(*processes: DaemonProcess) -> float:
    """How often their analyzers were asked, all together."""
    asked = [await process.metric("aura_analyzer_calls_total", analyzer="palette") for process in processes]
    return sum(asked)


def outcomes(*processes: DaemonProcess) -> Counter[tuple[str, str]]:
    """How each run ended, by item."""
    said = [line for process in processes for line in process.said("item_analysed")]
    return Counter((line["item"], line["outcome"]) for line in said)


@pytest.mark.parametrize("together", [False, True], ids=["two processes", "one process"])
async def test_each_photo_is_analysed_once(daemons: Daemons, ada: Wearer, photos: PhotoServer, together: bool) -> None:
    first = await daemons.start(*(() if together else ("--roles", "consumer,worker")))
    api = first if together else await daemons.start("--roles", "api")
    await asyncio.gather(first.until_ready(), api.until_ready())
    photos.gate.clear()  # whoever has the lease waits for its photo, so the others come while it is held
    items = [await ada.add(photos.publish(picture())) for _ in range(PHOTOS)]
    asking = asyncio.create_task(ask(api, ada, items))

    async def all_asked() -> bool:
        return await api.metric("aura_api_in_flight") >= PHOTOS

    await wait_for(all_asked, what="all requests under way")
    photos.gate.set()
    answers = await asking
    assert {answer.status_code for answer in answers} == {200}, [answer.text for answer in answers]
    told = [answer.json()["updated_fields"] for answer in answers]
    processes = {first.pid: first, api.pid: api}.values()
    assert await calls(*processes) == PHOTOS
    written = {item: count for (item, outcome), count in outcomes(*processes).items() if outcome == "written"}
    assert written == dict.fromkeys(items, 1)
    rows = [await ada.item(item) for item in items]
    assert [row["ai_tags"]["status"] for row in rows] == ["done"] * PHOTOS
    assert all("ai_tags" in fields or not fields for fields in told), told
