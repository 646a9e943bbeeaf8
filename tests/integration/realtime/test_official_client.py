"""The official Python client works against the server as it does against the real one."""

from __future__ import annotations

import asyncio
from typing import Any

from realtime import AsyncRealtimeClient

from tests.support.realtime.keys import USER_A, USER_B
from tests.support.realtime.listener import PATIENCE
from tests.support.realtime.stage import Stage

ITEM = "insert into clothing_items (user_id, name) values (%s, %s)"


async def test_a_signed_in_user_hears_of_their_own_rows(fast_stage: Stage) -> None:
    live, heard = asyncio.Event(), asyncio.Queue[dict[str, Any]]()
    url = fast_stage.url.replace("http", "ws", 1).removesuffix("/websocket")
    client = AsyncRealtimeClient(url, token=fast_stage.keys.token("anon"), auto_reconnect=False)
    await client.connect()
    try:
        await client.set_auth(fast_stage.keys.user(USER_A))
        channel = client.channel("items")
        channel.on_postgres_changes("*", heard.put_nowait, table="clothing_items", schema="public")  # type: ignore[arg-type]
        channel.on_system(lambda _message: live.set())
        await channel.subscribe()
        await asyncio.wait_for(live.wait(), PATIENCE)
        changes = []
        await fast_stage.execute(ITEM, USER_B, "theirs")
        for statement in (
            f"insert into clothing_items (user_id, name) values ('{USER_A}', 'mine')",
            "update clothing_items set name = 'renamed' where name = 'mine'",
            "delete from clothing_items where name = 'renamed'",
        ):
            await fast_stage.execute(statement)
            changes.append((await asyncio.wait_for(heard.get(), PATIENCE))["data"])
    finally:
        await client.close()
    assert [change["type"] for change in changes] == ["INSERT", "UPDATE", "DELETE"]
    assert [change["record"]["name"] for change in changes[:2]] == ["mine", "renamed"]


async def test_broadcast_reaches_the_other_client(fast_stage: Stage) -> None:
    heard = asyncio.Queue[dict[str, Any]]()
    url = fast_stage.url.replace("http", "ws", 1).removesuffix("/websocket")
    clients = [AsyncRealtimeClient(url, token=fast_stage.keys.token("anon"), auto_reconnect=False) for _ in range(2)]
    try:
        for client in clients:
            await client.connect()
        sender, receiver = (client.channel("room") for client in clients)
        receiver.on_broadcast("hi", heard.put_nowait)  # type: ignore[arg-type]
        for channel in (receiver, sender):
            joined = asyncio.Event()
            await channel.subscribe(lambda _state, _error, joined=joined: joined.set())  # type: ignore[misc]
            await asyncio.wait_for(joined.wait(), PATIENCE)
        await sender.send_broadcast("hi", {"n": 1})
        message = await asyncio.wait_for(heard.get(), PATIENCE)
    finally:
        for client in clients:
            await client.close()
    assert message["payload"] == {"n": 1}
