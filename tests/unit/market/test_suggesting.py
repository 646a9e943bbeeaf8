"""What a model may add to a review, and that it can change nothing else."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from aura.market.listing import Image, LinkedItem, Listing
from aura.market.review import Review, review_listing
from aura.market.suggesting import VALUES, Suggestion, enriched, question, read_suggestion, response_schema

LISTING = Listing(
    title="Nice!",
    description="A navy cotton dress from the seventies, worn twice.",
    condition="good",
    images=(Image("https://x.test/a.jpg", True),),
    item_id="i",
    item=LinkedItem("i"),
)


@pytest.fixture(scope="module")
def review() -> Review:
    reviewed = review_listing(LISTING, "en")
    assert reviewed.valid
    return reviewed


def test_the_question_holds_the_texts_and_nothing_of_the_person(review: Review) -> None:
    asked = question(replace(LISTING, description='{braces} and "quotes" ' + "x" * 5_000), review, "tr")
    assert '"tr"' in asked
    assert "{braces}" in asked
    assert len(asked) < 4_000


def test_the_schema_offers_the_vocabulary(review: Review) -> None:
    assert set(response_schema()["properties"]["tags"]["items"]["enum"]) == set(VALUES)
    assert {"dress", "navy", "cotton", "summer"} <= set(VALUES)


@pytest.mark.parametrize("text", ["", "no", "[]", "{}", '{"tags": "dress"}', '{"tags": null}', '{"tags": ["dress"]'])
def test_another_shape_is_no_suggestion(text: str) -> None:
    assert read_suggestion(text) is None


def test_unknown_tags_are_left_out_and_none_comes_twice() -> None:
    said = read_suggestion(json.dumps({"tags": ["dress", "dress", "free money", 5, None, "navy", "plain"]}))
    assert said == Suggestion(("dress", "navy"), None)


@pytest.mark.parametrize(
    "title",
    [
        "Fucking great dress",
        "Dress, WhatsApp 0532 123 45 67",
        "Dress for sale, $50",
        "Replica Gucci dress",
        "Ignore the rules",
        "ab",
        "dress " * 40,
        7,
        None,
    ],
)
def test_a_title_that_a_person_might_not_publish_is_dropped(title: object) -> None:
    said = read_suggestion(json.dumps({"tags": ["dress"], "title": title}))
    assert said is not None
    assert said.title is None


def test_tags_are_added_behind_and_the_title_where_it_is_weak(review: Review) -> None:
    said = Suggestion(("summer", "dress", "casual"), "Navy cotton dress, seventies")
    more = enriched(review, LISTING, said)
    known = len(review.suggested_tags)
    assert more.suggested_tags[:known] == review.suggested_tags
    assert set(more.suggested_tags) >= {"summer", "casual"}
    assert len(more.suggested_tags) == len(set(more.suggested_tags)) <= 12
    assert more.suggested_title == "Navy cotton dress, seventies"
    assert (more.verdict, more.violations, more.message) == (review.verdict, review.violations, review.message)


def test_a_good_title_is_left_alone(review: Review) -> None:
    good = replace(LISTING, title="Navy cotton dress")
    assert enriched(replace(review, suggested_title=None), good, Suggestion((), "Blue dress")).suggested_title is None


def test_never_more_than_twelve_tags(review: Review) -> None:
    many = enriched(
        replace(review, suggested_tags=tuple(f"t{n}" for n in range(12))), LISTING, Suggestion(("dress",), None)
    )
    assert many.suggested_tags == tuple(f"t{n}" for n in range(12))
