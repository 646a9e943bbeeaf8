"""Garment tags stay inside the vocabulary on every way in and out of ``ai_tags``."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from aura.vision.garment import GarmentColour, GarmentTags, Judged
from aura.vision.vocabulary import CATEGORY_OF, Category, Colour, Formality, Season

confidences = st.floats(0, 1)
colours = st.builds(
    GarmentColour,
    name=st.sampled_from(Colour),
    hex=st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}"),
    share=confidences,
    confidence=confidences,
)
formalities = st.builds(Judged[Formality], value=st.sampled_from(Formality), confidence=confidences)
anything = st.recursive(st.text() | st.none() | st.integers(), st.lists)


@st.composite
def garments(draw: st.DrawFn) -> GarmentTags:
    subcategory = draw(st.sampled_from([None, *CATEGORY_OF]))
    sure = draw(confidences)
    return GarmentTags(
        category=Judged(value=CATEGORY_OF[subcategory], confidence=sure) if subcategory else None,
        subcategory=Judged(value=subcategory, confidence=sure) if subcategory else None,
        colors=tuple(draw(st.lists(colours, max_size=4))),
        seasons=tuple(Judged(value=season, confidence=sure) for season in draw(st.sets(st.sampled_from(Season)))),
        formality=draw(
            st.none() | st.builds(Judged[Formality], value=st.sampled_from(Formality), confidence=confidences)
        ),
    )


@given(garments())
def test_ai_tags_give_back_what_was_put_in(tags: GarmentTags) -> None:
    stored = json.loads(json.dumps(tags.to_ai_tags()))
    assert GarmentTags.from_ai_tags({"status": "done", "source": {}, **stored}) == tags


def test_what_is_not_known_has_no_entry() -> None:
    assert GarmentTags().to_ai_tags() == {}


def test_the_shape_of_ai_tags() -> None:
    tags = GarmentTags(
        category=Judged(value=Category.TOPS, confidence=0.98765),
        colors=(GarmentColour(name=Colour.NAVY, hex="#1f2a44", share=0.8, confidence=0.5),),
    )
    assert tags.to_ai_tags() == {
        "category": {"value": "tops", "confidence": 0.988},
        "colors": [{"name": "navy", "hex": "#1f2a44", "share": 0.8, "confidence": 0.5}],
    }


@pytest.mark.parametrize(
    "said",
    [
        {"category": {"value": "trousers", "confidence": 1}},
        {"subcategory": {"value": "tuxedo", "confidence": 1}},
        {"subcategory": {"value": ["jeans"], "confidence": 1}},
        {"category": {"value": "tops", "confidence": 1.1}},
        {"category": {"value": "tops", "confidence": float("nan")}},
        {"colors": [{"name": "red", "hex": "red", "share": 1, "confidence": 1}]},
        {"category": {"value": "tops", "confidence": 1}, "subcategory": {"value": "jeans", "confidence": 1}},
    ],
)
def test_nothing_outside_the_vocabulary_can_be_said(said: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        GarmentTags.model_validate(said)


def test_foreign_ai_tags_are_read_as_far_as_they_are_understood() -> None:
    tags = GarmentTags.from_ai_tags(
        {
            "category": {"value": "tops", "confidence": 0.9},
            "subcategory": {"value": "jeans", "confidence": 0.9},
            "pattern": "striped",
            "colors": [{"name": "blurple"}, {"name": "red", "hex": "#ff0000", "share": 1, "confidence": 0.5}],
            "seasons": {"value": "summer"},
            "styles": [None, {"value": "casual", "confidence": 0.4}],
        }
    )
    assert tags.to_ai_tags() == {
        "category": {"value": "tops", "confidence": 0.9},
        "colors": [{"name": "red", "hex": "#ff0000", "share": 1.0, "confidence": 0.5}],
        "styles": [{"value": "casual", "confidence": 0.4}],
    }


@given(
    st.dictionaries(
        st.sampled_from(list(GarmentTags.model_fields)),
        st.recursive(st.text() | st.none() | st.integers(), st.lists, max_leaves=10),
    )
)
def test_any_json_in_ai_tags_is_survived(found: dict[str, Any]) -> None:
    assert isinstance(GarmentTags.from_ai_tags(found), GarmentTags)
