"""What a wardrobe lacks is named for every wardrobe, however small."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aura.stylist.advice import advise
from tests.support.closets import GARMENTS, rows_of


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


@given(st.lists(st.sampled_from([*GARMENTS.values(), "hat", "?"]), max_size=9))
def test_who_gets_no_outfit_is_told_why(categories: list[str]) -> None:
    advice = advise(rows_of(*categories))
    assert bool(advice.outfits) is not any(each.what in {"top", "bottom"} for each in advice.missing)
