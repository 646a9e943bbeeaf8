"""A real Prometheus scrapes a daemon on a sandbox: the shipped alerts fire and end, the shipped board shows data.

Durations are a thirtieth of those shipped, and nothing else is changed (``tests/support/prometheus.py``).
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from time import monotonic

import httpx
import pytest

from sandbox import Sandbox
from sandbox.ports import free_port
from tests.integration.process.conftest import Daemons
from tests.support.accounts import People
from tests.support.chained import chain_settings
from tests.support.daemon_process import DaemonProcess
from tests.support.fake_vertex import FakeVertex, error, fake_vertex, says
from tests.support.monitoring import queries
from tests.support.photo_server import PhotoServer, serving_photos
from tests.support.prometheus import WHY_NOT, Prometheus, program, running_prometheus, sped_up_query
from tests.support.sandboxes import migrated_sandbox
from tests.support.waiting import wait_for
from tests.support.wardrobes import Wearer, picture

pytestmark = [
    pytest.mark.skipif(program("prometheus") is None, reason=f"prometheus {WHY_NOT}"),
    pytest.mark.timeout(400),
]
# A canary that is late sooner, so that a second passes where in production it is a quarter of a minute.
QUICK_CANARY = {
    "AURA__REALTIME__CANARY_INTERVAL_SECONDS": "1",
    "AURA__REALTIME__CANARY_LATE_SECONDS": "2",
    "AURA__RECONCILE__WHILE_DEAF_SECONDS": "1",
}
SECRET = "a-webhook-secret-of-some-length"
STRICT = {
    "AURA__ANALYSIS__DAILY_CALLS_PROJECT": "12",
    "AURA__RATE_LIMITS__READ": "5/minute",
    "AURA__WEBHOOK__SECRET": SECRET,
}
POLO = {"shows_garment": True, "category": {"value": "tops", "confidence": 0.99}}
ALL = 1_000_000


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    """One of the module's own: it is made deaf."""
    with migrated_sandbox("fast") as migrated:
        yield migrated


@pytest.fixture
async def photos() -> AsyncIterator[PhotoServer]:
    async with serving_photos() as server:
        yield server


@pytest.fixture
async def ada(people: People) -> Wearer:
    return Wearer(await people.sign_up("ada"))


@dataclass(frozen=True)
class Watched:
    """Daemons on one ops port, and the Prometheus that scrapes it."""

    prometheus: Prometheus
    daemons: Daemons
    port: int

    async def start(self, *arguments: str, **settings: str) -> DaemonProcess:
        """A daemon on the port that is scraped."""
        settings = {**QUICK_CANARY, **settings, "AURA__OPS__PORT": str(self.port)}
        daemon = await self.daemons.start(*arguments, **settings)
        await daemon.until_ready()
        return daemon


@pytest.fixture
async def watched(sandbox: Sandbox, photos: PhotoServer, tmp_path: Path) -> AsyncIterator[Watched]:
    port = free_port()
    async with AsyncExitStack() as stack:
        prometheus = await stack.enter_async_context(running_prometheus(tmp_path, [f"127.0.0.1:{port}"]))
        yield Watched(prometheus, Daemons(sandbox, photos, tmp_path, stack), port)
    await sandbox.faults.clear()


async def test_deafness_and_a_process_that_is_gone_are_said_until_they_end(watched: Watched, sandbox: Sandbox) -> None:
    prometheus, roles = watched.prometheus, ("--roles", "consumer,worker")
    daemon = await watched.start(*roles)
    await prometheus.until_resolved("AuraDeaf")
    assert not await prometheus.firing("AuraProcessGone")
    await sandbox.faults.swallow_changes(ALL)
    await prometheus.until_firing("AuraDeaf")
    assert not await prometheus.firing("AuraProcessGone")  # it runs, and looks alive to everybody else
    assert (await daemon.get("/healthz")).status_code == 200
    await sandbox.faults.clear()
    await prometheus.until_resolved("AuraDeaf")
    await daemon.stop()
    await prometheus.until_firing("AuraProcessGone")
    await prometheus.until_firing("AuraDeaf")
    await watched.start(*roles)
    await prometheus.until_resolved("AuraProcessGone")
    await prometheus.until_resolved("AuraDeaf")


@pytest.fixture
async def vertex() -> AsyncIterator[FakeVertex]:
    async with fake_vertex() as fake:
        fake.will(says(POLO))
        yield fake


async def test_every_query_of_the_board_returns_data(
    watched: Watched, sandbox: Sandbox, ada: Wearer, photos: PhotoServer, vertex: FakeVertex, tmp_path: Path
) -> None:
    began = monotonic()
    async with chain_settings(vertex, tmp_path) as chain:
        daemon = await watched.start(**chain, **STRICT)
        await call_the_api(daemon, ada)
        await wait_for(partial(watched.prometheus.series, "aura_api_seconds_bucket"), what="answers that were scraped")
        await call_the_api(daemon, ada)  # a duration is a rate between two scrapes: the first one only begins it
        await spend_most_of_the_budget(daemon, ada, photos)
        await watched.prometheus.until_firing("AuraBudgetNear")
        vertex.will(error(503, "UNAVAILABLE"))
        await fall_back(daemon, ada, photos)
        await ada.add(f"{photos.origin}/nobody-knows-this-one.jpg")
        await wait_for(lambda: daemon.metric("aura_failures_total"), what="a failure")
        await miss_something(daemon, sandbox, ada, photos)
        await be_put_off(daemon, sandbox, ada, photos)
        await wait_for(lambda: shown_everywhere(watched.prometheus, monotonic() - began), what="data in every panel")


async def call_the_api(daemon: DaemonProcess, ada: Wearer) -> None:
    """Be answered, be refused for asking too often, break HTTP, guess at the webhook's secret."""
    headers = {"Authorization": f"Bearer {await ada.person.token()}"}
    async with httpx.AsyncClient(base_url=await daemon.api_url(), timeout=30, trust_env=False) as client:
        asked = [(await client.get("/api/v1/recommendations/", headers=headers)).status_code for _ in range(12)]
        assert 429 in asked
        assert (await client.post("/webhooks/supabase", json={})).status_code == 401
        reader, writer = await asyncio.open_connection(client.base_url.host, client.base_url.port)
    writer.write(b"\x16\x03\x01 is no HTTP\r\n\r\n")
    await reader.read()
    writer.close()


async def spend_most_of_the_budget(daemon: DaemonProcess, ada: Wearer, photos: PhotoServer) -> None:
    """One after the other: who has to wait for a call goes to the fallback here."""
    for calls in range(1, 11):
        await ada.add(photos.publish(picture()))
        await wait_for(
            partial(_at_least, daemon, calls, "aura_analyzer_calls_total", analyzer="vertexai"), what="a call"
        )


async def fall_back(daemon: DaemonProcess, ada: Wearer, photos: PhotoServer) -> None:
    """The first choice fails until it is left alone; a renewal is noted."""
    for _ in range(4):
        await ada.add(photos.publish(picture()))
    await wait_for(lambda: _at_least(daemon, 4, "aura_analyzer_fallbacks_total"), what="photos handed on")
    await wait_for(lambda: daemon.metric("aura_renewals_waiting"), what="photos that wait for the first choice")


async def miss_something(daemon: DaemonProcess, sandbox: Sandbox, ada: Wearer, photos: PhotoServer) -> None:
    """Changes that Realtime never delivers, then a socket that is cut."""
    await sandbox.faults.swallow_changes(ALL)
    await ada.add(photos.publish(picture()))
    await wait_for(lambda: daemon.metric("aura_events_missed_total"), what="work that no event announced")
    await sandbox.faults.clear()
    await sandbox.faults.cut_sockets()
    await wait_for(lambda: daemon.metric("aura_subscription_attempts_total"), what="a subscription that ended")


async def be_put_off(daemon: DaemonProcess, sandbox: Sandbox, ada: Wearer, photos: PhotoServer) -> None:
    """Work that the database's absence puts off."""
    await sandbox.faults.break_path("/rest/v1/rpc/aura_take_lease", "503", 300)
    await sandbox.faults.break_path("/rest/v1/rpc/aura_open_analysis", "503", 300)
    await ada.add(photos.publish(picture()))
    await wait_for(lambda: daemon.metric("aura_work_retries_total"), what="work that is tried again")
    await sandbox.faults.clear()


async def _at_least(daemon: DaemonProcess, count: int, name: str, **labels: str) -> bool:
    return await daemon.metric(name, **labels) >= count


async def shown_everywhere(prometheus: Prometheus, seconds: float) -> bool:
    """Whether each query has had a number since the test began; says which have not."""
    empty = [
        name
        for name, query in queries().items()
        if not any(await prometheus.history(sped_up_query(query), seconds=seconds))
    ]
    print(f"no data yet: {empty}")
    return not empty
