"""Style DNA through the API: what it answers, where it is kept, and that it never costs a person their own words."""

from __future__ import annotations

import asyncio
from typing import Any

import psycopg
import pytest
from psycopg.rows import TupleRow

from handlers.services import Services
from handlers.style_dna import style_dna
from sandbox import Sandbox
from tests.support.api import ApiHouse, Visitor
from tests.support.handling import services_for
from tests.support.styles import combine, kept_dna, like, profile
from tests.support.wardrobes import Wearer

Db = psycopg.AsyncConnection[TupleRow]
CALCULATE = "/api/v1/ai/calculate-style-dna"
PEOPLE, ROUNDS = 4, 50


async def calculate(who: Visitor) -> dict[str, Any]:
    answer = await who.post(CALCULATE)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def kept(wearer: Wearer) -> list[dict[str, Any]]:
    """All rows of ``ai_profiles`` that the person sees."""
    answer = await wearer.person.client.table("ai_profiles").select("user_id,dna").execute()
    return [dict(row) for row in answer.data]  # type: ignore[arg-type]


async def test_the_summary_tells_what_is_kept(api: ApiHouse) -> None:
    ada = api.ada.wearer
    await ada.add(category="Jeans", color="dark blue", is_favorite=True)
    await ada.add(category="T-shirt", color="red")
    answer = await calculate(api.ada)
    assert answer["message"] == "Style DNA calculated and saved."
    summary = answer["style_dna"]
    assert [entry["name"] for entry in summary["categories"]] == ["bottoms", "tops"]
    assert summary["counts"]["items"] == 2
    dna = (await profile(ada))["style_dna"]
    assert await kept(ada) == [{"user_id": ada.id, "dna": kept_dna(dna)}]
    assert summary["summary"] == dna["summary"]["en"]
    assert all(summary[trait] == dna[trait][:5] for trait in ("styles", "colors", "categories", "patterns"))
    assert summary["formality"] == dna["formality"]["level"]
    again = await calculate(api.ada)
    assert again == {"message": "Style DNA is up to date.", "style_dna": summary}


async def test_somebody_without_anything_has_an_empty_style(api: ApiHouse) -> None:
    summary = (await calculate(api.ada))["style_dna"]
    assert (summary["colors"], summary["styles"], summary["formality"]) == ([], [], None)
    assert set(summary["counts"].values()) == {0}


async def test_nobody_elses_things_are_in_it_and_nobody_else_sees_it(api: ApiHouse) -> None:
    ada, deniz = api.ada.wearer, api.deniz.wearer
    outfit = await combine(deniz, "Vintage evening", await deniz.add(category="Dress"), public=True)
    await like(deniz, outfit)
    await ada.add(category="Jeans")
    summary = (await calculate(api.ada))["style_dna"]
    assert [entry["name"] for entry in summary["categories"]] == ["bottoms"]
    assert (summary["counts"]["likes"], summary["counts"]["outfits"], summary["styles"]) == (0, 0, [])
    assert await kept(deniz) == []
    await calculate(api.deniz)
    assert [row["user_id"] for row in await kept(deniz)] == [deniz.id]


@pytest.mark.parametrize(
    "chosen", [None, {}, {"styles": ["casual"], "other": {"x": [1, None]}}, ["casual"], "casual", 7]
)
async def test_whatever_a_profile_holds_stays(api: ApiHouse, chosen: Any) -> None:
    ada = api.ada.wearer
    await ada.person.client.table("profiles").insert({"user_id": ada.id, "preferred_style": chosen}).execute()
    await ada.add(category="Jeans")
    await calculate(api.ada)
    found: Any = await profile(ada)
    if isinstance(chosen, dict | None):
        dna = found.pop("style_dna")
        assert (found, dna["counts"]["items"]) == (chosen or {}, 1)
    else:
        assert found == chosen


async def test_somebody_whose_account_is_gone(api: ApiHouse) -> None:
    ada = api.ada
    async with await psycopg.AsyncConnection.connect(api.sandbox.db_url, autocommit=True) as db:
        await db.execute("delete from auth.users where id = %s", [ada.id])
    answer = await ada.post(CALCULATE)
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


async def test_without_a_token_nothing_is_calculated(modern_api: ApiHouse) -> None:
    answer = await modern_api.client.post(CALCULATE)
    assert (answer.status_code, answer.json()["code"]) == (401, "unauthorized")


async def test_two_hundred_interleavings_lose_nothing(modern_api: ApiHouse, sandbox: Sandbox) -> None:
    """The app rewrites its keys (reading, changing and writing the whole) while daemon and API write the DNA."""
    visitors = [await modern_api.visitor() for _ in range(PEOPLE)]
    async with services_for(sandbox, modern_api.analyzer) as daemon:
        written = await asyncio.gather(*(_interleave(visitor, daemon) for visitor in visitors))
        for visitor in visitors:
            await style_dna(visitor.id, daemon)
            dna = (await profile(visitor.wearer))["style_dna"]
            assert [row["dna"] for row in await kept(visitor.wearer)] == [kept_dna(dna)]
            assert dna["counts"]["items"] == ROUNDS + 1
    assert sum(written) >= PEOPLE * ROUNDS / 2, "hardly any DNA was written: nothing was interleaved"


async def _interleave(visitor: Visitor, daemon: Services) -> int:
    """The rounds of one person; returns in how many a DNA was written."""
    wearer, written = visitor.wearer, 0
    await wearer.add(category="Jeans")
    await wearer.person.client.table("profiles").insert({"user_id": wearer.id, "preferred_style": {}}).execute()
    for number in range(ROUNDS):
        await wearer.add(category="Dress")
        writers = ((True,), (False,), (True, False))[number % 3]
        wrote = (_writes(visitor, daemon, by_api=by_api) for by_api in writers)
        chosen, *outcomes = await asyncio.gather(_choose(wearer, number), *wrote)
        written += any(outcomes)
        found = await profile(wearer)
        assert {key: found[key] for key in found if key != "style_dna"} == chosen
    return written


async def _writes(visitor: Visitor, daemon: Services, *, by_api: bool) -> bool:
    """Has the DNA computed by one of the two; whether that wrote it."""
    if by_api:
        return bool((await calculate(visitor))["message"] == "Style DNA calculated and saved.")
    return (await style_dna(visitor.id, daemon)).status == "written"


async def _choose(wearer: Wearer, number: int) -> dict[str, Any]:
    """What the app does when a person changes their choices: read, change, write everything back."""
    before = await profile(wearer)
    chosen = {"styles": ["casual"], "colors": ["blue"][: number % 2], "number": number, f"k{number % 7}": [number]}
    everything = {**before, **chosen}
    update = wearer.person.client.table("profiles").update({"preferred_style": everything})
    await update.eq("user_id", wearer.id).execute()
    return {key: value for key, value in everything.items() if key != "style_dna"}
