"""``aura run`` with the API, alone and beside the daemon: its port, its readiness, its end, what it does without."""

from __future__ import annotations

import asyncio
import signal
import socket

import httpx
import pytest

from sandbox import Sandbox
from tests.integration.process.conftest import Daemons
from tests.support.daemon_process import DaemonProcess
from tests.support.photo_server import PhotoServer
from tests.support.waiting import wait_for
from tests.support.wardrobes import Wearer, picture

ANALYZE = "/api/v1/ai/analyze-clothing-item"
ALONE, ALL = ("--roles", "api"), ()


async def ready(daemons: Daemons, *arguments: str, **settings: str) -> DaemonProcess:
    daemon = await daemons.start(*arguments, **settings)
    await daemon.until_ready()
    return daemon


async def analyze(daemon: DaemonProcess, ada: Wearer, item: str) -> httpx.Response:
    headers = {"Authorization": f"Bearer {await ada.person.token()}"}
    async with httpx.AsyncClient(timeout=60, trust_env=False) as client:
        address = await daemon.api_url() + ANALYZE
        return await client.post(address, headers=headers, json={"clothing_item_id": item})


async def status_of(url: str) -> int:
    async with httpx.AsyncClient(timeout=10, trust_env=False) as client:
        return (await client.get(url)).status_code


async def sockets(sandbox: Sandbox) -> int:
    return int((await sandbox.faults.status())["realtime"]["sockets"])


@pytest.mark.parametrize("roles", [ALONE, ALL], ids=["alone", "with the daemon"])
async def test_each_port_serves_what_is_its_own(
    daemons: Daemons, ada: Wearer, photos: PhotoServer, roles: tuple[str, ...]
) -> None:
    daemon = await ready(daemons, *roles)
    answer = await analyze(daemon, ada, await ada.add(photos.publish(picture())))
    assert answer.status_code == 200, answer.text
    ops, api = await daemon.ops_url(), await daemon.api_url()
    assert ops != api
    assert [await status_of(api + path) for path in ("/metrics", "/healthz", "/readyz")] == [404, 404, 404]
    assert [await status_of(ops + path) for path in (ANALYZE, "/openapi.json", "/api/v1/recommendations/")] == [404] * 3
    assert await daemon.metric("aura_api_requests_total", route=ANALYZE, method="POST", status="200") == 1


async def test_readiness_has_the_api_and_why_it_is_not_ready(daemons: Daemons, sandbox: Sandbox) -> None:
    daemon = await ready(daemons, *ALONE)
    told = (await daemon.readiness())["roles"]
    assert set(told) == {"api"}
    assert told["api"]["port"] == int((await daemon.api_url()).rpartition(":")[2])
    await sandbox.faults.break_path("/rest/v1", "503", 300)
    try:

        async def says_why() -> bool:
            api = (await daemon.readiness())["roles"]["api"]
            return not api["ready"] and any("database" in reason for reason in api["reasons"])

        await wait_for(says_why, what="an API that is not ready")
        assert (await daemon.get("/readyz")).status_code == 503
        assert (await daemon.get("/healthz")).status_code == 200
    finally:
        await sandbox.faults.clear()
    await daemon.until_ready()


async def test_an_api_that_cannot_verify_anybody_yet_is_not_ready(daemons: Daemons, sandbox: Sandbox) -> None:
    await sandbox.faults.break_path("/auth/v1", "503", 300)
    try:
        daemon = await daemons.start(*ALONE, SUPABASE_JWT_SECRET="")

        async def says_why() -> bool:
            return "public keys" in str((await daemon.readiness())["roles"]["api"].get("reasons"))

        await wait_for(says_why, what="an API without keys")
    finally:
        await sandbox.faults.clear()
    await daemon.until_ready()


async def test_an_api_alone_opens_no_realtime_socket_and_does_no_work(
    daemons: Daemons, sandbox: Sandbox, ada: Wearer, photos: PhotoServer
) -> None:
    await wait_for(lambda: _is_zero(sandbox), what="no Realtime socket of anybody")
    daemon = await ready(daemons, *ALONE)
    item = await ada.add(photos.publish(picture()))
    other = await ada.add(photos.publish(picture()))
    assert (await analyze(daemon, ada, other)).status_code == 200
    assert await sockets(sandbox) == 0
    assert (await ada.item(item))["ai_tags"] is None
    assert await daemon.metric("aura_reconcile_runs_total") == 0
    assert await daemon.metric("aura_work_total") == 0


async def _is_zero(sandbox: Sandbox) -> bool:
    return await sockets(sandbox) == 0


async def test_port_is_honoured_and_a_taken_one_is_named(daemons: Daemons) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        said = await daemons.refused(*ALONE, AURA__API__PORT="", PORT=port)
        assert "PORT" in said
        assert port in said
    daemon = await ready(daemons, *ALONE, AURA__API__PORT="", PORT=port)
    assert await daemon.api_url() == f"http://127.0.0.1:{port}"


async def test_a_secret_that_protects_nothing_is_named(daemons: Daemons) -> None:
    assert "AURA__WEBHOOK__SECRET" in await daemons.refused(*ALONE, AURA__WEBHOOK__SECRET="short")


async def test_half_a_daemon_beside_the_api_is_refused(daemons: Daemons) -> None:
    assert "consumer and worker must run in one process" in await daemons.refused("--roles", "worker,api")


async def request_in_flight(
    daemon: DaemonProcess, ada: Wearer, photos: PhotoServer
) -> tuple[str, asyncio.Task[httpx.Response]]:
    """An item, and the request for its analysis, which waits for the photo."""
    photos.gate.clear()
    item = await ada.add(photos.publish(picture()))
    request = asyncio.create_task(analyze(daemon, ada, item))
    await wait_for(lambda: photos.fetched, what="the photo asked for")

    async def in_flight() -> bool:
        return bool(await daemon.metric("aura_api_in_flight"))

    await wait_for(in_flight, what="a request in flight")
    return item, request


@pytest.mark.parametrize("roles", [ALONE, ALL], ids=["alone", "with the daemon"])
async def test_a_request_in_flight_is_finished_and_new_ones_are_refused(
    daemons: Daemons, ada: Wearer, photos: PhotoServer, roles: tuple[str, ...]
) -> None:
    daemon = await ready(daemons, *roles)
    item, request = await request_in_flight(daemon, ada, photos)
    daemon.process.send_signal(signal.SIGTERM)
    await wait_for(lambda: daemon.said("api_closed"), what="the API closing")
    assert not (await daemon.readiness())["ready"]
    with pytest.raises(httpx.ConnectError):
        await status_of(await daemon.api_url() + "/")
    photos.gate.set()
    assert (await request).status_code == 200
    assert await daemon.ended() == 0, daemon.tail()
    assert (await ada.item(item))["ai_tags"]["status"] == "done"
    ended = [line["role"] for line in daemon.said("role_stopped")]
    assert ended == (["consumer", "worker", "api"] if roles == ALL else ["api"])


async def test_the_grace_period_bounds_what_is_in_flight(daemons: Daemons, ada: Wearer, photos: PhotoServer) -> None:
    daemon = await ready(daemons, *ALONE, AURA__API__GRACE_SECONDS="1")
    _, request = await request_in_flight(daemon, ada, photos)
    assert await daemon.stop() == 0, daemon.tail()
    answer = await request
    assert (answer.status_code, answer.json()["code"]) == (503, "shutting_down")


async def test_a_second_signal_ends_it_at_once(daemons: Daemons, ada: Wearer, photos: PhotoServer) -> None:
    daemon = await ready(daemons, *ALONE, AURA__API__GRACE_SECONDS="600")
    _, request = await request_in_flight(daemon, ada, photos)
    daemon.process.send_signal(signal.SIGTERM)
    await wait_for(lambda: daemon.said("api_closed"), what="the API closing")
    daemon.process.send_signal(signal.SIGTERM)
    assert await daemon.ended(10) == 128 + signal.SIGTERM
    with pytest.raises(httpx.HTTPError):
        await request
