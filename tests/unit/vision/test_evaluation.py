"""The figures of an evaluation, on numbers small enough to check by hand."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aura.vision.evaluation import Judgements, calibration_error, covered, evaluate

NAMES = ["T-Shirt", "Polo", "Pants"]
CATEGORIES = ["tops", "tops", "bottoms"]


def judgements(*said: tuple[int, tuple[float, float, float]], garment: list[bool] | None = None) -> Judgements:
    truths, probabilities = zip(*said, strict=True)
    passed = np.array(garment if garment is not None else [True] * len(said))
    return Judgements(NAMES, CATEGORIES, np.array(truths), np.array(probabilities), passed)


FOUR = judgements(
    (0, (0.9, 0.05, 0.05)),  # right and sure
    (1, (0.6, 0.3, 0.1)),  # a polo taken for a T-shirt: the category is right, and the second guess
    (2, (0.1, 0.1, 0.8)),  # right
    (0, (0.2, 0.3, 0.5)),  # a T-shirt taken for pants: wrong in every way
)


def test_accuracies() -> None:
    figures = evaluate(FOUR, 0.7)
    assert (figures.photos, figures.accuracy, figures.category_accuracy, figures.top2) == (4, 0.5, 0.75, 0.75)


def test_what_is_stated_at_the_threshold() -> None:
    stated = evaluate(FOUR, 0.7).stated
    assert (stated.coverage, stated.accuracy) == (0.5, 1.0)


def test_a_category_is_as_sure_as_its_labels_together() -> None:
    said = judgements((0, (0.4, 0.5, 0.1)), (2, (0.3, 0.3, 0.4)), (2, (0.4, 0.4, 0.2)), (0, (0.9, 0.0, 0.1)))
    stated = evaluate(said, 0.7).category_stated
    assert (stated.coverage, stated.accuracy) == pytest.approx((0.75, 2 / 3))
    refused = evaluate(judgements((0, (0.4, 0.5, 0.1)), garment=[False]), 0.7).category_stated
    assert (refused.coverage, refused.accuracy) == (0.0, None)


def test_the_category_is_the_one_whose_labels_are_likeliest_together() -> None:
    pants = (0.3, 0.3, 0.4)  # the likeliest label, and yet a top is likelier
    figures = evaluate(judgements((2, pants), (0, pants)), 0.5)
    assert (figures.accuracy, figures.category_accuracy) == (0.5, 0.5)
    assert [label.recall for label in figures.labels] == [0.0, None, 1.0]
    assert figures.category_stated.accuracy == 0.5


def test_what_the_gate_refuses_is_not_stated() -> None:
    said = judgements((0, (0.9, 0.05, 0.05)), (2, (0.9, 0.05, 0.05)), garment=[True, False])
    figures = evaluate(said, 0.7)
    assert figures.refused == 1
    assert figures.accuracy == 0.5
    assert (figures.stated.coverage, figures.stated.accuracy) == (0.5, 1.0)


def test_each_label() -> None:
    shirt, polo, pants = evaluate(FOUR, 0.7).labels
    assert (shirt.photos, shirt.precision, shirt.recall, shirt.f1) == (2, 0.5, 0.5, 0.5)
    assert (polo.photos, polo.precision, polo.recall, polo.f1) == (1, None, 0.0, 0.0)
    assert (pants.precision, pants.recall) == (0.5, 1.0)


def test_confusion_is_truth_by_guess() -> None:
    assert evaluate(FOUR, 0.7).confusion == ((1, 0, 1), (1, 0, 0), (0, 0, 1))


def test_only_labels_that_occur_are_among_the_largest() -> None:
    figures = evaluate(judgements((0, (0.9, 0.1, 0)), (0, (0.9, 0.1, 0)), (2, (0.9, 0.1, 0))), 0.5)
    assert figures.largest == ("T-Shirt", "Pants")
    assert figures.accuracy_of_largest == figures.category_accuracy_of_largest == pytest.approx(2 / 3)


def test_the_largest_are_the_tagger_s_first_ten_however_many_photos_are_here() -> None:
    names, tops = [f"label {place}" for place in range(12)], ["tops"] * 11 + ["bottoms"]
    truths = np.array([*range(10), *range(10), *([10] * 9), 11])
    guesses = np.eye(12)[[*range(10), *([11] * 5), *range(5, 10), *([10] * 9), 0]]
    figures = evaluate(Judgements(names, tops, truths, guesses, np.ones(30, np.bool_)), 0.5)
    assert figures.largest == tuple(names[:10])
    assert figures.accuracy_of_largest == figures.category_accuracy_of_largest == pytest.approx(15 / 20)
    assert figures.category_accuracy == pytest.approx(24 / 30)


def test_photos_of_rare_labels_alone_say_nothing_about_the_largest() -> None:
    names = [f"label {place}" for place in range(12)]
    figures = evaluate(Judgements(names, ["tops"] * 12, np.array([11]), np.eye(12)[[11]], np.ones(1, np.bool_)), 0.5)
    assert (figures.accuracy, figures.accuracy_of_largest, figures.largest) == (1.0, None, ())


def test_calibration_error_by_hand() -> None:
    confidence = np.array([0.95, 0.95, 0.55, 0.55])
    right = np.array([True, True, True, False])
    # Two bins: |0.95 - 1| and |0.55 - 0.5|, each on half of the photos.
    assert calibration_error(confidence, right) == pytest.approx(0.05)
    assert calibration_error(np.array([1.0]), np.array([True])) == 0


def test_confidence_in_categories_is_judged_as_that_in_labels_is() -> None:
    figures = evaluate(judgements((0, (0.5, 0.5, 0)), (1, (0.5, 0.5, 0))), 0.5)
    assert (figures.calibration_error, figures.category_calibration_error) == (0.0, 0.0)
    figures = evaluate(judgements((0, (0.1, 0.7, 0.2)), (1, (0.1, 0.7, 0.2))), 0.5)
    assert figures.calibration_error == pytest.approx(0.2)
    assert figures.category_calibration_error == pytest.approx(0.2)


def test_nobody_sure_enough_has_no_accuracy() -> None:
    point = covered(np.array([0.2, 0.4]), np.array([True, True]), 0.9)
    assert (point.coverage, point.accuracy) == (0.0, None)


@given(st.integers(1, 60), st.integers(0, 2**32 - 1))
def test_figures_agree_with_each_other(count: int, seed: int) -> None:
    random = np.random.default_rng(seed)
    said = Judgements(
        NAMES, CATEGORIES, random.integers(0, 3, count), random.dirichlet(np.ones(3), count), np.ones(count, np.bool_)
    )
    figures = evaluate(said, 0.5)
    assert sum(map(sum, figures.confusion)) == sum(label.photos for label in figures.labels) == count
    hits = sum(row[place] for place, row in enumerate(figures.confusion))
    assert figures.accuracy == pytest.approx(hits / count)
    assert figures.accuracy <= figures.top2 <= 1
    assert evaluate(said, 0.0).category_stated.accuracy == figures.category_accuracy
    coverage = [point.coverage for point in figures.coverage]
    assert coverage == sorted(coverage, reverse=True)
    assert 0 <= figures.calibration_error <= 1
    assert json.loads(json.dumps(figures.to_json()))["photos"] == count
