"""How ``aura run`` ends: work in hand is finished within the grace period, and nothing that is cut off is lost."""

from __future__ import annotations

import signal

from tests.integration.process.conftest import Daemons
from tests.support.daemon_process import DaemonProcess
from tests.support.photo_server import PhotoServer
from tests.support.waiting import wait_for
from tests.support.wardrobes import Wearer, picture


async def item_in_hand(ada: Wearer, photos: PhotoServer, daemon: DaemonProcess) -> str:
    """An item whose photo the daemon has asked for, and waits for."""
    await daemon.until_ready()
    photos.gate.clear()
    item = await ada.add(photos.publish(picture()))
    await wait_for(lambda: photos.fetched, what="the daemon asking for the photo")
    return item


async def stopping(daemon: DaemonProcess) -> None:
    daemon.process.send_signal(signal.SIGTERM)
    await wait_for(lambda: daemon.said("stopping"), what="the daemon stopping")


async def test_work_in_hand_is_finished(daemons: Daemons, ada: Wearer, photos: PhotoServer) -> None:
    daemon = await daemons.start()
    item = await item_in_hand(ada, photos, daemon)
    await stopping(daemon)
    assert not (await daemon.readiness())["ready"]
    late = await ada.add(photos.publish(picture()))
    photos.gate.set()
    assert await daemon.ended() == 0
    assert daemon.said("stopped")
    assert (await ada.item(item))["ai_tags"]["status"] == "done"
    assert (await ada.item(late))["ai_tags"] is None


async def test_the_grace_period_ends_and_the_next_daemon_finds_the_work(
    daemons: Daemons, ada: Wearer, photos: PhotoServer
) -> None:
    daemon = await daemons.start(AURA__WORKER__GRACE_SECONDS="1")
    item = await item_in_hand(ada, photos, daemon)
    assert await daemon.stop() == 0
    assert (await ada.item(item))["ai_tags"] is None
    photos.gate.set()
    await daemons.start()

    async def tagged() -> bool:
        return (await ada.item(item))["ai_tags"] is not None

    await wait_for(tagged, seconds=120, what="tags from the next daemon")


async def test_a_second_signal_ends_it_at_once(daemons: Daemons, ada: Wearer, photos: PhotoServer) -> None:
    daemon = await daemons.start(AURA__WORKER__GRACE_SECONDS="600")
    await item_in_hand(ada, photos, daemon)
    await stopping(daemon)
    daemon.process.send_signal(signal.SIGTERM)
    assert await daemon.ended(60) == 128 + signal.SIGTERM


async def test_interrupting_it_in_a_terminal_is_the_same(daemons: Daemons) -> None:
    daemon = await daemons.start()
    await daemon.until_ready()
    daemon.process.send_signal(signal.SIGINT)
    assert await daemon.ended() == 0
