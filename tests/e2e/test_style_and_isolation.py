"""What a person likes becomes their style DNA by itself, and nobody but them gets at anything of theirs."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.support.daemon_process import DaemonProcess
from tests.support.photo_server import PhotoServer
from tests.support.targets import Target, insert, insert_item, rows_of, tagged
from tests.support.waiting import wait_for
from tests.support.wardrobes import picture

SECONDS = 90.0
LISTINGS = {"aura_outstanding_items": {"page_size": 10}, "aura_dirty_users": {"page_size": 10}, "aura_prune": {}}
INTERNAL = ("style_dirty", "analysis_cache", "analysis_leases", "analysis_usage", "aura_canary")


async def likes_counted(api: httpx.AsyncClient, person: str, likes: int) -> dict[str, Any]:
    """The person's style DNA once it is made from so many likes."""

    async def done() -> dict[str, Any] | None:
        found = await rows_of(api, "ai_profiles", person)
        return found[0]["dna"] if found and found[0]["dna"]["counts"]["likes"] == likes else None

    dna: dict[str, Any] | None = await wait_for(done, seconds=SECONDS, what=f"style DNA of {likes} likes")
    assert dna is not None
    return dna


async def test_a_like_becomes_style_and_stops_being_it(
    daemon: DaemonProcess, target: Target, person: str, stranger: str
) -> None:
    async with target.api(person) as mine, target.api(stranger) as theirs:
        outfit = await insert(theirs, "combinations", user_id=stranger, name="bohemian picnic", is_public=True)
        like = await insert(mine, "likes", user_id=person, combination_id=outfit)
        liked = await likes_counted(mine, person, 1)
        assert [style["name"] for style in liked["styles"]] == ["bohemian"]
        assert await rows_of(theirs, "ai_profiles", person) == []
        (await mine.delete("/likes", params={"id": f"eq.{like}"})).raise_for_status()
        assert (await likes_counted(mine, person, 0))["styles"] == []
    assert daemon.running


async def test_the_machine_opens_no_door(
    daemon: DaemonProcess, target: Target, person: str, stranger: str, photos: PhotoServer
) -> None:
    photo = photos.publish(picture())
    async with target.api(person) as mine, target.api(stranger) as theirs:
        item = await insert_item(mine, person, photo)
        before = await tagged(mine, item, photo)
        for table in ("clothing_items", "ai_profiles", "analysis_failures"):
            assert await rows_of(theirs, table, person) == []
        taken = {"ai_tags": None, "name": "taken over"}
        await theirs.patch("/clothing_items", params={"id": f"eq.{item}"}, json=taken)
        await theirs.delete("/clothing_items", params={"id": f"eq.{item}"})
        assert (await rows_of(mine, "clothing_items", person)) == [before]
    assert daemon.running


@pytest.mark.parametrize("table", INTERNAL)
async def test_internal_tables_are_closed_to_people(target: Target, person: str, table: str) -> None:
    async with target.api(person) as mine:
        assert (await mine.get(f"/{table}")).status_code in (401, 403)


@pytest.mark.parametrize("function", LISTINGS)
async def test_internal_functions_are_closed_to_people(target: Target, person: str, function: str) -> None:
    async with target.api(person) as mine:
        assert (await mine.post(f"/rpc/{function}", json=LISTINGS[function])).status_code in (401, 403)
