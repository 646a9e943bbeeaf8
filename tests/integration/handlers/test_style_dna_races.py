"""Whatever happens while a style DNA is computed, by whomever: what stands in the end is made from what is there."""

from __future__ import annotations

import asyncio
from typing import Any

import psycopg
import pytest
from psycopg.rows import TupleRow

from aura.gateway.style import read_wardrobe
from handlers.services import Services
from handlers.style_dna import compute_style, style_dna
from sandbox import Sandbox
from tests.support.handling import services_for
from tests.support.instant import InstantAnalyzer
from tests.support.styles import profile
from tests.support.wardrobes import Wearer

Db = psycopg.AsyncConnection[TupleRow]


async def marks(services: Services, user: str) -> list[int]:
    return list((await services.ledger.open_style(user)).marks)


async def test_a_change_while_it_is_computed_leaves_its_mark(
    ada: Wearer, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    await ada.add(category="Jeans")
    _change_after_reading(ada, monkeypatch, times=1)
    assert (await style_dna(ada.id, services)).status == "written"
    assert (await profile(ada))["style_dna"]["counts"]["items"] == 1
    assert len(await marks(services, ada.id)) == 1
    assert (await style_dna(ada.id, services)).status == "written"
    assert (await profile(ada))["style_dna"]["counts"]["items"] == 2


async def test_a_wardrobe_that_changes_under_every_computation_is_kept_all_the_same(
    ada: Wearer, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who never stands still has a DNA that is one change old, and one mark, however long it goes on."""
    await ada.add(category="Jeans")
    _change_after_reading(ada, monkeypatch, times=1000)
    for number in range(1, 5):
        assert (await style_dna(ada.id, services)).status == "written"
        assert (await profile(ada))["style_dna"]["counts"]["items"] == number
        assert len(await marks(services, ada.id)) == 1


def _change_after_reading(wearer: Wearer, monkeypatch: pytest.MonkeyPatch, *, times: int) -> None:
    left = times

    async def read_then_changed(*arguments: Any) -> Any:
        nonlocal left
        wardrobe = await read_wardrobe(*arguments)
        if left > 0:
            left -= 1
            await wearer.add(category="Dress")
        return wardrobe

    monkeypatch.setattr("handlers.style_dna.read_wardrobe", read_then_changed)


def _read_slowly(monkeypatch: pytest.MonkeyPatch) -> tuple[asyncio.Event, asyncio.Event]:
    """The first to read has read once the first event is set, and goes on when the second is."""
    has_read, may_go_on = asyncio.Event(), asyncio.Event()

    async def read_slowly(*arguments: Any) -> Any:
        wardrobe = await read_wardrobe(*arguments)
        if not has_read.is_set():
            has_read.set()
            await may_go_on.wait()
        return wardrobe

    monkeypatch.setattr("handlers.style_dna.read_wardrobe", read_slowly)
    return has_read, may_go_on


async def test_a_slower_writer_does_not_set_a_newer_dna_back(
    ada: Wearer, services: Services, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The slower one has read before a change; the faster one reads after it, writes and clears its mark."""
    await ada.add(category="Jeans")
    has_read, may_go_on = _read_slowly(monkeypatch)
    slower = asyncio.create_task(style_dna(ada.id, services))
    await has_read.wait()
    await ada.add(category="Dress")
    async with services_for(sandbox, InstantAnalyzer()) as other:
        assert (await style_dna(ada.id, other)).status == "written"
    assert await marks(services, ada.id) == []
    may_go_on.set()
    await slower
    assert (await profile(ada))["style_dna"]["counts"]["items"] == 2


async def test_who_found_nothing_new_forestalls_a_slower_writer_too(
    ada: Wearer, services: Services, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Changed and changed back: the slower one has read what was between, and the marks are all gone."""
    item = await ada.add(category="Jeans", color="navy")
    await style_dna(ada.id, services)
    await ada.edit(item, color="red")
    has_read, may_go_on = _read_slowly(monkeypatch)
    slower = asyncio.create_task(style_dna(ada.id, services))
    await has_read.wait()
    await ada.edit(item, color="navy")
    async with services_for(sandbox, InstantAnalyzer()) as other:
        await style_dna(ada.id, other)
    assert await marks(services, ada.id) == []
    may_go_on.set()
    await slower
    assert [entry["name"] for entry in (await profile(ada))["style_dna"]["colors"]] == ["navy"]


async def test_whom_others_forestall_every_time_leaves_the_marks(
    ada: Wearer, services: Services, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    await ada.add(category="Jeans")

    async def read_then_forestalled(*arguments: Any) -> Any:
        wardrobe = await read_wardrobe(*arguments)
        await db_raise(sandbox, ada.id)
        return wardrobe

    await style_dna(ada.id, services)
    await ada.add(category="Dress")
    monkeypatch.setattr("handlers.style_dna.read_wardrobe", read_then_forestalled)
    forestalled = await compute_style(ada.id, services)
    assert (forestalled.outcome.status, len(await marks(services, ada.id))) == ("pending", 1)
    assert forestalled.dna is not None, "whoever asked gets an answer"
    assert forestalled.dna["counts"]["items"] == 2


async def db_raise(sandbox: Sandbox, user: str) -> None:
    """As if another had just kept a DNA."""
    async with await psycopg.AsyncConnection.connect(sandbox.db_url, autocommit=True) as connection:
        await connection.execute("update ai_profiles set revision = revision + 1 where user_id = %s", [user])


async def test_somebody_who_leaves_while_it_is_computed(
    bob: Wearer, services: Services, db: Db, monkeypatch: pytest.MonkeyPatch
) -> None:
    await bob.add(category="Jeans")

    async def read_then_gone(*arguments: Any) -> Any:
        wardrobe = await read_wardrobe(*arguments)
        await db.execute("delete from auth.users where id = %s", [bob.id])
        return wardrobe

    monkeypatch.setattr("handlers.style_dna.read_wardrobe", read_then_gone)
    assert (await style_dna(bob.id, services)).status == "gone"
    monkeypatch.undo()
    assert (await style_dna(bob.id, services)).status == "gone"
    assert await marks(services, bob.id) == []
