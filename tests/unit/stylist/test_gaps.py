"""What a wardrobe lacks is counted exactly, and said for every wardrobe however small."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aura.stylist.advice import advise
from aura.stylist.gaps import Gap, gaps
from aura.stylist.slots import Closet, closet
from aura.vision.vocabulary import Colour, Slot

GARMENT = {
    Slot.TOP: "shirt",
    Slot.BOTTOM: "jeans",
    Slot.FULL_BODY: "dress",
    Slot.SHOES: "boots",
    Slot.OUTER: "coat",
}


def rows_of(*categories: str, color: str | None = None) -> list[Mapping[str, Any]]:
    return [
        {"id": str(UUID(int=number)), "category": category, "color": color}
        for number, category in enumerate(categories, 1)
    ]


def wardrobe_of(*categories: str) -> Closet:
    return closet(rows_of(*categories))


def possible(categories: list[str]) -> int:
    """How many outfits there are: every core with every pair of shoes, in every layer and in none."""
    count = Counter(categories)
    cores = count["shirt"] * count["jeans"] + count["dress"]
    return cores * max(1, count["boots"]) * (1 + count["coat"])


def lacking(*categories: str) -> list[str]:
    return [each.what for each in advise(rows_of(*categories)).missing]


@pytest.mark.parametrize(
    ("categories", "what"),
    [
        ((), ["top", "bottom", "shoes"]),
        (("shirt",), ["bottom", "shoes"]),
        (("jeans", "boots"), ["top"]),
        (("dress",), ["shoes"]),
        (("dress", "boots"), []),
        (("shirt", "jeans", "boots"), []),
        (("shirt", "dress", "boots"), []),
        (("thing", "thing"), ["top", "bottom", "shoes", "category"]),
    ],
)
def test_what_is_missing_is_named(categories: tuple[str, ...], what: list[str]) -> None:
    assert lacking(*categories) == what


def test_it_is_said_in_words() -> None:
    texts = {each.what: each.text for each in advise(rows_of("shirt", "thing")).missing}
    assert texts["bottom"] == "There is no bottom that could be worn with a top."
    assert texts["category"] == "1 piece is left out: nothing tells what kind of garment that is."


def test_the_gap_that_opens_most_comes_first() -> None:
    found = gaps(wardrobe_of("shirt", "shirt", "shirt", "jeans", "boots"))
    assert [(gap.slot, gap.unlocks) for gap in found] == [
        (Slot.BOTTOM, 3),
        (Slot.SHOES, 3),
        (Slot.OUTER, 3),
        (Slot.TOP, 1),
    ]


def test_a_gap_is_described_by_what_it_goes_with() -> None:
    (first, *_) = gaps(closet(rows_of("shirt", "hoodie", "blouse", color="navy")))
    assert first == Gap(
        Slot.BOTTOM,
        Colour.WHITE,
        "White Bottoms",
        "Goes with 3 of your pieces, such as your Navy Shirt or your Navy Hoodie, and opens 3 new outfits.",
        3,
    )


def test_the_colour_is_the_neutral_that_is_rarest_among_its_kind() -> None:
    rows = [*rows_of("shirt"), *({"id": f"j{n}", "category": "jeans", "color": c} for n, c in enumerate(COLOURS))]
    assert next(gap for gap in gaps(closet(rows)) if gap.slot is Slot.BOTTOM).colour is Colour.BEIGE


COLOURS = ("white", "navy", "black", "white", "grey")


def test_the_first_shoes_complete_what_there_is() -> None:
    (gap,) = [each for each in gaps(wardrobe_of("dress", "dress")) if each.slot is Slot.SHOES]
    assert gap.unlocks == 2
    assert gap.description.endswith("and completes 2 new outfits.")


def test_an_empty_wardrobe_is_told_how_to_begin() -> None:
    assert [gap.slot for gap in gaps(Closet())] == [Slot.TOP, Slot.BOTTOM, Slot.SHOES]


def test_dresses_are_proposed_to_those_who_wear_them() -> None:
    assert Slot.FULL_BODY not in {gap.slot for gap in gaps(wardrobe_of("shirt", "jeans", "boots"))}
    assert Slot.FULL_BODY in {gap.slot for gap in gaps(wardrobe_of("dress"))}


@given(st.lists(st.sampled_from(list(GARMENT.values())), max_size=9))
def test_unlocks_is_what_the_purchase_really_opens(categories: list[str]) -> None:
    before = possible(categories)
    for gap in gaps(wardrobe_of(*categories)):
        after = possible([*categories, GARMENT[gap.slot]])
        completes = gap.slot is Slot.SHOES and "boots" not in categories
        assert gap.unlocks == (before if completes else after - before)


@given(st.lists(st.sampled_from([*GARMENT.values(), "hat", "?"]), max_size=9))
def test_there_is_always_something_useful_to_say(categories: list[str]) -> None:
    advice = advise(rows_of(*categories))
    assert advice.gaps
    assert [gap.unlocks for gap in advice.gaps] == sorted((gap.unlocks for gap in advice.gaps), reverse=True)
    assert all(gap.name and gap.description.endswith(".") for gap in advice.gaps)
    assert bool(advice.outfits) is not any(each.what in {"top", "bottom"} for each in advice.missing)
