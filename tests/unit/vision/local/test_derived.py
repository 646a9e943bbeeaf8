"""Season, formality and warmth follow from what was seen, say so, and are silent where they would be invented."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aura.vision.garment import GarmentColour, GarmentTags, Judged
from aura.vision.local.derived import with_derived
from aura.vision.vocabulary import CATEGORY_OF, SUBCATEGORIES, Category, Colour, Formality, Pattern, Season, Warmth


def tags(kind: str, sure: float = 0.95, code: str = "#808285", pattern: Pattern | None = None) -> GarmentTags:
    return GarmentTags(
        category=Judged[Category](value=CATEGORY_OF[kind], confidence=sure),
        subcategory=Judged[str](value=kind, confidence=sure),
        colors=(GarmentColour(name=Colour.GRAY, hex=code, share=1.0, confidence=0.9),),
        pattern=Judged[Pattern](value=pattern, confidence=0.9) if pattern else None,
    )


def seasons(said: GarmentTags) -> set[Season]:
    return {season.value for season in said.seasons}


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("shorts", {Season.SUMMER}),
        ("t_shirt", {Season.SPRING, Season.SUMMER, Season.AUTUMN}),
        ("hoodie", {Season.AUTUMN, Season.WINTER, Season.SPRING}),
        ("parka", {Season.WINTER}),
        ("shoes", set()),
    ],
)
def test_seasons_by_kind(kind: str, expected: set[Season]) -> None:
    assert seasons(with_derived(tags(kind))) == expected


def test_a_printed_shirt_is_more_casual_than_a_plain_one_and_a_dark_one_less() -> None:
    plain, printed = with_derived(tags("shirt")), with_derived(tags("shirt", pattern=Pattern.GRAPHIC))
    dark = with_derived(tags("shirt", code="#101018"))
    assert plain.formality is not None
    assert printed.formality is not None
    assert dark.formality is not None
    assert plain.formality.value == Formality.SMART_CASUAL
    assert printed.formality.value.level <= plain.formality.value.level
    assert dark.formality.value == Formality.BUSINESS


def test_it_says_that_it_was_derived_and_is_no_surer_than_the_kind() -> None:
    said = with_derived(tags("t_shirt", sure=0.6)).to_ai_tags()
    for judged in (said["formality"], said["warmth"], *said["seasons"]):
        assert judged["source"] == "derived"
        assert judged["confidence"] < 0.6
    assert "source" not in said["category"]
    assert "source" not in said["subcategory"]


def test_without_a_kind_nothing_is_derived() -> None:
    unsure = GarmentTags(colors=tags("shirt").colors, pattern=tags("shirt", pattern=Pattern.PLAIN).pattern)
    assert with_derived(unsure) == unsure


@given(st.sampled_from(SUBCATEGORIES), st.floats(0, 1), st.sampled_from([None, *Pattern]), st.integers(0, 0xFFFFFF))
def test_every_garment_gets_valid_tags_that_come_back_from_the_row(
    kind: str, sure: float, pattern: Pattern | None, colour: int
) -> None:
    said = with_derived(tags(kind, sure, f"#{colour:06x}", pattern))
    assert GarmentTags.from_ai_tags(said.to_ai_tags()) == said
    assert said.warmth is not None
    assert said.warmth.value in Warmth
    confidences = [season.confidence for season in said.seasons]
    assert confidences == sorted(confidences, reverse=True)
