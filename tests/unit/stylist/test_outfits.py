"""Outfits are valid, different, fair to every piece and the same for the same wardrobe, whatever its rows hold."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Mapping
from datetime import date
from itertools import product
from typing import Any
from uuid import UUID

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from aura.stylist.advice import advise
from aura.stylist.looks import Look
from aura.stylist.names import outfit_names
from aura.stylist.outfits import MOST, propose
from aura.stylist.person import Person
from aura.stylist.pieces import Piece
from aura.stylist.slots import Closet, closet, slot_of
from aura.stylist.speech import speech
from aura.stylist.weights import FACTORS, Weights
from aura.stylist.wishes import Occasion, Wish
from aura.vision.vocabulary import SUBCATEGORIES, Category, Colour, Formality, Slot, Style, Warmth

Row = Mapping[str, Any]


def looks(wardrobe: Closet, most: int = MOST) -> tuple[Look, ...]:
    return tuple(each.look for each in propose(wardrobe, most=most).outfits)


KINDS = {
    "Navy Shirt": Slot.TOP,
    "grey T-shirt": Slot.TOP,
    "Blue Jeans": Slot.BOTTOM,
    "pleated skirt": Slot.BOTTOM,
    "shirt dress": Slot.FULL_BODY,
    "White Sneakers": Slot.SHOES,
    "Trench": Slot.OUTER,
    "tote bag": Slot.BAG,
    "bikini": Slot.NONE,
}


def row(number: int, category: str | None, worn: Any = None, **columns: Any) -> Row:
    return {"id": str(UUID(int=number)), "category": category, "last_worn_date": worn, **columns}


def rows_of(*categories: str) -> list[Row]:
    return [row(number, category) for number, category in enumerate(categories, 1)]


def slots(look: Look) -> tuple[Slot, ...]:
    return tuple(slot_of(each) for each in look.pieces)


@pytest.mark.parametrize(("text", "slot"), KINDS.items())
def test_peoples_own_words_are_understood(text: str, slot: Slot) -> None:
    found = closet([row(1, text)])
    filled = {Slot.TOP: found.tops, Slot.BOTTOM: found.bottoms, Slot.FULL_BODY: found.full_body,
              Slot.SHOES: found.shoes, Slot.OUTER: found.outer}  # fmt: skip
    assert {name for name, pieces in filled.items() if pieces} == ({slot} & set(filled))
    assert found.unknown == 0


def test_the_person_is_believed_before_the_machine_and_the_machine_before_the_name() -> None:
    machine = {"ai_subcategory": "skirt"}
    assert closet([row(1, "shirt", name="boots", **machine)]).tops
    assert closet([row(1, "pantolonlar?", name="boots", **machine)]).bottoms
    assert closet([row(1, None, name="my red boots")]).shoes
    assert closet([row(1, None, name="?")]).unknown == 1


@pytest.mark.parametrize(("said", "believed"), [("sweatpants", False), ("jeans", True), (None, True)])
def test_what_the_machine_took_for_another_garment_is_not_as_formal_as_that(said: str | None, believed: bool) -> None:
    machine = {"ai_subcategory": "jeans", "ai_formality": "smart_casual", "ai_warmth": "warm"}
    details = closet([row(1, said, **machine)]).bottoms[0].details
    assert (details.formality, details.warmth) == ((Formality.SMART_CASUAL, Warmth.WARM) if believed else (None, None))


@pytest.mark.parametrize(("language", "text"), [("en", "all in purple"), ("tr", "baştan aşağ\u0131 Mor")])
def test_one_colour_alone_is_no_accent_beside_others(language: str, text: str) -> None:
    wardrobe = [row(number, kind, color="purple") for number, kind in enumerate(("shirt", "skirt", "heels"), 1)]
    why = advise(wardrobe, language=language).outfits[0].why
    assert next(each.text for each in why if each.factor == "colour_harmony") == text


@pytest.mark.parametrize(
    ("top", "bottom", "tier"),
    [("plain", "plain", 0), ("checked", None, 0), ("checked", "striped", 1), ("floral", "animal", 2)],
)
def test_what_is_said_of_patterns_is_about_those_that_meet(top: str, bottom: str | None, tier: int) -> None:
    rows = [row(1, "shirt", pattern=top), row(2, "jeans", pattern=bottom), row(3, "sneakers"), row(4, "coat")]
    for outfit in propose(closet(rows)).outfits:
        assert {each.text for each in outfit.why if each.factor == "pattern"} == {speech().reason("pattern", tier)}


def test_a_general_sight_made_exact_by_the_name_is_as_formal_as_that() -> None:
    seen = {"ai_subcategory": "shoes", "ai_formality": "smart_casual"}
    exact, general = (closet([row(1, None, name=name, **seen)]).shoes[0] for name in ("running sneakers", "mine"))
    assert (exact.subcategory, exact.details.formality) == ("sneakers", None)
    assert (general.subcategory, general.details.formality) == (None, Formality.SMART_CASUAL)


def test_a_general_word_is_made_exact_by_what_else_is_known() -> None:
    seen = {"ai_category": "tops", "ai_subcategory": "hoodie"}
    assert closet([row(1, "tops", **seen)]).tops[0].subcategory == "hoodie"
    assert closet([row(1, "tops", name="linen blouse")]).tops[0].subcategory == "blouse"
    assert closet([row(1, "tops", name="goes with jeans")]).tops[0].subcategory is None


def test_a_top_a_bottom_and_shoes_make_the_one_outfit_there_is() -> None:
    advice = advise(rows_of("White Sneakers", "Blue Jeans", "Navy Shirt"))
    assert [(each.name, each.items) for each in advice.outfits] == [
        ("Shirt & Jeans", tuple(str(UUID(int=number)) for number in (3, 2, 1)))
    ]
    assert advice.missing == ()


def test_what_was_worn_yesterday_waits_its_turn_and_a_favourite_goes_first() -> None:
    wardrobe = [row(1, "shirt", "2026-05-01"), row(2, "shirt", "2026-01-01"), row(3, "jeans")]
    wish = Wish(date(2026, 5, 2))
    firsts = [advise(rows, (), wish).outfits[0].items[0] for rows in (wardrobe, [*wardrobe[::-1]])]
    assert firsts == [str(UUID(int=2))] * 2
    liked = [{**each, "is_favorite": each["id"] == str(UUID(int=1))} for each in wardrobe]
    assert advise(liked, (), Wish(date(2026, 6, 20))).outfits[0].items[0] == str(UUID(int=1))


def test_opposite_choices_at_onboarding_get_different_first_outfits() -> None:
    wardrobe = [
        row(number, f"{colour} {kind}", color=colour)
        for number, (kind, colour) in enumerate(
            product(("hoodie", "blouse", "sweatpants", "skirt", "sneakers", "heels"), ("black", "red", "blue")), 1
        )
    ]
    sporty = Person(frozenset({Style.SPORTY}), frozenset({Colour.BLACK}))
    elegant = Person(frozenset({Style.ELEGANT}), frozenset({Colour.RED}))
    first, other = (advise(wardrobe, person=person).outfits[0] for person in (sporty, elegant))
    assert set(first.items).isdisjoint(other.items)
    assert next(why.score for why in first.why if why.factor == "preferences") > 0.7


@pytest.mark.parametrize(("celsius", "layered"), [(-5, True), (5, True), (30, False)])
def test_the_weather_decides_about_the_layer(celsius: float, layered: bool) -> None:
    found = propose(
        closet(rows_of("shirt", "jeans", "boots", "coat", "dress")), Wish(date(2026, 5, 1), temperature_c=celsius)
    )
    assert {each.look.outer is not None for each in found.outfits} == {layered}


@pytest.mark.parametrize(("occasion", "expected"), [(Occasion.FORMAL, {2, 4, 6}), (Occasion.SPORT, {1, 3, 5})])
def test_the_occasion_decides_between_the_gym_and_the_gala(occasion: Occasion, expected: set[int]) -> None:
    wardrobe = rows_of("hoodie", "shirt", "sweatpants", "pants", "sneakers", "dress shoes")
    first = advise(wardrobe, (), Wish(date(2026, 5, 1), occasion)).outfits[0]
    assert {UUID(each).int for each in first.items} == expected


@pytest.mark.parametrize("anchor", [1, 2, 3, 4, 5])
def test_outfits_are_built_around_the_anchor(anchor: int) -> None:
    item = str(UUID(int=anchor))
    wish = Wish(date(2026, 8, 1), temperature_c=30, anchor=item)
    outfits = advise(rows_of("shirt", "jeans", "boots", "coat", "dress", "shirt", "skirt"), (), wish).outfits
    assert outfits
    assert all(item in each.items for each in outfits)


def test_an_anchor_that_is_not_there_is_said_to_be_missing() -> None:
    for anchor, without in ((str(UUID(int=9)), frozenset[str]()), (str(UUID(int=1)), frozenset({str(UUID(int=1))}))):
        advice = advise(rows_of("shirt", "jeans", "boots"), (), Wish(date(2026, 5, 1), anchor=anchor, without=without))
        assert advice.outfits == ()
        assert advice.missing[0].what == "anchor"


def test_tomorrow_differs_and_the_same_day_does_not() -> None:
    wardrobe = rows_of(*["shirt"] * 12, *["jeans"] * 12, *["boots"] * 4)
    days = [[each.items for each in advise(wardrobe, (), Wish(date(2026, 5, day))).outfits[:5]] for day in (1, 1, 2)]
    assert days[0] == days[1] != days[2]


def test_every_factor_is_told_in_both_languages() -> None:
    person = Person(
        frozenset({Style.CASUAL}),
        frozenset(),
        {Style.CASUAL: 1.0},
        {},
        0.5,
        (frozenset({str(UUID(int=1)), str(UUID(int=2))}),),
    )
    wish = Wish(date(2026, 5, 1), Occasion.WORK, temperature_c=10)
    rows = [row(1, "shirt", color="navy"), row(2, "jeans", color="camel"), row(3, "coat", color="red"), row(4, "boots")]
    rows += [row(5, "tote bag")]
    english, turkish = (advise(rows, (), wish, person, language=language).outfits[0] for language in ("en", "tr"))
    assert {why.factor for why in english.why} == set(FACTORS)
    assert sum(why.score * why.weight for why in english.why) == pytest.approx(english.score, abs=0.01)
    assert (english.name, turkish.name) == (
        "Red & Navy Office Layers",
        "K\u0131rm\u0131z\u0131 & Lacivert Katl\u0131 Ofis Kombini",
    )
    assert all(one.text != other.text for one, other in zip(english.why, turkish.why, strict=True))


def test_few_cores_come_again_with_other_shoes_and_layers() -> None:
    found = looks(closet(rows_of("shirt", "jeans", "boots", "sandals", "coat")))
    assert len({frozenset(each.id for each in look.pieces) for look in found}) == len(found) == 4
    assert found[0].outer is None
    assert found[1].outer is not None


def test_items_that_are_away_are_left_out() -> None:
    wardrobe = rows_of("shirt", "jeans", "skirt")
    away = {str(UUID(int=2))}
    assert all(away.isdisjoint(outfit.items) for outfit in advise(wardrobe, away).outfits)
    assert advise(wardrobe, {str(UUID(int=1))}).outfits == ()


def test_names_are_different_and_made_of_the_vocabularys_words() -> None:
    wardrobe = [
        *(row(number, "shirt", color="blurple\x00<script>") for number in range(1, 5)),
        *(row(number, "jeans", color="Dark Blue") for number in range(5, 9)),
        *(row(number, "dress", color="red") for number in range(9, 12)),
        row(20, "sneakers", color="white"),
    ]
    names = [outfit.name for outfit in advise(wardrobe).outfits]
    assert len(set(names)) == len(names)
    assert {
        "Navy & White Everyday Look",
        "Red & White Everyday Look",
        "Red Dress",
        "Red Dress with White Sneakers",
    } <= set(names)
    assert not any("script" in name for name in names)


@pytest.mark.parametrize("subcategory", SUBCATEGORIES)
def test_every_garment_that_the_tagger_can_name_is_understood(subcategory: str) -> None:
    assert closet([row(1, None, ai_subcategory=subcategory)]).unknown == 0


@pytest.mark.parametrize("worn", ["infinity", "-infinity", "0044-03-15 BC", "20260101", "soon", "", 5, None, ["x"]])
def test_any_date_is_survived(worn: Any) -> None:
    assert len(closet([row(1, "shirt", worn)]).tops) == 1


def test_a_large_wardrobe_gets_as_many_outfits_as_there_may_be() -> None:
    rng = random.Random(7)
    found = looks(closet([row(n, rng.choice(list(KINDS)), f"2026-01-{n % 28 + 1:02}") for n in range(1, 2001)]))
    assert len(found) == MOST
    uses = Counter(each.id for look in found for each in look.core)
    assert max(uses.values()) <= Weights().most_uses  # there are enough for every outfit


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
WORDS = st.sampled_from([*KINDS, "", "pantolon", "x" * 5000, "a " * 3000, "' or 1=1 --", "\ud800", "👗 dress"])
DATES = st.dates(date(2020, 1, 1), date(2026, 12, 31)).map(str) | st.just("infinity")
SEEN = st.sampled_from([*SUBCATEGORIES, *Category, *Colour, "?"])
ROWS = st.fixed_dictionaries(
    {"id": st.uuids().map(str)},
    optional={
        "name": WORDS | JUNK,
        "category": WORDS | JUNK,
        "color": st.sampled_from(["navy", "Light Blue", "?"]) | JUNK,
        "last_worn_date": DATES | JUNK,
        "created_at": DATES.map(lambda day: f"{day}T10:00:00.5+00:00") | JUNK,
        "ai_category": SEEN | JUNK,
        "ai_subcategory": SEEN | JUNK,
        "ai_color": SEEN | JUNK,
    },
)
WARDROBES = st.lists(ROWS, max_size=25)
CLOTHES = st.lists(
    st.builds(row, st.integers(1, 10**6), st.sampled_from(list(KINDS)), st.none() | DATES),
    max_size=25,
    unique_by=lambda each: each["id"],
)


def valid(look: Look, wardrobe: Closet) -> bool:
    core = tuple(slot_of(each) for each in look.core)
    shod = look.shoes is not None if wardrobe.shoes else look.shoes is None
    layered = look.outer is None or slot_of(look.outer) is Slot.OUTER
    return core in {(Slot.TOP, Slot.BOTTOM), (Slot.FULL_BODY,)} and shod and layered


@settings(max_examples=25)
@given(WARDROBES)
def test_no_rows_are_too_odd(rows: list[Row]) -> None:
    wardrobe = closet(rows)
    for look in looks(wardrobe):
        assert valid(look, wardrobe)
    advice = advise(rows)
    assert advice.outfits or {each.what for each in advice.missing} & {"top", "bottom"}


@settings(max_examples=25)
@given(st.lists(ROWS | st.dictionaries(st.text(max_size=4), JUNK, max_size=4) | st.just({"id": ["x"]}), max_size=6))
def test_rows_without_ids_are_no_pieces_and_no_error(rows: list[Row]) -> None:
    ids = {row["id"] for row in rows if isinstance(row.get("id"), str)}
    assert all(ids.issuperset(outfit.items) for outfit in advise(rows, {"y"}).outfits)


@settings(max_examples=25)
@given(CLOTHES, st.integers(0, 60))
def test_outfits_are_valid_different_and_no_more_than_asked_for(rows: list[Row], most: int) -> None:
    wardrobe = closet(rows)
    found = looks(wardrobe, most)
    assert all(valid(look, wardrobe) for look in found)
    worn = [frozenset(each.id for each in look.pieces) for look in found]
    assert all(len(pieces) == len(look.pieces) for pieces, look in zip(worn, found, strict=True))
    possible = wardrobe.cores * max(1, len(wardrobe.shoes)) * (1 + len(wardrobe.outer))
    assert len(set(worn)) == len(worn) == min(most, possible)


@example(rows_of("Navy Shirt", "shirt dress", "Navy Shirt", "Blue Jeans"), 1, 2)
@settings(max_examples=25)
@given(CLOTHES, st.integers(0, 60), st.integers(0, 60))
def test_fewer_are_the_first_of_more(rows: list[Row], one: int, other: int) -> None:
    few, many = sorted((one, other))
    wardrobe = closet(rows)
    assert looks(wardrobe, many)[:few] == looks(wardrobe, few)


@settings(max_examples=25)
@given(WARDROBES | CLOTHES, st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(rows: list[Row], rng: random.Random) -> None:
    shuffled = list(rows)
    rng.shuffle(shuffled)
    assert advise(shuffled) == advise(rows) == advise(rows)


@settings(max_examples=25)
@given(CLOTHES)
def test_no_piece_is_in_all_outfits_if_another_would_do(rows: list[Row]) -> None:
    wardrobe = closet(rows)
    found = looks(wardrobe)
    for kind in (wardrobe.tops, wardrobe.bottoms, wardrobe.full_body, wardrobe.shoes):
        uses = Counter(each.id for look in found for each in look.pieces)
        if len(kind) > 1 and len(found) > 1:
            assert all(uses[each.id] < len(found) for each in kind)


@settings(max_examples=25)
@given(st.lists(st.sampled_from([Look((Piece(date.min, "a", Category.TOPS), Piece(date.min, "b", Category.BOTTOMS))),
                                 Look((Piece(date.min, "c", Category.ONE_PIECE, "dress", Colour.RED),))])))  # fmt: skip
def test_names_never_repeat(found: list[Look]) -> None:
    names = outfit_names(found)
    assert len(names) == len(found) == len(set(names))
