"""What everything is measured against: the obvious consumer, written straight on the ``realtime`` client.

It subscribes to the same three tables as the package's documentation shows, reads each untagged item that it hears of
again and writes tags onto it; eight rows at a time, over one pool of connections. No listing, no canary, no lease, no
style, no photo: whatever it did not hear of is never tagged, and a write that fails is not tried again. The package's
own reconnecting is left on.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from typing import Any

import httpx
from realtime import AsyncRealtimeClient
from realtime.types import RealtimePostgresChangesListenEvent as Event

from aura.photos.identity import photo_identity
from benchmarks.journal import JournalWriter

TABLES = ("clothing_items", "likes", "combinations")
WORKERS = 8


class BareConsumer:
    """Hears changes, re-reads the rows, writes tags."""

    def __init__(self, url: str, key: str, journal: JournalWriter) -> None:
        self._url = url
        self._key = key
        self._journal = journal
        self._heard: asyncio.Queue[str] = asyncio.Queue()
        self._http = httpx.AsyncClient(
            base_url=f"{url}/rest/v1", headers={"apikey": key, "Authorization": f"Bearer {key}"}, timeout=10
        )

    async def run(self) -> None:
        """Follow the project until cancelled."""
        client = AsyncRealtimeClient(f"{self._url}/realtime/v1", self._key)
        await client.connect()
        channel = client.channel("bare")
        for table in TABLES:
            channel.on_postgres_changes(Event.All, self._hear, table=table, schema="public")
        channel.on_system(lambda _message: self._journal.note("live"))
        await channel.subscribe()
        async with asyncio.TaskGroup() as workers:
            for _ in range(WORKERS):
                workers.create_task(self._work())

    def _hear(self, payload: Any) -> None:
        change = payload["data"]
        if change["table"] != "clothing_items" or change["type"] == "DELETE" or change["record"]["ai_tags"]:
            return
        self._journal.note("heard", change["record"]["id"])
        self._heard.put_nowait(change["record"]["id"])

    async def _work(self) -> None:
        while True:
            item = await self._heard.get()
            try:
                await self._tag(item)
            except httpx.HTTPError as error:
                sys.stderr.write(f"{item}: {type(error).__name__}\n")

    async def _tag(self, item: str) -> None:
        path = f"/clothing_items?id=eq.{item}"
        answer = await self._http.get(f"{path}&select=image_url,ai_tags")
        for row in answer.raise_for_status().json():
            tags = {"status": "done", "source": {"photo": photo_identity(row["image_url"])}}
            written = await self._http.patch(path, json={"ai_tags": tags, "category": "tops"})
            written.raise_for_status()
            self._journal.note("written", item)


async def main() -> None:
    """Run until SIGTERM."""
    bare = BareConsumer(os.environ["SUPABASE_URL"], os.environ["SUPABASE_SECRET_KEY"], JournalWriter())
    running = asyncio.ensure_future(bare.run())
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, running.cancel)
    await asyncio.wait([running])
    if not running.cancelled():
        running.result()


if __name__ == "__main__":
    asyncio.run(main())
