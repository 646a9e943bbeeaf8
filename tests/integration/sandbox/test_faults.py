"""Every fault is the real thing while it lasts, and is gone afterwards."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any

import aiohttp
import httpx
import psycopg
import pytest

from sandbox import Sandbox
from sandbox.errors import SandboxError
from sandbox.fault_client import FaultClient
from tests.support.accounts import People
from tests.support.sandboxes import running_sandbox
from tests.support.waiting import wait_for

SHORT = 3.0  # the fault has to be met before it is over
LONG = 120.0  # until cleared


@pytest.fixture(scope="module")
def fragile() -> Iterator[Sandbox]:
    """A sandbox of its own: other tests should not suffer."""
    with running_sandbox("fast") as sandbox:
        yield sandbox


@pytest.fixture
async def faults(fragile: Sandbox) -> AsyncIterator[FaultClient]:
    yield fragile.faults
    await fragile.faults.clear()


async def rest(sandbox: Sandbox, seconds: float = 30.0) -> httpx.Response:
    """One request on a connection of its own."""
    async with httpx.AsyncClient(timeout=seconds) as client:
        return await client.get(f"{sandbox.url}/rest/v1/users?limit=0", headers={"apikey": sandbox.secret_key})


async def works(sandbox: Sandbox) -> bool:
    try:
        return (await rest(sandbox)).status_code == httpx.codes.OK
    except httpx.TransportError:
        return False


async def test_the_port_is_really_closed(fragile: Sandbox, faults: FaultClient) -> None:
    await faults.refuse_connections(SHORT)
    with pytest.raises(httpx.ConnectError):
        await rest(fragile)
    await faults.settled()
    assert await works(fragile)


async def test_open_connections_are_reset_with_it(fragile: Sandbox, faults: FaultClient) -> None:
    async with aiohttp.ClientSession() as session, open_socket(session, fragile) as socket:
        await faults.refuse_connections(SHORT)
        message = await socket.receive(timeout=60)
    assert message.type in {aiohttp.WSMsgType.ERROR, aiohttp.WSMsgType.CLOSED}
    await faults.settled()


def open_socket(session: aiohttp.ClientSession, sandbox: Sandbox) -> Any:
    return session.ws_connect(f"{sandbox.url}/realtime/v1/websocket?apikey={sandbox.anon_key}&vsn=1.0.0")


async def test_sockets_are_cut_but_new_ones_are_served(fragile: Sandbox, faults: FaultClient) -> None:
    async with aiohttp.ClientSession() as session:
        async with open_socket(session, fragile) as socket:
            await faults.cut_sockets()
            assert (await socket.receive(timeout=60)).type in {aiohttp.WSMsgType.ERROR, aiohttp.WSMsgType.CLOSED}
        async with open_socket(session, fragile) as socket:
            assert await answers(socket)


async def answers(socket: Any, seconds: float = 30.0) -> bool:
    """Whether a heartbeat is answered."""
    await socket.send_json({"topic": "phoenix", "event": "heartbeat", "payload": {}, "ref": "1"})
    try:
        async with asyncio.timeout(seconds):
            return bool((await socket.receive_json())["ref"] == "1")
    except TimeoutError:
        return False


async def test_half_open_sockets_are_silent(fragile: Sandbox, faults: FaultClient) -> None:
    async with aiohttp.ClientSession() as session, open_socket(session, fragile) as old:
        await faults.half_open(LONG)
        async with open_socket(session, fragile) as new:
            assert not await answers(old, 0.3)
            assert not await answers(new, 0.3)
        await faults.clear()
        async with open_socket(session, fragile) as healthy:
            assert await answers(healthy)


async def test_the_database_is_really_gone_and_comes_back(fragile: Sandbox, faults: FaultClient) -> None:
    await faults.stop_postgres(LONG)
    with pytest.raises(psycopg.OperationalError):
        await psycopg.AsyncConnection.connect(fragile.db_url)
    assert (await rest(fragile)).status_code == 503
    assert (await faults.status())["postgres"] is False
    await faults.clear()
    await wait_for(lambda: works(fragile), what="PostgREST's reconnection")


async def test_a_crash_loses_nothing_that_was_committed(fragile: Sandbox, faults: FaultClient) -> None:
    people = People(fragile)
    person = await people.sign_up()
    await faults.stop_postgres(0.1, crash=True)
    await faults.settled()
    async with await psycopg.AsyncConnection.connect(fragile.db_url) as connection:
        row = await (await connection.execute("select email from users where id = %s", [person.id])).fetchone()
    assert row == (person.email,)
    await people.close()
    await wait_for(lambda: works(fragile), what="PostgREST's reconnection")


async def test_auth_and_storage_live_through_it(fragile: Sandbox, faults: FaultClient) -> None:
    people = People(fragile)
    person = await people.sign_up()
    await faults.stop_postgres(0.1)
    await faults.settled()
    path = await person.upload(b"bytes")
    assert await person.client.storage.from_("photos").download(path) == b"bytes"
    await people.sign_up()
    await people.close()
    await wait_for(lambda: works(fragile), what="PostgREST's reconnection")


async def test_a_path_answers_503(fragile: Sandbox, faults: FaultClient) -> None:
    await faults.break_path("/rest/v1", "503", LONG)
    assert (await rest(fragile)).status_code == 503
    async with httpx.AsyncClient() as client:
        other = await client.get(f"{fragile.url}/auth/v1/health", headers={"apikey": fragile.anon_key})
    assert other.status_code == httpx.codes.OK


async def test_a_path_is_reset(fragile: Sandbox, faults: FaultClient) -> None:
    await faults.break_path("/rest/v1", "reset", LONG)
    with pytest.raises((httpx.ReadError, httpx.RemoteProtocolError)):
        await rest(fragile)


async def test_a_path_hangs_until_it_is_mended(fragile: Sandbox, faults: FaultClient) -> None:
    await faults.break_path("/rest/v1", "hang", LONG)
    with pytest.raises(httpx.ReadTimeout):
        await rest(fragile, 0.3)
    waiting = asyncio.create_task(rest(fragile))
    await asyncio.wait({waiting}, timeout=0.2)
    assert not waiting.done()
    await faults.clear()
    with pytest.raises(httpx.TransportError):  # what hung was never answered
        await waiting
    assert await works(fragile)


async def test_tokens_expire_on_every_path(fragile: Sandbox, faults: FaultClient) -> None:
    people = People(fragile)
    person = await people.sign_up()
    headers = {"apikey": fragile.anon_key, "Authorization": f"Bearer {await person.token()}"}
    await faults.expire_tokens()
    async with httpx.AsyncClient(base_url=fragile.url, headers=headers) as client:
        rows = await client.get("/rest/v1/users")
        user = await client.get("/auth/v1/user")
        photo = await client.get(f"/storage/v1/object/authenticated/photos/{person.id}/x.jpg")
        key = await client.get("/rest/v1/users", headers={"Authorization": f"Bearer {fragile.service_key}"})
    assert (rows.status_code, rows.json()["message"]) == (401, "JWT expired")
    assert (user.status_code, user.json()["error_code"]) == (403, "bad_jwt")
    assert photo.json()["statusCode"] == "403"
    assert key.status_code == httpx.codes.OK  # API keys are no user's tokens
    await people.close()


async def test_faults_need_the_service_key(fragile: Sandbox) -> None:
    with pytest.raises(SandboxError, match="401"):
        await FaultClient(fragile.url, fragile.anon_key).cut_sockets()
    await FaultClient(fragile.url, fragile.secret_key).status()


@pytest.mark.parametrize(
    "body", [{"fault": "nonsense"}, {"fault": "stop_postgres", "seconds": -1}, {"fault": "cut_sockets", "x": 1}, {}]
)
async def test_nonsense_is_refused(fragile: Sandbox, body: dict[str, Any]) -> None:
    async with httpx.AsyncClient() as client:
        answer = await client.post(
            f"{fragile.url}/sandbox/v1/faults", json=body, headers={"apikey": fragile.service_key}
        )
    assert answer.status_code == 400
