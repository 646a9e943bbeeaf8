"""Recommendations over real sockets: one's own wardrobe alone, complete, and as it was asked for."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import uuid4

import pytest

from tests.support.api import ApiHouse
from tests.support.recommending import ITEMS, PATH, Db, recommended, wardrobe, worn
from tests.support.waiting import wait_for


async def test_two_people_get_outfits_of_their_own_clothes(api: ApiHouse) -> None:
    ada = await wardrobe(api.ada, "Navy Shirt", "Blue Jeans", "boots")
    deniz = await wardrobe(api.deniz, "red dress", "sandals")
    body = await recommended(api.ada)
    (outfit,) = body["recommendations"]
    assert (outfit["type"], outfit["items"], outfit["name"]) == ("combination", ada, "Shirt & Jeans")
    assert sum(why["score"] * why["weight"] for why in outfit["why"]) == pytest.approx(outfit["score"], abs=0.01)
    assert (body["missing"], body["optimality_gap"]) == ([], 0.0)
    assert worn(await recommended(api.deniz)) == set(deniz)


async def test_the_path_without_its_last_slash_is_the_same(modern_api: ApiHouse) -> None:
    await wardrobe(modern_api.ada, "shirt", "jeans")
    with_slash, without = await asyncio.gather(modern_api.ada.get(PATH), modern_api.ada.get(PATH.rstrip("/")))
    assert without.status_code == 200
    assert without.json() == with_slash.json()


async def test_items_are_described_and_have_no_links(api: ApiHouse) -> None:
    mine = await wardrobe(api.ada, "shirt", "hoodie", "blouse", color="navy")
    body = await recommended(api.ada, **ITEMS, limit=1)
    (idea,) = body["recommendations"]
    item = idea.pop("item")
    assert idea == {"type": "item"}
    assert set(item.pop("goes_with")) == set(mine)
    assert item.pop("name")
    text = item.pop("description")
    assert text.startswith("Goes with 3 of your pieces, such as your Navy ")
    assert text.endswith(", and opens 3 new outfits.")
    assert item == {"unlocks": 3, **dict.fromkeys(("image_url", "affiliate_link", "brand", "price", "currency"))}
    assert [each["what"] for each in body["missing"]] == ["bottom", "shoes"]


async def test_an_empty_wardrobe_is_answered(modern_api: ApiHouse) -> None:
    body = await recommended(modern_api.ada)
    assert body["recommendations"] == []
    assert [each["what"] for each in body["missing"]] == ["top", "bottom", "shoes"]
    items = await recommended(modern_api.ada, **ITEMS)
    assert [each["item"]["unlocks"] for each in items["recommendations"]] == [0, 0, 0]


async def test_products_of_the_shop_are_proposed_and_change_with_it(
    modern_api: ApiHouse, rows: Db, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(modern_api.api.context.services.catalogue, "_refresh_seconds", 0.0)
    await wardrobe(modern_api.ada, "white shirt", "cream shirt", "black boots")
    link = f"https://shop.example/{uuid4()}"
    add = (
        "insert into catalog_products (name, category, color, affiliate_link, price, currency)"
        " values ('Fine Jeans', 'jeans', 'navy', %s, 49.90, 'EUR')"
    )
    await rows.execute(add, [link])
    try:
        (sold,) = [each for each in await until_sold(modern_api, link) if each["affiliate_link"] == link]
        assert (sold["name"], sold["price"], sold["currency"], sold["unlocks"]) == ("Fine Jeans", 49.9, "EUR", 2)
    finally:
        await rows.execute("delete from catalog_products where affiliate_link = %s", [link])
    await until_sold(modern_api, None)


async def until_sold(house: ApiHouse, link: str | None) -> list[dict[str, Any]]:
    """The ideas as soon as exactly this link is among them: products are renewed beside the answers."""
    found: list[dict[str, Any]] = []

    async def renewed() -> bool:
        body = await recommended(house.ada, **ITEMS)
        found[:] = [each["item"] for each in body["recommendations"]]
        return {each["affiliate_link"] for each in found} - {None} == ({link} if link else set())

    await wait_for(renewed, what="the products that there are now")
    return found


@pytest.mark.parametrize("limit", [1, 7, 50])
async def test_the_limit_is_kept(modern_api: ApiHouse, limit: int) -> None:
    await wardrobe(modern_api.ada, *["shirt"] * 8, *["jeans"] * 8)
    assert len((await recommended(modern_api.ada, limit=limit))["recommendations"]) == limit


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("limit=0", "limit"),
        ("limit=51", "limit"),
        ("limit=-1", "limit"),
        ("limit=abc", "limit"),
        ("limit=5.0", "limit"),
        ("limit=%205", "limit"),
        ("limit=", "limit"),
        ("limit=99999999999999999999", "limit"),
        ("limit=5&limit=6", "limit"),
        ("type=outfits", "type"),
        ("type=", "type"),
        ("type=items%00", "type"),
        ("typ=items", "typ"),
        ("occasion=gala", "occasion"),
        ("season=monsoon", "season"),
        ("temperature_c=warm", "temperature_c"),
        ("temperature_c=nan", "temperature_c"),
        ("temperature_c=200", "temperature_c"),
        ("anchor_item_id=1", "anchor_item_id"),
        ("exclude_item_ids=1,2", "exclude_item_ids"),
        ("day=tomorrow", "day"),
    ],
)
async def test_what_is_not_understood_is_refused_by_name(modern_api: ApiHouse, query: str, field: str) -> None:
    response = await modern_api.ada.get(f"{PATH}?{query}")
    assert response.status_code == 422
    assert [each["field"] for each in response.json()["errors"]] == [field]


async def test_who_says_not_who_they_are_gets_nothing(modern_api: ApiHouse) -> None:
    response = await modern_api.client.get(PATH)
    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"].startswith("Bearer")


async def test_what_is_offered_for_swapping_is_left_out_until_it_is_not(api: ApiHouse, rows: Db) -> None:
    shirt, other, jeans = await wardrobe(api.ada, "shirt", "shirt", "jeans")
    listing = {"user_id": api.ada.id, "clothing_item_id": shirt, "title": "a shirt"}
    await api.ada.person.client.table("swap_listings").insert(listing, returning="minimal").execute()  # type: ignore[arg-type]
    assert worn(await recommended(api.ada)) == {other, jeans}
    await rows.execute("update swap_listings set deleted_at = now() where clothing_item_id = %s", [shirt])
    assert worn(await recommended(api.ada)) == {shirt, other, jeans}


async def test_what_is_asked_for_is_answered(api: ApiHouse) -> None:
    hoodie, shirt, pants, boots, coat = await wardrobe(api.ada, "hoodie", "shirt", "pants", "boots", "coat")
    cold = (await recommended(api.ada, temperature_c=2.5))["recommendations"]
    assert all(coat in each["items"] for each in cold)
    assert coat not in worn(await recommended(api.ada, season="summer"))
    assert all(
        hoodie in each["items"] for each in (await recommended(api.ada, anchor_item_id=hoodie))["recommendations"]
    )
    assert worn(await recommended(api.ada, exclude_item_ids=f"{hoodie},{boots},{coat}")) == {shirt, pants}
    work = (await recommended(api.ada, occasion="work", day="2026-05-01"))["recommendations"][0]
    assert shirt in work["items"]
    assert "occasion" in {why["factor"] for why in work["why"]}


async def test_names_and_reasons_come_in_the_apps_language(modern_api: ApiHouse) -> None:
    await wardrobe(modern_api.ada, "lacivert pantolon", "beyaz gömlek", "siyah bot")
    bodies = {}
    for language in ("en-GB", "tr-TR,tr;q=0.9,en;q=0.5", "de"):
        response = await modern_api.ada.get(PATH, headers={"Accept-Language": language})
        assert "Accept-Language" in response.headers["Vary"]
        bodies[language[:2]] = response.json()["recommendations"][0]
    assert bodies["en"] == bodies["de"]
    assert "Kombini" in bodies["tr"]["name"] or "G\u00f6mlek" in bodies["tr"]["name"]
    assert bodies["tr"]["items"] == bodies["en"]["items"]
    assert bodies["tr"]["why"][0]["text"] != bodies["en"]["why"][0]["text"]


async def test_choices_at_onboarding_and_own_outfits_count(modern_api: ApiHouse, rows: Db) -> None:
    ada = modern_api.ada
    shirt, *others, jeans = await wardrobe(ada, "shirt", "shirt", "shirt", "jeans")
    await rows.execute(
        "with c as (insert into combinations (user_id, name) values (%s, 'c') returning id) insert into"
        " combination_items (combination_id, clothing_item_id) select id, unnest(%s::uuid[]) from c",
        [ada.id, [shirt, jeans]],
    )
    chosen = '{"styles": ["casual"], "colors": ["blue"]}'
    await rows.execute("insert into profiles (user_id, preferred_style) values (%s, %s)", [ada.id, chosen])
    body = await recommended(ada)
    scores = {
        each["items"][0]: {why["factor"]: why["score"] for why in each["why"]} for each in body["recommendations"]
    }
    assert scores[shirt]["combinations"] > scores[others[0]]["combinations"] == 0
    assert "preferences" in scores[shirt]


@pytest.mark.parametrize("page", [500, 5000])
async def test_a_wardrobe_of_2500_is_read_to_its_end(
    modern_api: ApiHouse, rows: Db, page: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The project cuts every answer at 1,000 rows, also where more are asked for; the only shoes have the last id."""
    monkeypatch.setattr("aura.gateway.pages.PAGE", page)
    api = modern_api
    user = api.ada.id
    insert = "insert into clothing_items (user_id, name, category) select %s, 'x', %s from generate_series(1, %s)"
    await rows.execute(insert.encode(), [user, "shirt", 1500])
    await rows.execute(insert.encode(), [user, "jeans", 999])
    last = "ffffffff-ffff-4fff-bfff-ffffffffffff"
    await rows.execute("delete from clothing_items where id = %s", [last])
    add = "insert into clothing_items (id, user_id, name, category) values (%s, %s, 'x', 'boots')"
    await rows.execute(add, [last, user])
    body = await recommended(api.ada, limit=50)
    assert len(body["recommendations"]) == 50
    assert all(each["items"][-1] == last for each in body["recommendations"])
    assert (await recommended(api.ada, **ITEMS))["recommendations"][0]["item"]["unlocks"] >= 1000 * 999


async def test_odd_items_do_no_harm(modern_api: ApiHouse, rows: Db) -> None:
    good = await wardrobe(modern_api.ada, "shirt", "jeans")
    odd = (
        ("x" * 20_000, None, "infinity", '"text"'),
        ("👗", "Ω" * 300, "0044-03-15 BC", '{"category": 5, "colors": {"a": [1]}}'),
        ("shirt'; drop table clothing_items; --", "<b>", "-infinity", "[1, 2, [3]]"),
        ("", "", "5874897-12-31", '{"subcategory": {"value": "spacesuit", "confidence": 1}}'),
    )
    for category, color, day, tags in odd:
        await rows.execute(
            "insert into clothing_items (user_id, name, category, color, last_worn_date, ai_tags)"
            " values (%s, '', %s, %s, %s, %s)",
            [modern_api.ada.id, category, color, day, tags],
        )
    assert set(good) <= worn(await recommended(modern_api.ada))


async def test_a_database_that_is_away_is_a_503_that_says_when_to_come_back(modern_api: ApiHouse) -> None:
    await wardrobe(modern_api.ada, "shirt", "jeans")
    await recommended(modern_api.ada)
    faults = modern_api.sandbox.faults
    await faults.break_path("/rest/v1", "503", 30)
    try:
        response = await modern_api.ada.get(PATH)
    finally:
        await faults.clear()
    assert response.status_code == 503
    assert int(response.headers["Retry-After"]) >= 1
    assert response.headers["Content-Type"] == "application/problem+json"
    assert "ETag" not in response.headers
    assert (await modern_api.ada.get(PATH)).status_code == 200
