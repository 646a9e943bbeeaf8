"""The spine, on whatever project: a person adds a photo, and it is tagged by itself, for them alone."""

from __future__ import annotations

from tests.support.daemon_process import DaemonProcess
from tests.support.photo_server import PhotoServer
from tests.support.targets import Target, insert_item, read_item, tagged
from tests.support.wardrobes import picture


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


async def test_words_of_the_person_stay(
    daemon: DaemonProcess, target: Target, person: str, photos: PhotoServer
) -> None:
    first, second = photos.publish(picture()), photos.publish(picture())
    async with target.api(person) as mine:
        item = await insert_item(mine, person, first)
        await tagged(mine, item, first)
        changed = {"image_url": second, "color": None, "category": "my favourite"}
        (await mine.patch("/clothing_items", params={"id": f"eq.{item}"}, json=changed)).raise_for_status()
        after = await tagged(mine, item, second)
        assert (after["color"], after["category"]) == (None, "my favourite")
