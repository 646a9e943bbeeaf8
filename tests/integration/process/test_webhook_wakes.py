"""A webhook reaches the work: in one process through the inbox, from an API alone through the database.

The daemons here are made slow to find anything by themselves, so that what is found in time was told.
"""

from __future__ import annotations

from typing import Any

import httpx

from sandbox import Sandbox
from tests.integration.process.conftest import Daemons
from tests.support.daemon_process import DaemonProcess
from tests.support.photo_server import PhotoServer
from tests.support.waiting import wait_for
from tests.support.wardrobes import Wearer, picture

SECRET = "a-webhook-secret-of-some-length"
ALONE, DAEMON = ("--roles", "api"), ("--roles", "consumer,worker")
LOOKS, LOOKED = "aura_reconcile_runs_total", "aura_reconcile_seconds_count"
TAKES = {"AURA__WEBHOOK__SECRET": SECRET}
RARELY = "280"
LOOK = "6"  # between two of the daemon's looks at the style marks; a change and its webhook lie well within


async def tell(api: DaemonProcess, item: dict[str, Any]) -> None:
    """What Supabase's trigger does after an insert."""
    change = {"type": "INSERT", "table": "clothing_items", "schema": "public", "record": item, "old_record": None}
    async with httpx.AsyncClient(timeout=10, trust_env=False) as client:
        address = await api.api_url() + "/webhooks/supabase"
        answer = await client.post(address, json=change, headers={"x-webhook-secret": SECRET})
    assert (answer.status_code, answer.json()) == (202, {"status": "accepted"})


async def is_tagged(ada: Wearer, item: str) -> bool:
    return (await ada.item(item))["ai_tags"] is not None


async def test_with_realtime_dead_a_webhook_to_an_api_alone_wakes_the_daemon(
    daemons: Daemons, sandbox: Sandbox, ada: Wearer, photos: PhotoServer
) -> None:
    """The daemon's own looks are 280 s apart; what is left is its look at the style marks: there it reads the word."""
    api = await daemons.start(*ALONE, **TAKES)
    daemon = await daemons.start(
        *DAEMON, AURA__RECONCILE__WHILE_DEAF_SECONDS=RARELY, AURA__RECONCILE__MARKS_SECONDS=LOOK
    )
    await api.until_ready()
    await daemon.until_ready()
    await sandbox.faults.restart_realtime(300)
    try:
        await wait_for(lambda: _knows_that_it_is_deaf(daemon), what="a daemon that hears nothing and has listed for it")
        await _looked(daemon)  # or the next look might fall between the change and its webhook, and find it by itself
        item = await ada.add(photos.publish(picture()))
        await tell(api, await ada.item(item))
        await wait_for(lambda: is_tagged(ada, item), seconds=60, what="tags long before the next listing")
        assert await daemon.metric("aura_reconcile_runs_total", cause="wake") >= 1
        assert await daemon.metric("aura_reconcile_runs_total", cause="unaccounted") == 0
        assert await daemon.metric("aura_changes_total", table="clothing_items", type="INSERT") == 0
    finally:
        await sandbox.faults.clear()


async def _knows_that_it_is_deaf(daemon: DaemonProcess) -> bool:
    listed = await daemon.metric("aura_reconcile_runs_total", cause="socket_lost")
    return bool(listed) and not await daemon.metric("aura_subscription_live")


async def _looked(daemon: DaemonProcess) -> None:
    """Wait until a look at the style marks has begun, and one has ended since."""
    await _rises(daemon, LOOKS, cause="marks")
    await _rises(daemon, LOOKED)


async def _rises(daemon: DaemonProcess, name: str, **labels: str) -> None:
    before = await daemon.metric(name, **labels)

    async def risen() -> bool:
        return await daemon.metric(name, **labels) > before

    await wait_for(risen, what="a look at the style marks")


async def test_a_change_that_realtime_lost_is_told_at_once_while_it_is_live(
    daemons: Daemons, sandbox: Sandbox, ada: Wearer, photos: PhotoServer
) -> None:
    """Nothing else would find it within the time: the word itself comes over Realtime."""
    rare = {"AURA__RECONCILE__MARKS_SECONDS": RARELY, "AURA__REALTIME__CANARY_INTERVAL_SECONDS": "60"}
    api = await daemons.start(*ALONE, **TAKES)
    daemon = await daemons.start(*DAEMON, **rare)
    await api.until_ready()
    await daemon.until_ready()
    await sandbox.faults.swallow_changes(1)
    item = await ada.add(photos.publish(picture()))
    await wait_for(lambda: _swallowed(sandbox), what="the change lost")
    assert not await is_tagged(ada, item)
    await tell(api, await ada.item(item))
    await wait_for(lambda: is_tagged(ada, item), seconds=30, what="tags")
    assert await daemon.metric("aura_reconcile_runs_total", cause="wake") == 1
    assert await daemon.metric("aura_changes_total", table="clothing_items", type="INSERT") == 0


async def _swallowed(sandbox: Sandbox) -> bool:
    return bool((await sandbox.faults.status())["realtime"]["dropped"])


async def test_in_one_process_the_hint_goes_straight_to_the_queue(
    daemons: Daemons, sandbox: Sandbox, ada: Wearer, photos: PhotoServer
) -> None:
    both = await daemons.start(
        **TAKES, AURA__RECONCILE__WHILE_DEAF_SECONDS=RARELY, AURA__RECONCILE__MARKS_SECONDS=RARELY
    )
    await both.until_ready()
    await sandbox.faults.half_open(300)
    try:
        item = await ada.add(photos.publish(picture()))
        await tell(both, await ada.item(item))
        await wait_for(lambda: is_tagged(ada, item), seconds=30, what="tags")
        assert await both.metric("aura_reconcile_runs_total", cause="wake") == 0
        assert await both.metric("aura_changes_total", table="clothing_items", type="INSERT") == 0
        assert await both.metric("aura_webhooks_total", outcome="accepted") == 1
    finally:
        await sandbox.faults.clear()
