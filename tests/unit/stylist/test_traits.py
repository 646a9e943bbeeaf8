"""No tag is without a meaning: every kind of garment and every material has its place on the ladders."""

from __future__ import annotations

from typing import Any, TypeVar

import numpy as np
import pytest

from aura.stylist.features import LOUDNESS, STYLES, features, traits_of
from aura.stylist.pairs import AFFINITY, PAIRWISE
from aura.stylist.pieces import everyday_reader
from aura.stylist.traits import LADDER, OF_CATEGORY, OF_MATERIAL, OF_SUBCATEGORY, SEASON_CELSIUS, warmth_for
from aura.vision.garment import GarmentColour, GarmentTags, Judged
from aura.vision.vocabulary import (
    CATEGORY_OF,
    SUBCATEGORIES,
    Category,
    Colour,
    Formality,
    Material,
    Pattern,
    Season,
    Style,
    Warmth,
)


def test_every_value_of_the_vocabulary_has_a_meaning() -> None:
    assert list(OF_SUBCATEGORY) == list(SUBCATEGORIES)
    assert set(OF_CATEGORY) == set(Category)
    assert set(OF_MATERIAL) == set(Material)
    assert set(SEASON_CELSIUS) == set(Season)


T = TypeVar("T")


def sure(value: T) -> Judged[T]:
    return Judged[Any](value=value, confidence=1.0)


def row_of(tags: GarmentTags) -> dict[str, Any]:
    """The item as the database shows it to the stylist (``aura.gateway.wardrobe.COLUMNS``)."""
    said = tags.to_ai_tags()
    lone = ("category", "subcategory", "pattern", "material", "formality", "warmth")
    found: dict[str, Any] = {f"ai_{name}": said[name]["value"] for name in lone if name in said}
    found |= {f"ai_{name}": said[name] for name in ("colors", "seasons", "styles") if name in said}
    return {"id": "1", "ai_color": said["colors"][0]["name"] if "colors" in said else None, **found}


EMITTED = [
    *(GarmentTags(category=sure(CATEGORY_OF[each]), subcategory=sure(each)) for each in SUBCATEGORIES),
    *(GarmentTags(category=sure(each)) for each in Category),
    *(GarmentTags(category=sure(Category.TOPS), pattern=sure(each)) for each in Pattern),
    *(GarmentTags(category=sure(Category.TOPS), material=sure(each)) for each in Material),
    *(GarmentTags(category=sure(Category.TOPS), formality=sure(each)) for each in Formality),
    *(GarmentTags(category=sure(Category.TOPS), warmth=sure(each)) for each in Warmth),
    *(GarmentTags(category=sure(Category.TOPS), seasons=(sure(each),)) for each in Season),
    *(GarmentTags(category=sure(Category.TOPS), styles=(sure(each),)) for each in Style),
    *(
        GarmentTags(
            category=sure(Category.TOPS), colors=(GarmentColour(name=each, hex="#102030", share=1.0, confidence=1.0),)
        )
        for each in Colour
    ),
]


@pytest.mark.parametrize("tags", EMITTED, ids=lambda tags: str(tags.to_ai_tags())[:60])
def test_every_tag_that_can_be_emitted_reaches_the_scorer(tags: GarmentTags) -> None:
    """Each value of the vocabulary, through the columns that are read, into the numbers that are compared."""
    piece = everyday_reader().piece(row_of(tags))
    assert piece is not None
    assert tags.category is not None
    said, traits = piece.details, traits_of(piece)
    assert piece.category is tags.category.value
    assert said.pattern is (tags.pattern and tags.pattern.value)
    assert said.material is (tags.material and tags.material.value)
    assert said.seasons == tuple(each.value for each in tags.seasons)
    assert piece.colour is (tags.colors[0].name if tags.colors else None)
    if tags.formality:
        assert traits.formality == tags.formality.value.level
    if tags.warmth:
        assert traits.warmth == tags.warmth.value.level
    if tags.styles:
        assert traits.styles == tuple(each.value for each in tags.styles)
    seen = features([piece])
    assert all(np.isfinite(score(seen, seen)).all() for score in PAIRWISE.values())


def test_every_pattern_and_style_can_be_compared() -> None:
    assert set(LOUDNESS) == set(Pattern)
    assert set(STYLES) == set(Style)
    assert AFFINITY.shape == (len(Style), len(Style))


def test_the_figures_are_on_the_ladders() -> None:
    for traits in (*OF_SUBCATEGORY.values(), *OF_CATEGORY.values()):
        assert 0 <= traits.formality <= len(Formality) - 1
        assert 0 <= traits.warmth <= len(Warmth) - 1


@pytest.mark.parametrize(("celsius", "warmth"), [(45, 0), (28, 0), (21, 1), (14, 2), (7, 3), (0, 4), (-30, 4)])
def test_colder_asks_for_warmer(celsius: float, warmth: float) -> None:
    assert warmth_for(celsius) == warmth


def test_every_rung_is_a_whole_tenth_of_its_ladder() -> None:
    kinds = [*OF_SUBCATEGORY.values(), *OF_CATEGORY.values()]
    for rung in (rung for each in [*kinds, *OF_MATERIAL.values()] for rung in (each.formality, each.warmth)):
        assert rung * 10 == pytest.approx(round(rung * 10), abs=1e-9)
    assert all(0 <= rung <= LADDER for each in kinds for rung in (each.formality, each.warmth))


@pytest.mark.parametrize(("factor", "trait", "spread"), [("formality", "formality", 1.3), ("warmth", "warmth", 1.8)])
def test_what_is_looked_up_is_what_the_formula_gives(factor: str, trait: str, spread: float) -> None:
    pieces = [everyday_reader().piece({"id": "1", "category": kind, "name": kind}) for kind in SUBCATEGORIES]
    seen = features([each for each in pieces if each is not None])
    rungs = getattr(seen, trait)
    expected = np.exp(-0.5 * ((rungs[:, None] - rungs) / spread) ** 2)
    assert np.allclose(PAIRWISE[factor](seen, seen), expected, atol=1e-12)
