# ruff: noqa: RUF001 - Turkish is spoken here
"""Whole listings: the verdict, the contract's fields, contradictions, tags and titles."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from aura.market.fields import check_fields
from aura.market.findings import Finding, Severity, Verdict, verdict_of
from aura.market.listing import Image, LinkedItem, Listing
from aura.market.review import Review, review_listing
from aura.market.tags import known_category

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
    assert [finding.code for finding in check_fields(replace(GOOD, **changes), known_category)] == [code]
    for language in ("en", "tr"):
        assert code in codes(review(language, **changes))


def test_three_to_a_hundred_and_twenty_characters_are_a_title() -> None:
    for title in ("abc", "a" * 120):
        assert check_fields(replace(GOOD, title=title), known_category) == []


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
