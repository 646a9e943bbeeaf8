"""What to buy opens good outfits, differs, is what the person likes, and is sold where a shop sells it."""

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aura.stylist.hypotheses import hypothesis
from aura.stylist.person import NOBODY, Person
from aura.stylist.products import Shelf, shelf_of
from aura.stylist.purchases import MOST_IDEAS, Purchases, suggest
from aura.stylist.wishes import ANY_DAY
from aura.vision.vocabulary import Colour, Style
from tests.support.closets import Row, rows_of, wardrobes

TEN = ("white shirt", "navy t-shirt", "gray sweater", "black jeans", "beige chinos", "white sneakers", "brown boots")
SKIRTS = ("white blouse", "red skirt", "black dress", "beige heels")


PEOPLE = st.sampled_from([NOBODY, Person(colours=frozenset({Colour.RED}))])


def product(name: str, **columns: Any) -> dict[str, Any]:
    return {"id": name, "name": name, "affiliate_link": "https://shop.example/x", "currency": "EUR", **columns}


def names(found: Purchases) -> list[str]:
    return [each.name for each in found.ideas]


def test_a_purchase_says_what_it_is_good_for() -> None:
    (first, *_) = suggest(rows_of("white shirt", "cream shirt", "beige blouse", "black boots")).ideas
    assert first.unlocks == 3
    assert first.description == (
        f"Goes with 4 of your pieces, such as your {' or your '.join(examples(first.description))}, "
        "and opens 3 new outfits."
    )
    assert len(first.goes_with) == 4
    assert first.product is None


def examples(text: str) -> list[str]:
    return text.partition("such as your ")[2].partition(", and opens")[0].split(" or your ")


def test_it_speaks_turkish() -> None:
    rows = rows_of("white shirt", "cream shirt", "black boots")
    (first, *_) = suggest(rows, language="tr").ideas
    assert first.description.startswith("Dolab\u0131ndaki 3 par\u00e7ayla uyumlu, \u00f6rne\u011fin ")
    assert first.description.endswith(" ve 2 yeni kombin a\u00e7\u0131yor.")


def test_one_partner_is_named_and_the_first_shoes_complete() -> None:
    found = suggest(rows_of("black dress")).ideas
    assert any(each.description == "Goes with your Black Dress, and completes 1 new outfit." for each in found)


def test_nobody_imagines_so_many_outfits() -> None:
    rows = rows_of(*["white shirt"] * 60, *["navy jeans"] * 60, *["black boots"] * 60)
    found = suggest(rows).ideas[0]
    assert "over 1,000 new outfits" in found.description
    assert found.unlocks >= 3000
    assert len(found.goes_with) == 20


def test_an_empty_wardrobe_is_told_how_to_begin() -> None:
    found = suggest([])
    assert [each.unlocks for each in found.ideas] == [0, 0, 0]
    assert [each.what for each in found.missing] == ["top", "bottom", "shoes"]
    assert all(each.description.startswith("Needed before anything else") for each in found.ideas)


def test_what_many_never_wear_is_proposed_to_those_who_do() -> None:
    words = {"Dress", "Blouse", "Skirt", "Heels", "Flats", "Jumpsuit", "Ankle"}
    assert not words & {word for name in names(suggest(rows_of(*TEN))) for word in name.split()}
    assert words & {word for name in names(suggest(rows_of(*SKIRTS))) for word in name.split()}


def test_opposite_likings_get_opposite_ideas() -> None:
    rows = rows_of(*TEN)
    sporty = Person(styles=frozenset({Style.SPORTY}), colours=frozenset({Colour.RED}))
    elegant = Person(styles=frozenset({Style.BUSINESS}), colours=frozenset({Colour.BLACK}))
    assert names(suggest(rows, person=sporty))[0] != names(suggest(rows, person=elegant))[0]
    assert any("Red" in name for name in names(suggest(rows, person=sporty))[:3])


def test_what_is_there_already_is_worth_little() -> None:
    rows = rows_of("white shirt", "white shirt", "navy jeans", "black boots", "navy blazer")
    assert "White Shirt" not in names(suggest(rows))
    assert "Navy Blazer" not in names(suggest(rows))


def test_the_shops_product_takes_the_place() -> None:
    shelf = shelf_of("1", [product("Fine Jeans", category="Jeans", color="navy", price="49.90", brand="B")])
    found = suggest(rows_of("white shirt", "cream shirt", "black boots"), shelf=shelf).ideas
    (sold,) = [each for each in found if each.product]
    assert sold.name == "Fine Jeans"
    assert sold.unlocks == 2
    assert sold.product is not None
    assert (sold.product.price, sold.product.brand) == (49.9, "B")
    assert sold.product.affiliate_link == "https://shop.example/x"


@pytest.mark.parametrize(
    "columns",
    [
        {"category": "sun hat"},
        {"category": "gizmo"},
        {"category": "jeans", "color": "orange", "pattern": "camouflage"},
        {"category": "swim shorts"},
    ],
)
def test_what_does_not_help_is_not_proposed_though_it_is_sold(columns: dict[str, Any]) -> None:
    shelf = shelf_of("1", [product("x", **columns)])
    rows = [{**row, "pattern": "floral"} for row in rows_of("red shirt", "green shirt", "black boots")]
    assert "x" not in names(suggest(rows, shelf=shelf))


def test_no_product_is_proposed_twice() -> None:
    shelf = shelf_of("1", [product("only", category="jeans", color="navy")])
    assert names(suggest(rows_of("white shirt", "cream shirt", "black boots"), shelf=shelf)).count("only") == 1


def test_what_is_sold_for_others_comes_last() -> None:
    sold = [product(gender, category="jeans", color="navy", gender=gender) for gender in ("women", "men")]
    shelf, wanted = shelf_of("1", sold), hypothesis("jeans", Colour.NAVY)
    for kindred, first in ((True, "women"), (False, "men")):
        assert next(iter(shelf.near(wanted, 2, kindred=kindred))).name == first


def test_links_that_are_none_are_left_out() -> None:
    shelf = shelf_of("1", [product("x", category="jeans", image_url="javascript:alert(1)")])
    ((found,),) = shelf.products.values()
    assert found.image_url is None


@settings(deadline=None, max_examples=25)
@given(wardrobes(), st.randoms(use_true_random=False), PEOPLE)
def test_there_is_always_something_useful_to_say(rows: list[Row], rng: random.Random, person: Person) -> None:
    found = suggest(rows, person=person)
    assert 1 <= len(found.ideas) <= MOST_IDEAS + 3
    assert len(set(names(found))) == len(found.ideas)
    ids = {row["id"] for row in rows}
    for each in found.ideas:
        assert each.name
        assert each.description.endswith(".")
        assert set(each.goes_with) <= ids
        assert each.unlocks > 0 or not each.goes_with
    rng.shuffle(rows)
    assert suggest(rows, person=person) == found


@settings(deadline=None, max_examples=25)
@given(wardrobes(), st.integers(1, 6))
def test_the_first_few_of_many_are_the_few(rows: list[Row], most: int) -> None:
    assert names(suggest(rows, most=most))[:most] == names(suggest(rows))[:most]


def test_what_is_left_out_partners_nothing() -> None:
    rows = rows_of("white shirt", "navy jeans", "black boots")
    found = suggest(rows, away={rows[0]["id"]}, wish=ANY_DAY, shelf=Shelf())
    assert all(rows[0]["id"] not in each.goes_with for each in found.ideas)
