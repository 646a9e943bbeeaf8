"""No tag is without a meaning: every kind of garment and every material has its place on the ladders."""

from __future__ import annotations

import pytest

from aura.stylist.traits import OF_CATEGORY, OF_MATERIAL, OF_SUBCATEGORY, SEASON_CELSIUS, warmth_for
from aura.vision.vocabulary import SUBCATEGORIES, Category, Formality, Material, Season, Warmth


def test_every_value_of_the_vocabulary_has_a_meaning() -> None:
    assert list(OF_SUBCATEGORY) == list(SUBCATEGORIES)
    assert set(OF_CATEGORY) == set(Category)
    assert set(OF_MATERIAL) == set(Material)
    assert set(SEASON_CELSIUS) == set(Season)


def test_the_figures_are_on_the_ladders() -> None:
    for traits in (*OF_SUBCATEGORY.values(), *OF_CATEGORY.values()):
        assert 0 <= traits.formality <= len(Formality) - 1
        assert 0 <= traits.warmth <= len(Warmth) - 1


@pytest.mark.parametrize(("celsius", "warmth"), [(45, 0), (28, 0), (21, 1), (14, 2), (7, 3), (0, 4), (-30, 4)])
def test_colder_asks_for_warmer(celsius: float, warmth: float) -> None:
    assert warmth_for(celsius) == warmth
