"""What is sure is stated, what is not becomes guesses, and never both."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aura.vision.local.judging import judge, judge_pattern, softmax
from aura.vision.local.manifest import Manifest, PatternHead
from aura.vision.vocabulary import Category, Pattern

LABELS = ("T-Shirt", "t_shirt", "tops"), ("Longsleeve", "longsleeve", "tops"), ("Pants", "pants", "bottoms")
MANIFEST = Manifest.model_validate(
    {
        "version": "test-1",
        "files": {},
        "side": 32,
        "labels": [{"name": name, "subcategory": sub, "category": category} for name, sub, category in LABELS],
        "temperature": 1.0,
        "threshold": 0.8,
        "pattern": {"kinds": ["plain", "striped"], "threshold": 0.7},
        "gate": {"k": 3, "threshold": 0.5},
    }
)
logits = st.lists(st.floats(-50, 50), min_size=3, max_size=3)


def test_a_sure_label_is_stated_with_its_category() -> None:
    verdict = judge((0.9, 0.06, 0.04), MANIFEST)
    assert verdict.category is not None
    assert (verdict.category.value, verdict.category.confidence) == (Category.TOPS, 0.96)
    assert verdict.subcategory is not None
    assert (verdict.subcategory.value, verdict.subcategory.confidence) == ("t_shirt", 0.9)
    assert verdict.candidates == ()


def test_two_kinds_of_top_are_surely_a_top() -> None:
    verdict = judge((0.49, 0.46, 0.05), MANIFEST)
    assert verdict.category is not None
    assert verdict.category.value == Category.TOPS
    assert (verdict.subcategory, verdict.candidates) == (None, ())


def test_an_unsure_category_is_not_stated_but_guessed() -> None:
    verdict = judge((0.45, 0.15, 0.4), MANIFEST)
    assert (verdict.category, verdict.subcategory) == (None, None)
    assert [(guess.subcategory, guess.category) for guess in verdict.candidates] == [
        ("t_shirt", Category.TOPS),
        ("pants", Category.BOTTOMS),
    ]


def test_exactly_the_threshold_is_sure() -> None:
    assert judge((0.1, 0.1, 0.8), MANIFEST).category is not None
    assert judge((0.1, 0.101, 0.799), MANIFEST).category is None


@given(logits, st.floats(0.05, 20))
def test_either_a_category_or_candidates(values: list[float], temperature: float) -> None:
    verdict = judge(softmax(values, temperature).tolist(), MANIFEST)
    assert (verdict.category is None) == bool(verdict.candidates)
    if verdict.subcategory is not None:
        assert verdict.category is not None
        assert verdict.subcategory.confidence <= verdict.category.confidence
    confidences = [guess.confidence for guess in verdict.candidates]
    assert confidences == sorted(confidences, reverse=True)


@given(logits, st.floats(0.05, 20))
def test_softmax_gives_probabilities_and_keeps_the_order(values: list[float], temperature: float) -> None:
    probabilities = softmax(values, temperature)
    assert probabilities.sum() == pytest.approx(1)
    assert (probabilities >= 0).all()
    assert probabilities[int(np.argmax(values))] == probabilities.max()


def test_a_higher_temperature_is_humbler() -> None:
    assert softmax([2.0, 0.0], 1.0)[0] == pytest.approx(1 / (1 + np.exp(-2.0)))
    assert softmax([2.0, 0.0], 2.0)[0] < softmax([2.0, 0.0], 1.0)[0]


def test_softmax_of_huge_logits_does_not_overflow() -> None:
    assert softmax([1e4, 0.0]).tolist() == [1.0, 0.0]


def test_a_pattern_is_stated_from_its_own_threshold_on() -> None:
    head = PatternHead(kinds=(Pattern.PLAIN, Pattern.STRIPED), threshold=0.7)
    sure = judge_pattern([0.0, 3.0], head)
    assert sure is not None
    assert sure.value == Pattern.STRIPED
    assert judge_pattern([0.0, 0.5], head) is None
