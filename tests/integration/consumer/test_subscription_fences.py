"""Every way in which the ``realtime`` package dies silently ends a subscription loudly, in time, leaving nothing."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from http import HTTPStatus
from typing import Any

import pytest
from pydantic import SecretStr

from consumer.changes import Change
from consumer.doubts import Cause, Doubt
from consumer.realtime_client import FencedClient, Ping
from consumer.router import BINDINGS, canary_binding
from consumer.subscription import Address, Subscription
from tests.support.phoenix import Peer, phoenix

KEY = "sb_secret_of_a_test"


class Ear:
    """A listener that remembers; ``raises`` makes it as bad as a listener can be."""

    def __init__(self, *, raises: bool = False) -> None:
        self.heard: list[str] = []
        self.changes: list[Change] = []
        self.progress = asyncio.Event()
        self._raises = raises

    def joined(self) -> None:
        self.heard.append("joined")

    def system_ok(self) -> None:
        self.heard.append("system_ok")

    def change(self, change: Change) -> None:
        self.changes.append(change)
        self.progress.set()
        if self._raises:
            raise RuntimeError("a listener that raises")


def subscription(url: str, ear: Ear, *, join_timeout: float = 20.0, ping: Ping | None = None) -> Subscription:
    bindings = (*BINDINGS, canary_binding("c4a4a4a4-0000-4000-8000-000000000000"))
    address = Address(url, SecretStr(KEY), "aura", bindings, join_timeout=join_timeout, ping=ping or Ping())
    return Subscription(address, ear)


async def ended(url: str, ear: Ear, **options: Any) -> Doubt:
    async with asyncio.timeout(60):
        return await subscription(url, ear, **options).run()


@pytest.fixture(autouse=True)
async def _nothing_is_left() -> AsyncIterator[None]:
    """No task outlives a subscription: not the package's reader, heartbeat, nor any of its timers."""
    before = asyncio.all_tasks()
    yield
    left = asyncio.all_tasks() - before - {asyncio.current_task()}
    assert not left, f"tasks left behind: {left}"


async def silence(peer: Peer) -> None:
    await peer.socket.wait_closed()


async def test_a_peer_that_is_gone_without_a_word_is_noticed_by_its_silence() -> None:
    """Half-open: the connection stands, and nobody is at its other end."""

    over = asyncio.Event()

    async def script(peer: Peer) -> None:
        await peer.accept()
        peer.socket.transport.pause_reading()
        await over.wait()
        peer.socket.transport.resume_reading()

    ear = Ear()
    async with phoenix(script) as url:
        doubt = await ended(url, ear, ping=Ping(interval=0.1, timeout=0.5))
        over.set()
    assert ear.heard == ["joined", "system_ok"]
    assert doubt.cause is Cause.SOCKET_LOST
    assert "keepalive ping timeout" in doubt.detail


async def test_it_hears_and_then_says_why_it_ended() -> None:
    async def script(peer: Peer) -> None:
        await peer.accept()
        await peer.change("likes", {"id": "l", "user_id": "u"})
        await peer.change("aura_canary", {"id": "c", "beat": 1})
        await peer.socket.close(1012)

    ear = Ear()
    async with phoenix(script) as url:
        doubt = await ended(url, ear)
    assert ear.heard == ["joined", "system_ok"]
    assert [change.table for change in ear.changes] == ["likes", "aura_canary"]
    assert doubt.cause is Cause.SOCKET_LOST
    assert "1012" in doubt.detail


async def test_it_asks_for_the_columns_it_needs_with_the_key_it_was_given() -> None:
    seen: dict[str, Any] = {}

    async def script(peer: Peer) -> None:
        await peer.expect_join()
        seen["join"] = peer.join
        seen["path"] = peer.socket.request.path if peer.socket.request else ""

    async with phoenix(script) as url:
        await ended(url, Ear())
    assert f"apikey={KEY}" in seen["path"]
    assert seen["path"].startswith("/realtime/v1/websocket?")
    assert seen["join"]["payload"]["access_token"] == KEY
    asked = {each["table"]: each for each in seen["join"]["payload"]["config"]["postgres_changes"]}
    assert asked["clothing_items"]["select"] == ["id", "user_id", "image_url", "ai_tags"]
    assert asked["aura_canary"]["filter"] == "id=eq.c4a4a4a4-0000-4000-8000-000000000000"


async def test_a_listener_that_raises_ends_the_subscription_instead_of_its_reader() -> None:
    async def script(peer: Peer) -> None:
        await peer.accept()
        await peer.change("likes", {"id": "l", "user_id": "u"})
        await silence(peer)

    ear = Ear(raises=True)
    async with phoenix(script) as url:
        doubt = await ended(url, ear)
    assert doubt == Doubt(Cause.LISTENER_ENDED, "_hear_change raised RuntimeError")


@pytest.mark.parametrize("code", [1000, 1001])
async def test_a_polite_close_is_a_loss_too(code: int) -> None:
    async def script(peer: Peer) -> None:
        await peer.accept()
        await peer.socket.close(code)

    async with phoenix(script) as url:
        assert (await ended(url, Ear())).cause is Cause.SOCKET_LOST


async def test_a_socket_that_is_cut() -> None:
    async def script(peer: Peer) -> None:
        await peer.accept()
        peer.socket.transport.abort()

    async with phoenix(script) as url:
        doubt = await ended(url, Ear())
    assert doubt == Doubt(Cause.SOCKET_LOST, "closed without a close frame")


async def test_a_damaged_change_is_heard_of_though_the_package_refuses_it() -> None:
    shell = {"columns": [], "commit_timestamp": None, "errors": ["Error 400: Bad Request, no primary key"]}

    async def script(peer: Peer) -> None:
        await peer.accept()
        await peer.change("clothing_items", {}, **shell)
        await peer.socket.send("no JSON at all")
        await peer.socket.send(
            json.dumps({"event": "unheard_of", "payload": {}, "ref": None, "topic": "realtime:aura"})
        )
        await peer.change("likes", {"id": "l", "user_id": "u"})
        await silence(peer)

    ear = Ear()
    async with phoenix(script) as url:
        running = asyncio.create_task(subscription(url, ear).run())
        async with asyncio.timeout(60):
            while len(ear.changes) < 2:
                ear.progress.clear()
                await ear.progress.wait()
        running.cancel()
        await asyncio.wait([running])
    assert [change.errors for change in ear.changes] == [("Error 400: Bad Request, no primary key",), ()]


async def test_a_change_of_several_megabytes_does_not_close_the_socket() -> None:
    async def script(peer: Peer) -> None:
        await peer.accept()
        await peer.change("clothing_items", {"id": "i", "user_id": "u", "image_url": "data:" + "x" * 3_000_000})
        await peer.socket.close(1012)

    ear = Ear()
    async with phoenix(script) as url:
        doubt = await ended(url, ear)
    assert len(ear.changes) == 1
    assert "1012" in doubt.detail


async def test_a_join_that_nobody_answers() -> None:
    async def script(peer: Peer) -> None:
        await silence(peer)

    ear = Ear()
    async with phoenix(script) as url:
        doubt = await ended(url, ear, join_timeout=2.0)
    assert doubt.cause is Cause.JOIN_TIMEOUT
    assert ear.heard == []


async def test_a_join_that_is_never_followed_by_a_subscription() -> None:
    async def script(peer: Peer) -> None:
        await peer.expect_join()
        await peer.reply_ok()
        await silence(peer)

    ear = Ear()
    async with phoenix(script) as url:
        doubt = await ended(url, ear, join_timeout=2.0)
    assert doubt.cause is Cause.JOIN_TIMEOUT
    assert "Subscribed to PostgreSQL" in doubt.detail
    assert ear.heard == ["joined"]


async def test_a_missing_publication_names_its_remedy() -> None:
    text = "Unable to subscribe to changes with given parameters. Please check Realtime is enabled for: [event: *]"

    async def script(peer: Peer) -> None:
        await peer.expect_join()
        await peer.reply_ok()
        await peer.system("error", text)
        await silence(peer)

    async with phoenix(script) as url:
        doubt = await ended(url, Ear())
    assert (doubt.cause, doubt.detail) == (Cause.SYSTEM_ERROR, text)
    assert "aura doctor" in (doubt.remedy or "")


async def test_a_token_that_expires_while_subscribed() -> None:
    async def script(peer: Peer) -> None:
        await peer.accept()
        await peer.system("error", "Token has expired 0 seconds ago", extension="system")
        await peer.send("phx_close", {}, ref=peer.join["ref"])
        await silence(peer)

    async with phoenix(script) as url:
        doubt = await ended(url, Ear())
    assert doubt.cause is Cause.SYSTEM_ERROR
    assert "SUPABASE_SERVICE_ROLE_KEY" in (doubt.remedy or "")


async def test_a_channel_closed_by_the_server() -> None:
    async def script(peer: Peer) -> None:
        await peer.accept()
        await peer.send("phx_close", {}, ref=peer.join["ref"])
        await silence(peer)

    async with phoenix(script) as url:
        assert (await ended(url, Ear())).cause is Cause.CHANNEL_CLOSED


async def test_a_channel_that_crashed() -> None:
    async def script(peer: Peer) -> None:
        await peer.accept()
        await peer.send("phx_error", {})
        await silence(peer)

    async with phoenix(script) as url:
        doubt = await ended(url, Ear())
    assert doubt == Doubt(Cause.SYSTEM_ERROR, "the server's channel failed")


async def test_a_join_refused_for_its_rate() -> None:
    async def script(peer: Peer) -> None:
        await peer.expect_join()
        await peer.reply("error", {"reason": "ClientJoinRateLimitReached: Too many joins per second"})
        await silence(peer)

    async with phoenix(script) as url:
        doubt = await ended(url, Ear())
    assert (doubt.cause, doubt.rate_limited, doubt.remedy) == (Cause.JOIN_REFUSED, True, None)


async def test_bindings_that_the_server_does_not_echo() -> None:
    async def script(peer: Peer) -> None:
        await peer.expect_join()
        await peer.reply("ok", {"postgres_changes": []})
        await silence(peer)

    async with phoenix(script) as url:
        assert (await ended(url, Ear())).cause is Cause.JOIN_REFUSED


@pytest.mark.parametrize(
    ("status", "rate_limited", "remedy"),
    [
        (HTTPStatus.UNAUTHORIZED, False, True),
        (HTTPStatus.TOO_MANY_REQUESTS, True, False),
        (HTTPStatus.BAD_GATEWAY, False, False),
    ],
)
async def test_a_refused_handshake(status: HTTPStatus, rate_limited: bool, remedy: bool) -> None:
    async with phoenix(silence, refuse=(status, '{"error":"told why"}')) as url:
        doubt = await ended(url, Ear())
    assert doubt.cause is Cause.CONNECT_FAILED
    assert str(status.value) in doubt.detail
    assert "told why" in doubt.detail
    assert (doubt.rate_limited, doubt.remedy is not None) == (rate_limited, remedy)
    assert KEY not in repr(doubt)


async def test_nobody_listens_there() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        doubt = await ended(f"http://127.0.0.1:{unused.getsockname()[1]}", Ear())
    assert doubt.cause is Cause.CONNECT_FAILED
    assert KEY not in repr(doubt)


async def test_a_server_that_accepts_and_says_nothing() -> None:
    async def mute(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asyncio.wait_for(_reader.read(-1), 20)
        writer.close()

    server = await asyncio.start_server(mute, "127.0.0.1", 0)
    async with server:
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        doubt = await ended(url, Ear(), join_timeout=2.0)
        server.close()
    assert doubt.cause is Cause.CONNECT_FAILED
    await asyncio.sleep(0)


async def test_closing_is_bounded_when_the_other_side_is_gone_without_a_word() -> None:
    """The peer stops reading: neither a close frame nor an answer to it will ever come."""
    frozen, over = asyncio.Event(), asyncio.Event()

    async def script(peer: Peer) -> None:
        await peer.accept()
        peer.socket.transport.pause_reading()
        frozen.set()
        await over.wait()
        peer.socket.transport.abort()

    ear = Ear()
    async with phoenix(script) as url:
        running = asyncio.create_task(subscription(url, ear).run())
        await asyncio.wait_for(frozen.wait(), 60)
        running.cancel()
        began = asyncio.get_running_loop().time()
        await asyncio.wait([running], timeout=10)
        over.set()
        assert running.cancelled()
        assert asyncio.get_running_loop().time() - began < 8  # websockets itself waits ten


async def test_the_installed_package_still_calls_the_hooks_that_the_fence_overrides() -> None:
    """Without them the fence would be a fence in name only."""

    async def script(peer: Peer) -> None:
        await peer.accept()
        await silence(peer)

    ear = Ear()
    async with phoenix(script) as url:
        alive = subscription(url, ear)
        client = alive._client()
        await client.connect()
        reader = client._listen_task
        assert reader is not None
        assert reader.get_coro().cr_code is FencedClient._listen.__code__  # type: ignore[union-attr]
        assert client._heartbeat_task is not None
        assert not client.auto_reconnect
        await client.shut()
