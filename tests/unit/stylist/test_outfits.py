"""Outfits are valid, different, fair to every piece and the same for the same wardrobe, whatever its rows hold."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from aura.stylist.advice import advise
from aura.stylist.names import outfit_names
from aura.stylist.outfits import MOST, Look, looks
from aura.stylist.pieces import Piece
from aura.stylist.slots import Closet, closet, slot_of
from aura.vision.vocabulary import SUBCATEGORIES, Category, Colour, Slot

Row = Mapping[str, Any]
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


def test_what_has_not_been_worn_for_longest_comes_first() -> None:
    wardrobe = [
        row(1, "shirt", "2026-05-01"),
        row(2, "shirt", "2026-01-01"),
        row(3, "jeans", "2026-05-01"),
        row(4, "jeans", None, created_at="2025-06-01T12:00:00+00:00"),
        row(5, "jeans", "2026-03-01"),
    ]
    found = [[UUID(each).int for each in outfit.items] for outfit in advise(wardrobe).outfits]
    assert found[:2] == [[2, 4], [1, 5]]
    assert len(found) == 6


def test_one_piece_competes_with_pairs_by_how_long_it_was_not_worn() -> None:
    pair = [row(1, "shirt", "2026-02-01"), row(2, "jeans", "2026-02-01")]
    for worn, expected in (("2026-01-01", [Slot.FULL_BODY]), ("2026-03-01", [Slot.TOP, Slot.BOTTOM])):
        first = looks(closet([*pair, row(3, "dress", worn)]))[0]
        assert list(slots(first)) == expected


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
    assert {"Shirt & Navy Jeans", "Red Dress", "Red Dress with White Sneakers", "Red Dress No. 2"} <= set(names)
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
    assert max(uses.values()) == 1  # there are enough for every outfit to have pieces of its own


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


@given(WARDROBES)
def test_no_rows_are_too_odd(rows: list[Row]) -> None:
    wardrobe = closet(rows)
    for look in looks(wardrobe):
        assert valid(look, wardrobe)
    advice = advise(rows)
    assert advice.outfits or {each.what for each in advice.missing} & {"top", "bottom"}


@given(st.lists(ROWS | st.dictionaries(st.text(max_size=4), JUNK, max_size=4) | st.just({"id": ["x"]}), max_size=6))
def test_rows_without_ids_are_no_pieces_and_no_error(rows: list[Row]) -> None:
    ids = {row["id"] for row in rows if isinstance(row.get("id"), str)}
    assert all(ids.issuperset(outfit.items) for outfit in advise(rows, {"y"}).outfits)


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
@given(CLOTHES, st.integers(0, 60), st.integers(0, 60))
def test_fewer_are_the_first_of_more(rows: list[Row], one: int, other: int) -> None:
    few, many = sorted((one, other))
    wardrobe = closet(rows)
    assert looks(wardrobe, many)[:few] == looks(wardrobe, few)


@given(WARDROBES | CLOTHES, st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(rows: list[Row], rng: random.Random) -> None:
    shuffled = list(rows)
    rng.shuffle(shuffled)
    assert advise(shuffled) == advise(rows) == advise(rows)


@given(CLOTHES)
def test_no_piece_is_in_all_outfits_if_another_would_do(rows: list[Row]) -> None:
    wardrobe = closet(rows)
    found = looks(wardrobe)
    for kind in (wardrobe.tops, wardrobe.bottoms, wardrobe.full_body, wardrobe.shoes):
        uses = Counter(each.id for look in found for each in look.pieces)
        if len(kind) > 1 and len(found) > 1:
            assert all(uses[each.id] < len(found) for each in kind)


@given(CLOTHES)
def test_the_first_outfit_is_of_the_longest_unworn_pieces(rows: list[Row]) -> None:
    wardrobe = closet(rows)
    for look in looks(wardrobe, 1):
        firsts = {
            pieces[0] for pieces in (wardrobe.tops, wardrobe.bottoms, wardrobe.full_body, wardrobe.shoes) if pieces
        }
        assert set(look.pieces) <= firsts


@given(st.lists(st.sampled_from([Look((Piece(date.min, "a", Category.TOPS), Piece(date.min, "b", Category.BOTTOMS))),
                                 Look((Piece(date.min, "c", Category.ONE_PIECE, "dress", Colour.RED),))])))  # fmt: skip
def test_names_never_repeat(found: list[Look]) -> None:
    names = outfit_names(found)
    assert len(names) == len(found) == len(set(names))
