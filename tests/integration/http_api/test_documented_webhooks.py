"""The webhooks of docs/webhooks.md work as they stand there: their SQL is run, and what it sends is taken."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from sandbox import Sandbox
from sandbox.database import temporary_database
from tests.support.api import RunningApi, api_settings, running_api
from tests.support.databases import Database, copied

ROOT = Path(__file__).resolve().parents[3]
SUPABASE = ROOT / "tests" / "support" / "supabase_functions.sql"
SECRET = "qsTIZ0xzwK7mCFA4hNOSqQ9bGpC0nNFLcQpYlZbHqkU="


def documented(name: str) -> str:
    """A block of SQL of the document, with this test's secret in it."""
    text = (ROOT / "docs" / "webhooks.md").read_text(encoding="utf-8")
    found = re.search(rf"^( *)```sql {name}\n(.*?)^ *```$", text, re.MULTILINE | re.DOTALL)
    assert found, name
    return found[2].replace("<the secret>", SECRET)


@pytest.fixture
async def db() -> AsyncIterator[Database]:
    """The app's database, with what Supabase's own extensions bring."""
    async with temporary_database() as server, copied(server, "postgres") as database:
        await database.rows(SUPABASE.read_text(encoding="utf-8"))
        yield database


@pytest.fixture
async def api(sandbox: Sandbox) -> AsyncIterator[RunningApi]:
    """An API that takes webhooks."""
    async with running_api(api_settings(sandbox, webhook={"secret": SECRET})) as running:
        yield running


async def deliver(db: Database, api: RunningApi) -> list[httpx.Response]:
    """Send what is queued, as pg_net's worker does; the answers."""
    queued = await db.rows("delete from net.http_request_queue returning url, headers, body")
    path = "/webhooks/supabase"
    assert {url for url, _, _ in queued} <= {f"https://api.example.com{path}"}
    return [await api.client.post(path, content=body, headers=headers) for _, headers, body in queued]


@pytest.mark.parametrize("blocks", [("dashboard",), ("vault", "signed")], ids=["dashboard", "signed"])
async def test_the_documented_trigger_tells_of_photos_and_of_nothing_else(
    db: Database, api: RunningApi, blocks: tuple[str, ...]
) -> None:
    for block in blocks:
        await db.rows(documented(block))
    item = await db.item(await db.user(), name='Çok "mavi" gömlek ✨')
    (answer,) = await deliver(db, api)
    assert (answer.status_code, answer.json()) == (202, {"status": "accepted"})
    assert api.hints.changes[0]["record"]["id"] == str(item)
    await db.rows("update clothing_items set image_url = 'https://cdn.example/b.jpg' where id = %s", item)
    assert [each.status_code for each in await deliver(db, api)] == [202]
    assert api.hints.changes[1]["old_record"]["image_url"] == "https://cdn.example/a.jpg"
    await db.rows("update clothing_items set ai_tags = '{}' where id = %s", item)
    assert await deliver(db, api) == [], "the machine's own writes tell nobody"


async def test_a_signed_message_cannot_be_changed_or_repeated(db: Database, api: RunningApi) -> None:
    for block in ("vault", "signed"):
        await db.rows(documented(block))
    await db.item(await db.user())
    ((_, headers, body),) = await db.rows("select url, headers, body from net.http_request_queue")
    changed = await api.client.post("/webhooks/supabase", content=body + b" ", headers=headers)
    assert changed.status_code == 401
    assert [each.json()["status"] for each in [*await deliver(db, api)]] == ["accepted"]
    again = await api.client.post("/webhooks/supabase", content=body, headers=headers)
    assert again.json()["status"] == "repeated"


@pytest.mark.parametrize("missing", ["the secret", "the queue"])
async def test_a_webhook_that_cannot_be_sent_never_fails_the_apps_write(db: Database, missing: str) -> None:
    await db.rows(documented("signed"))
    if missing == "the queue":
        await db.rows(documented("vault"))
        await db.rows("drop table net.http_request_queue")
    await db.item(await db.user())
    assert await db.value("select count(*) from clothing_items") == 1
