"""The DNA is what a wardrobe shows: exact, the same every time, and led by the person's own words."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from aura.stylist.dna import PRIOR_WEIGHT, style_dna
from aura.stylist.evidence import Outfit, Wardrobe, WardrobeItem


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
    assert dna["formality"] == {"level": None, "shares": []}
    assert dna["confidence"] == {"colors": 0.0, "styles": 0.0}


def test_one_garment() -> None:
    dna = style_dna(Wardrobe(items=(tagged("a"),)))
    assert dna["colors"] == [{"name": "navy", "share": 0.75}, {"name": "white", "share": 0.25}]
    assert shares(dna, "categories") == {"tops": 1.0}
    assert shares(dna, "patterns") == {"striped": 1.0}
    assert dna["formality"] == {"level": 1.0, "shares": [{"name": "casual", "share": 1.0}]}
    assert dna["counts"]["described"] == 1


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
    loved = tagged("b", style="elegant", favourite=True, worn=True)
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
KEYS = st.sampled_from(["category", "colors", "pattern", "styles", "formality", "source"])
ITEMS = st.builds(
    WardrobeItem,
    st.uuids().map(str),
    category=st.none() | st.sampled_from(["Jeans", "shirt", "?"]),
    color=st.none() | st.sampled_from(["navy", "Light Blue", "x"]),
    tags=st.lists(st.sampled_from(["bohemian", "cotton", "sporty"]), max_size=2).map(tuple),
    ai_tags=st.dictionaries(KEYS, JSON, max_size=4) | st.just(dict(tagged("x").ai_tags)),
    worn=st.booleans(),
    favourite=st.booleans(),
)
WARDROBES = st.builds(
    Wardrobe,
    items=st.lists(ITEMS, max_size=8, unique_by=lambda item: item.id).map(tuple),
    comments=st.lists(st.sampled_from(["elegant", "so sporty", ""]), max_size=3).map(tuple),
    styles=st.lists(st.sampled_from(["casual", "modern", "nope"]), max_size=3).map(tuple),
    colors=st.lists(st.sampled_from(["blue", "black"]), max_size=2).map(tuple),
)


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
