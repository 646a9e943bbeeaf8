"""A person's style DNA follows what they wear and like, and nobody else's."""

from __future__ import annotations

from typing import Any, cast
from uuid import uuid4

import psycopg
import pytest
from psycopg.rows import TupleRow

from handlers.acting import Caller
from handlers.services import Services
from handlers.style_dna import compute_style, style_dna
from sandbox import Sandbox
from tests.support.handling import services_for, settings_for
from tests.support.instant import InstantAnalyzer
from tests.support.styles import combine, kept_dna, like, profile
from tests.support.wardrobes import Wearer

Db = psycopg.AsyncConnection[TupleRow]
NAVY_TOP = {
    "status": "done",
    "category": {"value": "tops", "confidence": 0.9},
    "colors": [{"name": "navy", "hex": "#101840", "share": 1.0, "confidence": 0.9}],
    "styles": [{"value": "classic", "confidence": 1.0}],
}


async def marks(services: Services, user: str) -> list[int]:
    return list((await services.ledger.open_style(user)).marks)


async def test_dna_is_kept_mirrored_and_its_marks_cleared(ada: Wearer, services: Services) -> None:
    await ada.add(category="Jeans", color="dark blue")
    await ada.add(ai_tags=NAVY_TOP, is_favorite=True)
    assert await marks(services, ada.id)
    outcome = await style_dna(ada.id, services)
    assert (outcome.status, outcome.fields) == ("written", ("style_dna",))
    dna = (await profile(ada))["style_dna"]
    assert {entry["name"]: entry["share"] for entry in dna["categories"]} == {"tops": 0.667, "bottoms": 0.333}
    assert dna["counts"]["items"] == 2
    kept = await ada.person.client.table("ai_profiles").select("*").execute()
    assert [cast("dict[str, Any]", row)["dna"] for row in kept.data] == [kept_dna(dna)]
    assert dna["inputs"] == (await services.ledger.open_style(ada.id)).fingerprint
    assert await marks(services, ada.id) == []


async def test_nothing_new_writes_nothing_that_anybody_sees(ada: Wearer, services: Services, db: Db) -> None:
    await ada.add(category="Jeans")
    await style_dna(ada.id, services)
    seen = b"""select p.xmin::text, a.dna, a.fingerprint, a.change, a.computed_at
               from ai_profiles a join profiles p using (user_id) where a.user_id = %s"""
    before = await (await db.execute(seen, [ada.id])).fetchone()
    assert (await style_dna(ada.id, services)).status == "unchanged"
    assert before is not None
    assert await (await db.execute(seen, [ada.id])).fetchone() == before
    assert await marks(services, ada.id) == []


async def test_what_the_person_chose_stays_and_leads_at_first(ada: Wearer, services: Services) -> None:
    chosen = {"styles": ["casual", "modern"], "colors": ["blue"], "other": {"x": [1, None]}}
    await ada.person.client.table("profiles").insert({"user_id": ada.id, "preferred_style": chosen}).execute()
    assert (await style_dna(ada.id, services)).status == "written"
    found = await profile(ada)
    assert [entry["name"] for entry in found["style_dna"]["styles"]] == ["casual", "modern"]
    assert {key: value for key, value in found.items() if key != "style_dna"} == chosen


@pytest.mark.parametrize("sign", [True, False])
async def test_other_peoples_likes_and_outfits_never_enter(
    ada: Wearer, bob: Wearer, sandbox: Sandbox, sign: bool
) -> None:
    """Bob's likes and public outfits are readable by everybody, with whatever key."""
    await ada.add(ai_tags=NAVY_TOP)
    item = await bob.add(category="Dress", color="red")
    public = await combine(bob, "Vintage evening", item, public=True)
    await like(bob, public)
    settings = settings_for(sandbox, sign=sign)
    async with services_for(sandbox, InstantAnalyzer(), settings=settings) as services:
        await style_dna(ada.id, services)
    dna = (await profile(ada))["style_dna"]
    assert dna["counts"] == {
        "items": 1,
        "described": 1,
        "favourites": 0,
        "worn": 0,
        "outfits": 0,
        "likes": 0,
        "comments": 0,
    }
    assert [entry["name"] for entry in dna["styles"]] == ["classic"]


STRANGERS = """
with strangers as (
  insert into users (id, email)
  select gen_random_uuid(), gen_random_uuid() || '@example.com' from generate_series(1, 1000)
  returning id
), dressed as (
  insert into clothing_items (user_id, name, category, color) select id, 'x', 'dress', 'red' from strangers
  returning id, user_id
), outfits as (
  insert into combinations (user_id, name, description, is_public)
  select id, 'Vintage evening in red', 'so romantic', true from strangers returning id, user_id
), worn as (
  insert into combination_items (combination_id, clothing_item_id)
  select o.id, d.id from outfits o join dressed d using (user_id)
), liked as (
  insert into likes (user_id, combination_id) select user_id, id from outfits
  union all select user_id, %(mine)s from outfits
)
insert into comments (user_id, combination_id, content) select user_id, %(mine)s, 'so vintage' from outfits
"""


@pytest.mark.parametrize("sign", [True, False])
async def test_a_thousand_strangers_change_no_byte(
    ada: Wearer, bob: Wearer, sandbox: Sandbox, db: Db, sign: bool
) -> None:
    """They like and comment the person's own outfit too; all of it is readable by everybody."""
    item = await ada.add(ai_tags=NAVY_TOP, is_favorite=True)
    mine = await combine(ada, "Classic office", item, public=True)
    await like(ada, await combine(bob, "Sporty morning", public=True))
    kept = b"select dna::text, fingerprint from ai_profiles where user_id = %s"
    async with services_for(sandbox, InstantAnalyzer(), settings=settings_for(sandbox, sign=sign)) as services:
        await style_dna(ada.id, services)
        before = await (await db.execute(kept, [ada.id])).fetchone()
        await db.execute(STRANGERS.encode(), {"mine": mine})
        assert (await style_dna(ada.id, services)).status == "unchanged"
        await db.execute(b"delete from ai_profiles where user_id = %s", [ada.id])
        await style_dna(ada.id, services)
        assert await (await db.execute(kept, [ada.id])).fetchone() == before


async def test_what_is_taken_back_leaves_no_byte(ada: Wearer, bob: Wearer, services: Services, db: Db) -> None:
    """Liked, unliked; added, deleted; edited, edited back: the DNA is what it was, and says what changed."""
    item = await ada.add(category="Jeans", color="navy")
    await style_dna(ada.id, services)
    before = kept_dna((await profile(ada))["style_dna"])
    outfit = await combine(bob, "Vintage evening", public=True)
    await like(ada, outfit)
    other = await ada.add(category="Dress", color="red")
    await ada.edit(item, color="green")
    await style_dna(ada.id, services)
    shown = (await profile(ada))["style_dna"]
    assert kept_dna(shown) != before
    assert {entry["name"] for entry in shown["change"]["colors"]} == {"navy", "red", "green"}
    await ada.person.client.table("likes").delete().eq("combination_id", outfit).execute()
    await ada.delete(other)
    await ada.edit(item, color="navy")
    await style_dna(ada.id, services)
    assert kept_dna((await profile(ada))["style_dna"]) == before


async def test_a_like_of_somebody_elses_outfit_counts_by_its_words(
    ada: Wearer, bob: Wearer, services: Services
) -> None:
    public = await combine(bob, "Vintage evening", await bob.add(category="Dress"), public=True)
    await like(ada, public)
    await style_dna(ada.id, services)
    dna = (await profile(ada))["style_dna"]
    assert [entry["name"] for entry in dna["styles"]] == ["vintage"]
    assert dna["categories"] == []


async def test_outfits_weigh_their_garments(ada: Wearer, services: Services) -> None:
    loved = await ada.add(category="Jeans")
    await ada.add(category="Dress")
    await combine(ada, "one", loved)
    await combine(ada, "two", loved)
    await style_dna(ada.id, services)
    shares = {entry["name"]: entry["share"] for entry in (await profile(ada))["style_dna"]["categories"]}
    assert shares == {"bottoms": 0.6, "one_piece": 0.4}


async def test_a_wardrobe_of_2500_is_read_to_its_end(ada: Wearer, services: Services, db: Db) -> None:
    await db.execute(
        "insert into clothing_items (user_id, name, category) select %s, 'x', 'Jeans' from generate_series(1, 2500)",
        [ada.id],
    )
    await style_dna(ada.id, services)
    assert (await profile(ada))["style_dna"]["counts"]["items"] == 2500


@pytest.mark.parametrize("sign", [True, False])
async def test_what_has_become_private_since_is_left_out_with_whatever_key(
    ada: Wearer, bob: Wearer, sandbox: Sandbox, sign: bool
) -> None:
    """The service key shows other people's private outfits, and comments on them; the person's own token does not."""
    hidden, shown = [await combine(bob, name, public=True) for name in ("Vintage evening", "Sporty morning")]
    own = await combine(ada, "Classic office", public=True)
    for outfit in (hidden, shown, own):
        await like(ada, outfit)
        comment = {"user_id": ada.id, "combination_id": outfit, "content": "romantic"}
        await ada.person.client.table("comments").insert(comment).execute()
    for owner, outfit in ((bob, hidden), (ada, own)):
        await owner.person.client.table("combinations").update({"is_public": False}).eq("id", outfit).execute()
    settings = settings_for(sandbox, sign=sign)
    async with services_for(sandbox, InstantAnalyzer(), settings=settings) as services:
        await style_dna(ada.id, services)
    dna = (await profile(ada))["style_dna"]
    assert {entry["name"] for entry in dna["styles"]} == {"sporty", "classic", "romantic"}
    assert (dna["counts"]["likes"], dna["counts"]["comments"], dna["counts"]["outfits"]) == (2, 1, 1)


async def test_the_marks_of_somebody_who_is_gone_are_cleared(services: Services, db: Db) -> None:
    nobody = str(uuid4())
    await db.execute("insert into style_dirty (user_id) values (%s), (%s)", [nobody, nobody])
    assert (await style_dna(nobody, services)).status == "gone"
    assert await marks(services, nobody) == []


async def test_as_the_caller_themselves(ada: Wearer, bob: Wearer, services: Services) -> None:
    await ada.add(category="Jeans")
    caller = Caller(ada.id, await ada.person.token())
    assert (await compute_style(ada.id, services, caller=caller)).outcome.status == "written"
    with pytest.raises(ValueError, match="for themselves"):
        await compute_style(bob.id, services, caller=caller)
