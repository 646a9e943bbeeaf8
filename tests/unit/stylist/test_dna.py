"""The DNA is what a wardrobe shows: exact, the same every time, and led by the person's own words."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from aura.stylist.dna import PRIOR_WEIGHT, style_dna
from aura.stylist.dna_change import KINDS, change
from aura.stylist.evidence import Outfit, Wardrobe, WardrobeItem

TODAY = date(2026, 5, 1)


def tagged(item_id: str, *, category: str = "tops", style: str = "casual", **extra: Any) -> WardrobeItem:
    ai_tags = {
        "status": "done",
        "category": {"value": category, "confidence": 0.9},
        "colors": [
            {"name": "navy", "hex": "#101840", "share": 0.75, "confidence": 0.9},
            {"name": "white", "hex": "#ffffff", "share": 0.25, "confidence": 0.9},
        ],
        "pattern": {"value": "striped", "confidence": 0.8},
        "styles": [{"value": style, "confidence": 1.0}],
        "formality": {"value": "casual", "confidence": 0.7},
    }
    return WardrobeItem(item_id, ai_tags=ai_tags, **extra)


def shares(dna: dict[str, Any], kind: str) -> dict[str, float]:
    return {entry["name"]: entry["share"] for entry in dna[kind]}


def test_an_empty_wardrobe_says_nothing() -> None:
    dna = style_dna(Wardrobe())
    assert dna["colors"] == dna["styles"] == dna["categories"] == []
    assert dna["formality"] == {"level": None, "spread": None, "shares": []}
    assert set(dna["confidence"].values()) == {0.0}
    assert set(dna["variety"].values()) == {0.0}
    assert dna["signature_items"] == []


def test_one_garment() -> None:
    dna = style_dna(Wardrobe(items=(tagged("a"),)))
    assert dna["colors"] == [{"name": "navy", "share": 0.75}, {"name": "white", "share": 0.25}]
    assert shares(dna, "categories") == {"tops": 1.0}
    assert shares(dna, "patterns") == {"striped": 1.0}
    assert dna["formality"] == {"level": 1.0, "spread": 0.0, "shares": [{"name": "casual", "share": 1.0}]}
    assert dna["counts"]["described"] == 1


def test_how_formal_is_not_believed_of_what_the_machine_took_for_another_garment() -> None:
    def level(category: str | None) -> float | None:
        item = replace(tagged("a"), category=category)
        found: float | None = style_dna(Wardrobe(items=(item,)))["formality"]["level"]
        return found

    assert [level(said) for said in (None, "tops", "üst giyim", "jeans", "gibberish")] == [1.0, 1.0, 1.0, None, 1.0]


def test_the_persons_words_count_before_the_machines() -> None:
    item = tagged("a", category="tops", color="dark red", pattern="plain", tags=("bohemian",))
    dna = style_dna(Wardrobe(items=(item,)))
    assert shares(dna, "colors") == {"burgundy": 1.0}
    assert shares(dna, "patterns") == {"plain": 1.0}
    assert "bohemian" in shares(dna, "styles")


def test_a_colour_that_the_palette_knows_keeps_the_palettes_shares() -> None:
    assert shares(style_dna(Wardrobe(items=(tagged("a", color="white"),))), "colors") == {"navy": 0.75, "white": 0.25}


def test_the_category_that_the_person_wrote_is_the_category() -> None:
    item = WardrobeItem("a", category="Blue Jeans", ai_tags={"category": {"value": "tops", "confidence": 0.9}})
    assert shares(style_dna(Wardrobe(items=(item,))), "categories") == {"bottoms": 1.0}


def test_favourites_worn_ones_and_liked_outfits_say_more() -> None:
    plain = tagged("a", style="casual")
    loved = tagged("b", style="elegant", favourite=True, worn=TODAY)
    outfit = Outfit("o", item_ids=frozenset({"b"}))
    dna = style_dna(Wardrobe(items=(plain, loved), outfits=(outfit,), liked=(outfit,)))
    weight = 1 + 1.0 + 0.5 + 0.25 + 0.5
    assert shares(dna, "styles") == {"elegant": round(weight / (weight + 1), 3), "casual": round(1 / (weight + 1), 3)}


def test_the_words_of_liked_outfits_and_comments_are_heard() -> None:
    liked = (Outfit("x", name="Vintage Sunday"),)
    dna = style_dna(Wardrobe(liked=liked, comments=("so elegant!",)))
    assert shares(dna, "styles") == {"vintage": 0.8, "elegant": 0.2}


def test_onboarding_choices_stand_alone_at_first_and_fade() -> None:
    chosen = Wardrobe(styles=("modern", "casual"), colors=("Blue",))
    assert shares(style_dna(chosen), "styles") == {"casual": 0.5, "modern": 0.5}
    before = 1.0
    for number in (1, 5, 50):
        items = tuple(tagged(str(i), style="sporty") for i in range(number))
        dna = style_dna(replace(chosen, items=items))
        modern = shares(dna, "styles")["modern"]
        assert modern == round(PRIOR_WEIGHT / 2 / (number + PRIOR_WEIGHT), 3)
        assert dna["confidence"]["styles"] == round(number / (number + PRIOR_WEIGHT), 3)
        assert modern < before
        before = modern


def test_choices_outside_the_vocabulary_are_no_prior() -> None:
    dna = style_dna(Wardrobe(items=(tagged("a"),), styles=("qwertz",), colors=("",)))
    assert shares(dna, "styles") == {"casual": 1.0}


JSON = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=True) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
DAYS = st.dates(date(2015, 1, 1), date(2026, 12, 31))
KEYS = st.sampled_from(["category", "colors", "pattern", "styles", "formality", "seasons", "source"])
ITEMS = st.builds(
    WardrobeItem,
    st.uuids().map(str),
    category=st.none() | st.sampled_from(["Jeans", "shirt", "?"]),
    color=st.none() | st.sampled_from(["navy", "Light Blue", "x"]),
    tags=st.lists(st.sampled_from(["bohemian", "cotton", "sporty", "yazl\u0131k"]), max_size=2).map(tuple),
    ai_tags=st.dictionaries(KEYS, JSON, max_size=4) | st.just(dict(tagged("x").ai_tags)),
    worn=st.none() | DAYS,
    favourite=st.booleans(),
    got=st.none() | DAYS,
)
WARDROBES = st.builds(
    Wardrobe,
    items=st.lists(ITEMS, max_size=8, unique_by=lambda item: item.id).map(tuple),
    comments=st.lists(st.sampled_from(["elegant", "so sporty", ""]), max_size=3).map(tuple),
    styles=st.lists(st.sampled_from(["casual", "modern", "nope"]), max_size=3).map(tuple),
    colors=st.lists(st.sampled_from(["blue", "black"]), max_size=2).map(tuple),
)


@settings(deadline=None, max_examples=30)
@given(WARDROBES, st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter_and_shares_add_up(wardrobe: Wardrobe, rng: random.Random) -> None:
    dna = style_dna(wardrobe)
    shuffled = list(wardrobe.items)
    rng.shuffle(shuffled)
    again = style_dna(
        Wardrobe(
            items=tuple(shuffled),
            comments=tuple(reversed(wardrobe.comments)),
            styles=tuple(reversed(wardrobe.styles)),
            colors=tuple(reversed(wardrobe.colors)),
        )
    )
    assert again == dna
    for kind in ("colors", "categories", "patterns", "styles"):
        if dna[kind]:
            assert abs(sum(entry["share"] for entry in dna[kind]) - 1) <= 0.0005 * len(dna[kind]) + 1e-9


# ---------------------------------------------------------------- what each part says
def test_words_of_both_languages_are_heard() -> None:
    items = (WardrobeItem("a", category="lacivert pantolon", color="lacivert", tags=("\u015f\u0131k",)),)
    liked = (Outfit("x", "Bordo ak\u015fam kombini", "zarif"),)
    dna = style_dna(Wardrobe(items=items, liked=liked, comments=("ne kadar \u015f\u0131k",), colors=("mavi",)))
    assert shares(dna, "categories") == {"bottoms": 1.0}
    assert set(shares(dna, "colors")) == {"navy", "burgundy", "blue"}
    assert set(shares(dna, "styles")) == {"elegant"}


def test_seasons_are_those_that_are_told() -> None:
    seasons = [{"value": value, "confidence": 0.8} for value in ("spring", "summer")]
    items = (
        WardrobeItem("a", ai_tags={"seasons": seasons}),
        WardrobeItem("b", tags=("winter",), ai_tags={"seasons": seasons}),
    )
    dna = style_dna(Wardrobe(items=items))
    assert shares(dna, "seasons") == {"winter": 0.5, "spring": 0.25, "summer": 0.25}


def test_formality_has_a_mean_and_a_spread() -> None:
    items = tuple(
        WardrobeItem(str(n), ai_tags={"formality": {"value": value, "confidence": 1.0}})
        for n, value in enumerate(("lounge", "formal"))
    )
    formality = style_dna(Wardrobe(items=items))["formality"]
    assert (formality["level"], formality["spread"]) == (2.0, 2.0)


def test_variety_is_none_for_one_and_more_for_more() -> None:
    def variety(*colours: str) -> float:
        items = tuple(WardrobeItem(str(n), color=colour) for n, colour in enumerate(colours))
        return float(style_dna(Wardrobe(items=items))["variety"]["colors"])

    assert variety("red") == variety("red", "red") == 0.0
    assert 0.0 < variety("red", "red", "blue") < variety("red", "blue") < variety("red", "blue", "green") < 1.0


def test_what_is_worn_and_loved_and_typical_signs_the_style() -> None:
    navy = [WardrobeItem(f"n{n}", color="navy") for n in range(3)]
    loved = WardrobeItem("z", color="navy", favourite=True, worn=TODAY)
    dna = style_dna(Wardrobe(items=(*navy, loved, WardrobeItem("odd", color="red"), WardrobeItem("dark"))))
    ids = [entry["id"] for entry in dna["signature_items"]]
    assert ids == ["z", "n0", "n1", "n2", "odd"]


def test_what_was_worn_or_got_long_before_the_rest_says_less() -> None:
    def share(worn: date, got: date) -> float:
        items = (tagged("a", category="shoes", worn=worn, got=got), tagged("b", worn=TODAY, got=TODAY))
        return shares(style_dna(Wardrobe(items=items)), "categories")["shoes"]

    even = share(worn=TODAY, got=TODAY)
    assert even == 0.5
    assert share(worn=TODAY - timedelta(300), got=TODAY) < even
    assert share(worn=TODAY, got=TODAY - timedelta(3000)) < even
    assert share(worn=TODAY - timedelta(9000), got=TODAY - timedelta(9000)) > 0.2


def test_waiting_changes_nothing() -> None:
    """Age counts from what the wardrobe shows: the same rows a year later give the same DNA."""
    items = tuple(tagged(str(n), worn=TODAY - timedelta(9 * n), got=TODAY - timedelta(90 * n)) for n in range(5))
    later = tuple(
        replace(each, worn=each.worn and each.worn + timedelta(365), got=each.got and each.got + timedelta(365))
        for each in items
    )
    assert style_dna(Wardrobe(items=items)) == style_dna(Wardrobe(items=later))


def test_the_summary_is_two_sentences_in_each_language() -> None:
    dna = style_dna(Wardrobe(items=tuple(tagged(str(n), style="minimalist") for n in range(3))))
    assert dna["summary"] == {
        "en": "Your style is minimalist, mostly in navy and white. As a whole it is casual and full of patterns.",
        "tr": "Tarz\u0131n sade, a\u011f\u0131rl\u0131kla lacivert ve beyaz. "
        "B\u00fct\u00fcn\u00fcyle g\u00fcnl\u00fck ve bol desenli.",
    }


@settings(deadline=None, max_examples=30)
@given(WARDROBES)
def test_every_summary_is_two_sentences(wardrobe: Wardrobe) -> None:
    for text in style_dna(wardrobe)["summary"].values():
        assert text.count(".") == 2
        assert text.endswith(".")
        assert "{" not in text
        assert "  " not in text


# ---------------------------------------------------------------- as a whole
WHITE_TEE = WardrobeItem("tee", category="T-shirt", color="white", pattern="plain", got=TODAY)


@settings(deadline=None, max_examples=15)
@given(st.lists(ITEMS, min_size=20, max_size=40, unique_by=lambda item: item.id))
def test_one_more_white_t_shirt_moves_it_little(items: list[WardrobeItem]) -> None:
    items = [replace(item, category="Jeans", color="navy", got=TODAY) for item in items]
    before, after = (style_dna(Wardrobe(items=tuple(each))) for each in (items, [*items, WHITE_TEE]))
    for kind in ("colors", "categories"):
        first, then = shares(before, kind), shares(after, kind)
        assert all(
            abs(then.get(name, 0.0) - first.get(name, 0.0)) <= 1 / len(items) + 0.002 for name in {*first, *then}
        )


@settings(deadline=None, max_examples=30)
@given(WARDROBES, ITEMS, st.sampled_from(["Vintage evening", "\u015f\u0131k bordo", "?"]))
def test_what_is_taken_away_again_leaves_nothing_behind(wardrobe: Wardrobe, item: WardrobeItem, words: str) -> None:
    more = replace(wardrobe, items=(*wardrobe.items, item), liked=(*wardrobe.liked, Outfit("new", words)))
    style_dna(more)
    back = replace(more, items=more.items[:-1], liked=more.liked[:-1])
    assert json.dumps(style_dna(back)) == json.dumps(style_dna(wardrobe))


@settings(deadline=None, max_examples=30)
@given(WARDROBES)
def test_it_is_json_and_every_share_is_one(wardrobe: Wardrobe) -> None:
    dna = style_dna(wardrobe)
    assert json.loads(json.dumps(dna)) == dna
    for kind in ("colors", "categories", "patterns", "styles", "seasons", "brands", "signature_items"):
        assert all(0 <= entry["share"] <= 1 for entry in dna[kind])
    assert all(0 <= value <= 1 for part in ("variety", "confidence") for value in dna[part].values())


# ---------------------------------------------------------------- what changed
def test_the_first_dna_has_nothing_to_compare_with_nor_one_of_another_edition() -> None:
    now = style_dna(Wardrobe())
    assert change(None, None, now) is None
    assert change({"version": "1"}, "2026-01-01", now) is None


def test_what_changed_is_told_by_how_much() -> None:
    before = style_dna(Wardrobe(items=(WardrobeItem("a", color="navy"),)))
    now = style_dna(Wardrobe(items=(WardrobeItem("a", color="navy"), tagged("b", color="white"))))
    found = change(before, "2026-01-01", now)
    assert found is not None
    assert found["colors"] == [{"name": "navy", "by": -0.125}, {"name": "white", "by": 0.125}]
    assert (found["since"], found["items"], found["formality"]) == ("2026-01-01", 1, None)
    assert change(now, None, now) == {
        "since": None, **{kind: [] for kind in KINDS}, "formality": 0.0, "items": 0
    }  # fmt: skip


ODD = st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=3)


@settings(deadline=None)
@given(st.sampled_from((*KINDS, "formality", "counts")), st.recursive(
    ODD, lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.sampled_from(("name", "share", "level", "items")), inner, max_size=3)))  # fmt: skip
def test_a_dna_that_its_owner_wrote_is_compared_or_passed_over_and_never_raises(part: str, value: object) -> None:
    now = style_dna(Wardrobe(items=(WardrobeItem("a", color="navy"),)))
    told = change({**now, part: value}, None, now)
    json.dumps(told, allow_nan=False)
    assert change({"version": now["version"]}, None, now) is None
