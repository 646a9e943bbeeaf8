"""Recommendations over real sockets: one's own wardrobe alone, complete, current, and cheap to ask for again."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import uuid4

import httpx
import psycopg
import pytest
from psycopg.rows import TupleRow

from tests.support.api import ApiHouse, Visitor
from tests.support.waiting import wait_for

PATH = "/api/v1/recommendations/"
ITEMS = {"type": "items"}
Db = psycopg.AsyncConnection[TupleRow]


async def wardrobe(visitor: Visitor, *categories: str, **columns: Any) -> list[str]:
    """Items of these categories; their ids."""
    rows = [{"user_id": visitor.id, "name": "mine", "category": each, **columns} for each in categories]
    answer = await visitor.person.client.table("clothing_items").insert(rows).execute()
    return [str(row["id"]) for row in answer.data]  # type: ignore[index, call-overload]


async def recommended(visitor: Visitor, **query: Any) -> dict[str, Any]:
    response = await visitor.get(PATH, params=query)
    assert response.status_code == 200, response.text
    body = response.json()
    assert isinstance(body, dict)
    return body


def worn(body: dict[str, Any]) -> set[str]:
    """Every item in any of the outfits."""
    return {item for each in body["recommendations"] for item in each["items"]}


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
        ("temperature_c=12.5", "temperature_c"),
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
    cold = (await recommended(api.ada, temperature_c=2))["recommendations"]
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


# ---------------------------------------------------------------- what is kept
async def test_an_answer_is_kept_until_something_changes(api: ApiHouse) -> None:
    await wardrobe(api.ada, "shirt", "jeans")
    asked = counting(api)
    first = await recommended(api.ada)
    assert await recommended(api.ada) == first
    await recommended(api.ada, **ITEMS, limit=3)
    await recommended(api.ada, **ITEMS)
    assert asked() == {"miss": 2, "hit": 2}
    await wardrobe(api.ada, "skirt")
    assert len((await recommended(api.ada))["recommendations"]) == 2
    assert asked() == {"miss": 2, "hit": 2, "stale": 1}


Change = Callable[[Visitor, str, Db], Awaitable[object]]


async def insert_like(visitor: Visitor, _item: str, rows: Db) -> None:
    await rows.execute(
        "with c as (insert into combinations (user_id, name, is_public) values (%(me)s, 'c', true) returning id)"
        " insert into likes (user_id, combination_id) select %(me)s, id from c",
        {"me": visitor.id},
    )


CHANGES: dict[str, Change] = {
    "edited": lambda visitor, item, _: visitor.wearer.edit(item, color="red"),
    "worn": lambda visitor, item, _: visitor.wearer.edit(item, last_worn_date="2026-11-01"),
    "deleted": lambda visitor, item, _: visitor.wearer.delete(item),
    "added": lambda visitor, *_: visitor.wearer.add(category="skirt"),
    "liked": insert_like,
    "profile": lambda visitor, _, rows: rows.execute("insert into profiles (user_id) values (%s)", [visitor.id]),
    "dna": lambda visitor, _, rows: rows.execute(
        "insert into ai_profiles (user_id, dna, fingerprint) values (%s, '{}', 'f')", [visitor.id]
    ),
}


@pytest.mark.parametrize("kind", CHANGES)
async def test_every_kind_of_change_is_seen_at_once(modern_api: ApiHouse, rows: Db, kind: str) -> None:
    item, *_ = await wardrobe(modern_api.ada, "shirt", "jeans")
    await recommended(modern_api.ada)
    asked = counting(modern_api)
    await CHANGES[kind](modern_api.ada, item, rows)
    body = await recommended(modern_api.ada)
    assert asked() == {"stale": 1}
    if kind == "deleted":
        assert body["recommendations"] == []
    if kind == "edited":
        assert body["recommendations"][0]["name"] == "Red Shirt & Jeans"


async def test_strangers_changes_leave_it_kept(modern_api: ApiHouse) -> None:
    await wardrobe(modern_api.ada, "shirt", "jeans")
    await recommended(modern_api.ada)
    asked = counting(modern_api)
    await wardrobe(modern_api.deniz, "shirt", "jeans")
    await recommended(modern_api.ada)
    assert asked() == {"hit": 1}


async def test_many_who_ask_together_cost_one_computation(modern_api: ApiHouse) -> None:
    await wardrobe(modern_api.ada, *["shirt"] * 20, *["jeans"] * 20)
    asked = counting(modern_api)
    bodies = await asyncio.gather(*(recommended(modern_api.ada) for _ in range(20)))
    assert all(body == bodies[0] for body in bodies)
    assert asked()["miss"] == 1
    assert sum(asked().values()) == 20


async def test_equal_wardrobes_of_two_people_are_not_mixed_up(modern_api: ApiHouse) -> None:
    own = {}
    for visitor in (modern_api.ada, modern_api.deniz):
        own[visitor.id] = set(await wardrobe(visitor, "shirt", "jeans", "boots"))
    for _ in range(3):
        bodies = await asyncio.gather(*(recommended(each) for each in (modern_api.ada, modern_api.deniz) * 5))
        for number, body in enumerate(bodies):
            assert worn(body) == own[(modern_api.ada.id, modern_api.deniz.id)[number % 2]]


# ---------------------------------------------------------------- ETag
async def tagged(visitor: Visitor, tag: str | None = None, **query: Any) -> httpx.Response:
    headers = {} if tag is None else {"If-None-Match": tag}
    return await visitor.get(PATH, params=query, headers=headers)


async def test_an_answer_that_the_app_has_is_not_sent_again(api: ApiHouse) -> None:
    await wardrobe(api.ada, "shirt", "jeans")
    first = await tagged(api.ada)
    tag = first.headers["ETag"]
    assert first.headers["Cache-Control"] == "private, no-cache"
    assert "Authorization" in first.headers["Vary"]
    again = await tagged(api.ada, tag)
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["ETag"] == tag
    assert again.headers["Cache-Control"] == "private, no-cache"


@pytest.mark.parametrize(
    ("form", "status"),
    [
        ("{strong}", 304),
        ("W/{strong}", 304),
        ('"other", {strong}', 304),
        ('"a,b" , W/"c",W/{strong}', 304),
        ("*", 304),
        ('"other"', 200),
        ('W/"other", "another"', 200),
        ("{bare}", 200),
        ('"*"', 200),
        ("", 200),
        (",,,", 200),
        ('"unclosed', 200),
    ],
)
async def test_every_form_of_if_none_match(modern_api: ApiHouse, form: str, status: int) -> None:
    await wardrobe(modern_api.ada, "shirt", "jeans")
    strong = (await tagged(modern_api.ada)).headers["ETag"].removeprefix("W/")
    response = await tagged(modern_api.ada, form.format(strong=strong, bare=strong.strip('"')))
    assert response.status_code == status


async def test_the_tag_differs_by_question_person_and_content(modern_api: ApiHouse) -> None:
    for visitor in (modern_api.ada, modern_api.deniz):
        await recommended(visitor)
    tags = [
        (await tagged(modern_api.deniz)).headers["ETag"],
        (await tagged(modern_api.ada)).headers["ETag"],
        (await tagged(modern_api.ada, **ITEMS)).headers["ETag"],
        (await tagged(modern_api.ada, **ITEMS, limit=1)).headers["ETag"],
    ]
    await wardrobe(modern_api.ada, "shirt")
    tags.append((await tagged(modern_api.ada)).headers["ETag"])
    assert len(set(tags)) == len(tags)
    assert (await tagged(modern_api.ada, tags[0])).status_code == 200


async def test_a_change_that_changes_no_answer_is_still_304(modern_api: ApiHouse) -> None:
    (item, *_) = await wardrobe(modern_api.ada, "shirt", "jeans")
    tag = (await tagged(modern_api.ada)).headers["ETag"]
    await modern_api.ada.wearer.edit(item, notes="a note")
    assert (await tagged(modern_api.ada, tag)).status_code == 304


# ---------------------------------------------------------------- trouble
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


@pytest.fixture
async def rows(request: pytest.FixtureRequest) -> Any:
    """A connection to the database of the API that the test uses, as the project's owner."""
    house: ApiHouse = request.getfixturevalue("api" if "api" in request.fixturenames else "modern_api")
    async with await psycopg.AsyncConnection.connect(house.sandbox.db_url, autocommit=True) as connection:
        yield connection


def counting(house: ApiHouse) -> Callable[[], dict[str, int]]:
    """How often the cache was asked since, by outcome."""
    cache = house.api.context.services.metrics.api_cache

    def counts() -> dict[str, int]:
        samples = next(iter(cache.collect())).samples
        return {each.labels["outcome"]: int(each.value) for each in samples if each.name.endswith("_total")}

    before = counts()
    return lambda: {
        name: count - before.get(name, 0) for name, count in counts().items() if count > before.get(name, 0)
    }
