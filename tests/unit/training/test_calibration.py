from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aura.vision.evaluation import calibration_error
from aura.vision.local.judging import softmax
from training.calibration import Array, Ints, choose_threshold, coverage_curve, fit_temperature, log_loss


def honest(seed: int, count: int = 4000, classes: int = 5) -> tuple[Array, Ints]:
    """Logits whose softmax is the very distribution that the targets were drawn from."""
    chance = np.random.default_rng(seed)
    logits = chance.normal(0, 2, (count, classes))
    drawn = (softmax(logits).cumsum(axis=1) < chance.random((count, 1))).sum(axis=1)
    return logits, np.asarray(drawn, np.int64)


@pytest.mark.parametrize("boast", [0.4, 1.0, 3.0])
def test_the_temperature_undoes_what_logits_were_multiplied_by(boast: float) -> None:
    logits, targets = honest(seed=1)
    assert fit_temperature(logits * boast, targets) == pytest.approx(boast, rel=0.1)


@given(st.integers(0, 1000))
@settings(deadline=None, max_examples=25)
def test_no_other_temperature_has_a_smaller_loss(seed: int) -> None:
    chance = np.random.default_rng(seed)
    logits, targets = chance.normal(0, 3, (60, 4)), chance.integers(0, 4, 60)
    best = log_loss(logits, targets, fit_temperature(logits, targets))
    assert all(best <= log_loss(logits, targets, float(other)) + 1e-6 for other in np.geomspace(0.11, 9.5, 30))


def test_a_temperature_changes_confidence_and_never_the_answer() -> None:
    logits, _ = honest(seed=2, count=50)
    assert (softmax(logits, 0.3).argmax(axis=1) == softmax(logits, 5.0).argmax(axis=1)).all()
    assert (softmax(logits, 0.3).max(axis=1) > softmax(logits, 5.0).max(axis=1)).all()


def test_softmax_bears_huge_logits() -> None:
    assert softmax(np.array([[1e4, 0.0]])).tolist() == [[1.0, 0.0]]


def test_who_says_what_is_has_no_calibration_error() -> None:
    logits, targets = honest(seed=3, count=20000)
    probabilities = softmax(logits)
    correct = probabilities.argmax(axis=1) == targets
    assert calibration_error(probabilities.max(axis=1), correct) < 0.015


def test_the_curve_says_how_many_are_above_and_how_many_of_those_are_right() -> None:
    confidence, correct = np.array([0.9, 0.8, 0.4, 0.2]), np.array([True, True, False, True])
    points = coverage_curve(confidence, correct, np.array([0.0, 0.5, 0.95]))
    assert [(point.coverage, point.accuracy) for point in points] == [(1.0, 0.75), (0.5, 1.0), (0.0, 1.0)]


def test_the_threshold_is_the_lowest_that_is_good_enough() -> None:
    confidence, correct = np.array([0.9, 0.8, 0.7, 0.2]), np.array([True, True, True, False])
    point = choose_threshold(coverage_curve(confidence, correct), accuracy=0.99, coverage=0.5)
    assert point.threshold == pytest.approx(0.21)
    assert point.coverage == pytest.approx(0.75)


def test_where_nothing_is_good_enough_the_most_accurate_that_covers_enough_is_taken() -> None:
    confidence, correct = np.array([0.9, 0.8, 0.7, 0.6]), np.array([False, True, True, True])
    point = choose_threshold(coverage_curve(confidence, correct), accuracy=0.99, coverage=0.9)
    assert (point.coverage, point.accuracy) == (1.0, 0.75)
