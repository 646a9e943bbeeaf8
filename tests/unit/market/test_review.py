# ruff: noqa: RUF001 - Turkish is spoken here
"""Whole listings: the verdict, the contract's fields, contradictions, tags and titles."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aura.market.colour_consistency import FAMILIES
from aura.market.fields import check_fields
from aura.market.findings import Finding, Severity, Verdict, verdict_of
from aura.market.known import VOCABULARY
from aura.market.listing import Image, LinkedItem, Listing
from aura.market.review import Review, review_listing
from aura.market.tags import closest_categories, known_category
from aura.vision.vocabulary import CATEGORY_OF, Colour

PHOTO = Image("https://project.test/a.jpg", allowed=True)
DRESS: dict[str, Any] = {
    "status": "done",
    "category": {"value": "one_piece", "confidence": 0.97},
    "subcategory": {"value": "dress", "confidence": 0.95},
    "colors": [
        {"name": "navy", "hex": "#1a2a4a", "share": 0.8, "confidence": 0.9},
        {"name": "white", "hex": "#ffffff", "share": 0.2, "confidence": 0.9},
    ],
    "pattern": {"value": "dotted", "confidence": 0.8},
    "seasons": [{"value": "summer", "confidence": 0.7}],
}
GOOD = Listing(
    title="Navy dress",
    description="Cotton dress, worn twice, no stains.",
    condition="good",
    images=(PHOTO,),
    item_id="1",
    item=LinkedItem("1", ai_tags=DRESS),
    swap_categories=("Coats", "ayakkabı"),
)


def review(language: str = "en", **changes: Any) -> Review:
    return review_listing(replace(GOOD, **changes), language)


def codes(reviewed: Review) -> list[str]:
    return [violation.code for violation in reviewed.violations]


def test_a_good_listing_is_allowed() -> None:
    reviewed = review()
    assert (reviewed.valid, reviewed.verdict, reviewed.violations) == (True, Verdict.ALLOW, ())
    assert reviewed.message == "Listing processed successfully."


def test_the_contracts_words() -> None:
    assert review(description="What a shitty zipper on this dress").errors == [
        "Description contains inappropriate language."
    ]


@pytest.mark.parametrize(
    ("severities", "verdict"),
    [
        ([], Verdict.ALLOW),
        ([Severity.FIX], Verdict.FIX),
        ([Severity.REVIEW, Severity.FIX], Verdict.REVIEW),
        ([Severity.FIX, Severity.BLOCK, Severity.REVIEW], Verdict.BLOCK),
    ],
)
def test_the_worst_finding_decides(severities: list[Severity], verdict: Verdict) -> None:
    assert verdict_of(Finding("required", "title", severity) for severity in severities) is verdict


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"title": None}, "required"),
        ({"title": "  ab "}, "too_short"),
        ({"title": "a" * 121}, "too_long"),
        ({"description": None}, "required"),
        ({"description": "short"}, "too_short"),
        ({"description": "long " * 801}, "too_long"),
        ({"condition": None}, "required"),
        ({"condition": "mint"}, "unknown_condition"),
        ({"images": ()}, "no_images"),
        ({"images": (PHOTO,) * 11}, "too_many_images"),
        ({"images": (Image("https://elsewhere.test", allowed=False),)}, "image_host_not_allowed"),
        ({"item_id": None, "item": None}, "required"),
        ({"item": None}, "unknown_item"),
        ({"item": LinkedItem("1", listed=True)}, "already_listed"),
        ({"swap_categories": ("shoes", "bicycles")}, "unknown_category"),
    ],
)
def test_fields(changes: dict[str, Any], code: str) -> None:
    assert [finding.code for finding in check_fields(replace(GOOD, **changes), closest_categories)] == [code]
    for language in ("en", "tr"):
        assert code in codes(review(language, **changes))


def test_three_to_a_hundred_and_twenty_characters_are_a_title() -> None:
    for title in ("abc", "a" * 120):
        assert check_fields(replace(GOOD, title=title), closest_categories) == []


@pytest.mark.parametrize(
    "name", ["Dresses", "elbise", "one_piece", "ONE PIECE", "Ayakkabı", "botlar", "t-shirt", "bags"]
)
def test_categories_are_known_in_any_words(name: str) -> None:
    assert known_category(name)


@pytest.mark.parametrize(
    ("title", "description"),
    [
        ("Leather boots", "Great in the rain, size 38."),
        ("Deri bot", "Yağmurda giydim, 38 numara."),
        ("For autumn", "These boots are made for walking."),
    ],
)
def test_another_garment_than_the_item(title: str, description: str) -> None:
    assert "inconsistent.category" in codes(review(title=title, description=description))


@pytest.mark.parametrize(
    ("title", "description"),
    [
        ("Summer dress", "Goes well with boots and a hat."),
        ("Something blue", "Lovely with ankle boots. Would swap for a coat."),
        ("Yazlık elbise", "Botla harika olur, çanta ile takas ederim."),
        ("Boots and a dress", "I only swap the dress, not the boots."),
        ("Nice one", "Fits well, short sleeves."),
        ("Jumpsuit or dress?", "Hard to say what it is."),
    ],
)
def test_other_garments_may_be_named(title: str, description: str) -> None:
    assert "inconsistent.category" not in codes(review(title=title, description=description))


def test_an_unsure_analysis_contradicts_nobody() -> None:
    unsure = {**DRESS, "category": {"value": "one_piece", "confidence": 0.3}}
    assert "inconsistent.category" not in codes(review(title="Leather boots", item=LinkedItem("1", ai_tags=unsure)))
    assert "inconsistent.category" not in codes(review(title="Leather boots", item=LinkedItem("1")))


def test_what_its_owner_calls_it_counts_too() -> None:
    item = LinkedItem("1", category="Boots", ai_tags=DRESS)
    assert "inconsistent.category" not in codes(review(title="Leather boots", item=item))


@pytest.mark.parametrize(
    ("condition", "description", "contradicts"),
    [
        ("poor", "This dress was never worn, tags still on.", True),
        ("poor", "Bu elbise hiç giyilmedi.", True),
        ("new", "A dress with a small stain on the cuff.", True),
        ("like_new", "Elbise güzel ama küçük bir leke var.", True),
        ("new", "A dress that I have worn twice.", True),
        ("good", "This dress was never worn, tags still on.", False),
        ("new", "Dress without stains or holes, never worn.", False),
        ("like_new", "Elbise tertemiz, leke yok.", False),
        ("fair", "A dress with a small stain on the cuff.", False),
    ],
)
def test_condition_against_text(condition: str, description: str, contradicts: bool) -> None:
    reviewed = review(condition=condition, description=description)
    assert ("inconsistent.condition" in codes(reviewed)) is contradicts


def test_tags_are_ranked_different_few_and_of_the_vocabulary() -> None:
    said = (
        "Vintage navy dotted linen dress by Zara for summer, romantic, white collar, 90s, lace, silk, bohemian, floral"
    )
    tags = review(description=said).suggested_tags
    assert tags[:2] == ("dress", "navy")
    assert len(tags) == len(set(tags)) == 12
    assert {"zara", "vintage", "dotted"} <= set(tags)
    assert all(type(tag) is str for tag in tags)


def test_what_somebody_wishes_for_is_no_tag() -> None:
    tags = review(description="Navy dress. Looking for leather boots or a red bag.").suggested_tags
    assert not {"boots", "leather", "bag", "red", "shoes", "bags"} & set(tags)


def test_tags_without_an_analysis_come_from_the_text() -> None:
    tags = review(item=LinkedItem("1"), title="Bordo kadife elbisem", description="Kışlık, M beden.").suggested_tags
    assert tags[0] == "dress"
    assert {"burgundy", "velvet", "winter", "one_piece"} == set(tags[1:])


def test_a_stored_analysis_that_is_nonsense_is_no_reason_to_fail() -> None:
    for nonsense in ({"status": "done"}, {"status": "done", "colors": "red", "category": 7, "seasons": [None, {}]}):
        assert review(item=LinkedItem("1", ai_tags=nonsense)).valid


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.sampled_from(["done", "navy", "dress", "fuck", "x"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["value", "name", "confidence", "share", "x"]), inner, max_size=4)
    ),
    max_leaves=12,
)


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from([*DRESS, "material", "styles"]), JSON), st.sampled_from(["Hi!", "Boots"]))
def test_whatever_a_row_holds_for_an_analysis_only_the_vocabulary_is_suggested(
    tags: dict[str, Any], title: str
) -> None:
    item = LinkedItem("1", ai_tags={**tags, "status": "done"})
    reviewed = review(title=title, description="In great shape.", item=item)
    allowed = frozenset().union(*VOCABULARY.values())
    assert set(reviewed.suggested_tags) <= allowed
    assert "fuck" not in (reviewed.suggested_title or "").lower()


@settings(deadline=None, max_examples=60)
@given(st.fixed_dictionaries({kind: st.sampled_from(sorted(values)) for kind, values in VOCABULARY.items()}))
def test_a_suggested_title_is_accepted_and_needs_no_other(values: dict[str, str]) -> None:
    said = {kind: {"value": value, "confidence": 0.9} for kind, value in values.items()}
    colours = [{"name": values["color"], "share": 0.9, "confidence": 0.9}]
    category = {"value": CATEGORY_OF[values["subcategory"]], "confidence": 0.9}
    item = LinkedItem("1", ai_tags={**said, "status": "done", "colors": colours, "category": category})
    for language in ("en", "tr"):
        weak = review(language, title="Hi!", description="In great shape.", item=item)
        better = review(language, title=weak.suggested_title, description="In great shape.", item=item)
        assert (better.violations, better.suggested_title) == ((), None)


@pytest.mark.parametrize("brand", ["fuck you", "0532 123 45 67", "insta: jane.doe", "x" * 41, "me@site.com"])
def test_a_brand_that_breaks_a_rule_is_not_repeated(brand: str) -> None:
    reviewed = review(title="Hi!", item=LinkedItem("1", brand=brand, ai_tags=DRESS))
    assert brand.lower() not in reviewed.suggested_tags
    assert reviewed.suggested_title == "Navy dotted cotton dress"


def test_a_brand_that_nobody_knows_is_repeated() -> None:
    reviewed = review(title="Hi!", item=LinkedItem("1", brand=" Terzi  Ayşe ", ai_tags=DRESS))
    assert "terzi ayşe" in reviewed.suggested_tags
    assert reviewed.suggested_title == "Terzi Ayşe navy dotted cotton dress"


@pytest.mark.parametrize("text", ["\u200b" * 20, "\u2800" * 20, "\u3164" * 20, " \u00a0\ufeff" * 9, "\u0301" * 20])
def test_what_nobody_can_see_is_no_text(text: str) -> None:
    assert codes(review(title=text)) == ["required"]
    assert codes(review(description=text)) == ["required"]


@pytest.mark.parametrize("title", ["A b", "s\u0327ık", "👗👠🧥", "ABC"])
def test_three_characters_are_a_title(title: str) -> None:
    assert "too_short" not in codes(review(title=title))


@pytest.mark.parametrize(
    ("title", "language", "suggested"),
    [
        ("Nice!", "en", "Navy dotted cotton dress"),
        ("Güzel", "tr", "Lacivert puantiyeli pamuklu elbise"),
        ("Lovely summer piece", "en", "Navy dotted cotton dress"),
        ("Navy midi dress", "en", None),
        ("Uzun elbise", "tr", None),
    ],
)
def test_a_weak_title_gets_a_suggestion(title: str, language: str, suggested: str | None) -> None:
    assert review(language, title=title).suggested_title == suggested


def test_the_same_listing_has_the_same_review() -> None:
    said = "f*ck, 0532 123 45 67, Gucci replica"
    assert review(description=said) == review(description=said)


def coloured(name: str, share: float = 0.9, confidence: float = 0.9, pattern: str = "plain", **more: Any) -> LinkedItem:
    """A dress whose photo shows one colour."""
    colours = [{"name": name, "hex": "#000000", "share": share, "confidence": confidence}]
    tags = {**DRESS, "colors": colours, "pattern": {"value": pattern, "confidence": 0.9}}
    return LinkedItem("1", ai_tags=tags, **more)


@pytest.mark.parametrize(
    ("title", "item"),
    [
        ("Red dress", coloured("navy")),
        ("White cotton dress", coloured("black")),
        ("Kırmızı elbise", coloured("green")),
        ("Siyah elbise", coloured("white")),
        ("Yellow summer dress", coloured("blue", color="blue")),
    ],
)
def test_a_colour_that_the_item_does_not_have_is_noticed(title: str, item: LinkedItem) -> None:
    found = [each for each in review(title=title, item=item).violations if each.code == "inconsistent.color"]
    assert [(each.field, each.start, each.severity) for each in found] == [("title", None, Severity.FIX)]
    assert review(language="tr", title=title, item=item).errors != review(title=title, item=item).errors


@pytest.mark.parametrize(
    ("title", "item"),
    [
        ("Black dress", coloured("navy")),  # what light makes one
        ("Cream dress", coloured("light_gray")),
        ("Burgundy dress", coloured("brown")),
        ("Old Navy dress", coloured("red")),
        ("Off-White dress", coloured("black")),
        ("Pink Floyd dress", coloured("black")),
        ("Red dress with black belt", coloured("black")),
        ("Red dress", coloured("navy", confidence=0.3)),  # what the analysis is not sure of
        ("Red dress", coloured("navy", share=0.4)),
        ("Red dress", coloured("navy", pattern="floral")),  # many colours
        ("Red floral dress", coloured("navy")),
        ("Red dress", coloured("navy", color="Kırmızı")),  # what the owner calls it
        ("Summer dress", coloured("navy")),
        ("Red dress", LinkedItem("1")),
        ("Red dress", LinkedItem("1", ai_tags={**DRESS, "colors": "navy"})),
    ],
)
def test_colours_that_may_well_be_meant_are_no_contradiction(title: str, item: LinkedItem) -> None:
    assert "inconsistent.color" not in codes(review(title=title, item=item))


def test_an_opening_that_names_another_colour_is_noticed_where_the_title_names_none() -> None:
    changes: dict[str, Any] = {"description": "A red cotton dress, worn twice.", "item": coloured("navy")}
    (found,) = [each for each in review(title="Summer", **changes).violations if each.code == "inconsistent.color"]
    assert found.field == "description"
    assert "inconsistent.color" not in codes(review(title="Navy dress", **changes))


def test_every_colour_is_like_itself_and_in_some_family() -> None:
    assert set(Colour) <= {Colour(name) for family in FAMILIES for name in family}


@pytest.mark.parametrize(
    ("name", "closest"),
    [("shoos", "shoes"), ("Hand bags", "handbag"), ("dreses", "dress"), ("t shrit", "t_shirt")],
)
def test_a_slip_in_a_category_is_answered_with_what_was_meant(name: str, closest: str) -> None:
    if not known_category(name):
        assert closest in closest_categories(name)
        assert len(set(closest_categories(name))) == len(closest_categories(name))
        assert closest in review(swap_categories=(name,)).violations[0].how_to_fix


@pytest.mark.parametrize("language", ["en", "tr"])
def test_a_category_like_none_is_answered_with_the_main_ones(language: str) -> None:
    violation = review(language, swap_categories=("shoes", "bicycles" * 12)).violations[0]
    assert violation.code == "unknown_category"
    assert "shoes" in violation.how_to_fix
    assert "bicycles" not in violation.how_to_fix


def test_known_categories_need_no_suggestion() -> None:
    assert [closest_categories(name) for name in ("shoes", "Ayakkabı", "coats", "dress")] == [()] * 4
