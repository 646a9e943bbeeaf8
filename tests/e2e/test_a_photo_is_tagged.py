"""The spine, on whatever project: a person adds a photo, and it is tagged by itself, for them alone."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.daemon_process import DaemonProcess, running
from tests.support.photo_server import PhotoServer
from tests.support.targets import Target, insert_item, read_item
from tests.support.waiting import wait_for
from tests.support.wardrobes import picture

SECONDS = 60.0


@pytest.fixture
async def daemon(target: Target, photos: PhotoServer, tmp_path: Path) -> AsyncIterator[DaemonProcess]:
    """A daemon on the project that is ready and may fetch the test's own photos."""
    environment = {
        **target.daemon_environment(),
        "AURA_ENVIRONMENT": "development",
        "AURA__ANALYSIS__ANALYZER": "palette",
        "AURA__OPS__PORT": "0",
        "AURA__LOG__FORMAT": "json",
        "AURA__PHOTOS__ALLOWED_HOSTS": photos.origin,
        "AURA__PHOTOS__ALLOW_PRIVATE_HOSTS": "true",
    }
    async with running(DaemonProcess(environment, tmp_path)) as process:
        await process.until_ready(SECONDS)
        yield process


async def tagged(api: httpx.AsyncClient, item: str, photo: str) -> dict[str, Any]:
    """The item once it carries tags of this photo."""

    async def done() -> dict[str, Any] | None:
        row = await read_item(api, item)
        source = ((row or {}).get("ai_tags") or {}).get("source", {})
        return row if source.get("photo") == photo else None

    row: dict[str, Any] | None = await wait_for(done, seconds=SECONDS, what="tags of the current photo")
    assert row is not None
    return row


async def test_a_new_photo_and_its_replacement_are_tagged(
    daemon: DaemonProcess, target: Target, person: str, stranger: str, photos: PhotoServer
) -> None:
    first, second = photos.publish(picture(1)), photos.publish(picture(2))
    async with target.api(person) as mine, target.api(stranger) as theirs:
        item = await insert_item(mine, person, first)
        before = await tagged(mine, item, first)
        assert before["ai_tags"]["status"] in {"done", "no_garment"}
        changed = await mine.patch("/clothing_items", params={"id": f"eq.{item}"}, json={"image_url": second})
        assert changed.is_success
        after = await tagged(mine, item, second)
        assert after["ai_tags"]["source"]["content_hash"] != before["ai_tags"]["source"]["content_hash"]
        assert await read_item(theirs, item) is None
    assert all(times == 1 for times in photos.fetched.values())
    assert await daemon.stop() == 0
