"""``aura failures`` and ``aura backfill`` on a real project."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from click.testing import CliRunner, Result
from psycopg.rows import TupleRow

from handlers.analyze_item import analyze_item
from handlers.cli import backfill, failures
from handlers.services import Services
from sandbox import Sandbox
from tests.support.wardrobes import Wearer, picture

Db = psycopg.AsyncConnection[TupleRow]


@pytest.fixture(autouse=True)
def environment(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """What a person's shell would hold."""
    monkeypatch.chdir(tmp_path)
    for name in ("SUPABASE_URL", "SUPABASE_ANON_KEY", "SUPABASE_SERVICE_ROLE_KEY"):
        monkeypatch.setenv(name, sandbox.settings[name])
    monkeypatch.setenv("AURA__ANALYSIS__ANALYZER", "palette")


async def aura(command: Any, *arguments: str, says: str | None = None) -> Result:
    """Run a command as the shell would, outside this event loop."""
    result = await asyncio.to_thread(CliRunner().invoke, command, arguments, input=says)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


@pytest.fixture
async def broken(ada: Wearer, services: Services) -> str:
    """An item that failed for good."""
    item_id = await ada.add(await ada.photo(b"broken"))
    assert (await analyze_item(item_id, services)).status == "failed"
    return item_id


async def test_failures_are_listed_for_programs(broken: str, ada: Wearer) -> None:
    result = await aura(failures, "list", "--json", "--limit", "100000", "--code", "photo_unsupported_type")
    found = [line for line in map(json.loads, result.output.splitlines()) if line["item_id"] == broken]
    assert len(found) == 1
    assert found[0]["user_id"] == ada.id
    assert found[0]["permanent"] is True
    assert found[0]["code"] == "photo_unsupported_type"
    assert "photo" not in found[0]


async def test_failures_are_listed_for_people(broken: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    result = await aura(failures, "list", "--limit", "100000")
    assert broken in result.output
    assert "never" in result.output


async def test_other_codes_are_left_out(broken: str) -> None:
    result = await aura(failures, "list", "--json", "--limit", "100000", "--code", "photo_gone")
    assert broken not in result.output


async def test_a_failure_is_tried_again(broken: str, ada: Wearer, services: Services, db: Db) -> None:
    result = await aura(failures, "retry", broken)
    assert result.output == "1 will be tried again.\n"
    listed = await db.execute("select from aura_outstanding_items(1000) where id = %s", [broken])
    assert await listed.fetchone() is not None
    await ada.person.client.storage.from_("photos").update(
        (await ada.item(broken))["image_url"].split("/photos/")[1], picture(), {"content-type": "image/jpeg"}
    )
    assert (await analyze_item(broken, services)).status == "written"


@pytest.mark.parametrize("arguments", [[], ["--all", str(uuid4())], ["not-an-id"]])
async def test_retry_wants_to_know_what(arguments: list[str]) -> None:
    assert (await aura(failures, "retry", *arguments)).exit_code == 2


@pytest.fixture
async def old(ada: Wearer, db: Db) -> AsyncIterator[str]:
    """The newest item from before the installation."""
    found = await db.execute("select installed_at - interval '1 microsecond' from aura_installation")
    row = await found.fetchone()
    assert row is not None
    item_id = await ada.add(await ada.photo(), created_at=row[0].isoformat())
    await db.execute("delete from analysis_admitted where item_id = %s", [item_id])
    yield item_id
    await ada.delete(item_id)


async def outstanding(db: Db, item_id: str) -> bool:
    listed = await db.execute("select from aura_outstanding_items(1000) where id = %s", [item_id])
    return await listed.fetchone() is not None


async def test_a_dry_run_admits_nothing(old: str, db: Db) -> None:
    result = await aura(backfill, "--max-calls", "1", "--dry-run")
    assert "1 would be analysed by palette/" in result.output
    assert "at no cost" in result.output
    assert not await outstanding(db, old)


async def test_a_person_may_say_no(old: str, db: Db) -> None:
    result = await aura(backfill, "--max-calls", "1", says="n\n")
    assert result.exit_code == 1
    assert not await outstanding(db, old)


async def test_old_photos_are_admitted_newest_first(old: str, db: Db) -> None:
    result = await aura(backfill, "--max-calls", "1", "--yes")
    assert "Admitted 1." in result.output
    assert await outstanding(db, old)


async def test_other_versions_are_admitted_when_asked(ada: Wearer, services: Services, db: Db) -> None:
    item_id = await ada.add(await ada.photo())
    await analyze_item(item_id, services)
    await aura(backfill, "--max-calls", "100000", "--yes")
    assert not await outstanding(db, item_id)
    await aura(backfill, "--max-calls", "100000", "--stale-version", "--yes")
    assert await outstanding(db, item_id)
