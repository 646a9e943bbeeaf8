"""How far the network's confidence can be believed, and from which confidence on it is worth saying anything.

Temperature as in Guo et al., "On Calibration of Modern Neural Networks" (2017). Probabilities, calibration error and
coverage are those of the runtime and of ``aura evaluate``.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from aura.vision.evaluation import covered
from aura.vision.local.judging import softmax

Array = NDArray[np.float64]
Ints = NDArray[np.int64]

COLDEST, HOTTEST = 0.1, 10.0


def log_loss(logits: Array, targets: Ints, temperature: float) -> float:
    """The mean negative log-likelihood of the targets, in nats."""
    chosen = softmax(logits, temperature)[np.arange(len(targets)), targets]
    return float(-np.log(np.maximum(chosen, 1e-12)).mean())


def fit_temperature(logits: Array, targets: Ints) -> float:
    """The temperature with the least log-loss, by golden-section search: the loss has one minimum in 1/T."""
    low, high = np.log(COLDEST), np.log(HOTTEST)
    ratio = (np.sqrt(5) - 1) / 2
    for _ in range(40):
        left, right = high - ratio * (high - low), low + ratio * (high - low)
        if log_loss(logits, targets, float(np.exp(left))) < log_loss(logits, targets, float(np.exp(right))):
            high = right
        else:
            low = left
    return float(np.exp((low + high) / 2))


@dataclass(frozen=True, slots=True)
class Point:
    """At this threshold this share of photos gets a category, and this share of those the right one."""

    threshold: float
    coverage: float
    accuracy: float


def coverage_curve(confidence: Array, correct: NDArray[np.bool_], thresholds: Array | None = None) -> list[Point]:
    """One point per threshold (0 to 0.99 in hundredths unless told); where nothing is covered, accuracy is 1."""
    steps = np.arange(100) / 100 if thresholds is None else thresholds
    return [_point(float(step), confidence, correct) for step in steps]


def choose_threshold(curve: list[Point], accuracy: float, coverage: float) -> Point:
    """The first point that is accurate enough and covers enough; else of those that cover enough the most accurate."""
    enough = [point for point in curve if point.coverage >= coverage]
    good = [point for point in enough if point.accuracy >= accuracy]
    return good[0] if good else max(enough, key=lambda point: point.accuracy)


def _point(threshold: float, confidence: Array, correct: NDArray[np.bool_]) -> Point:
    found = covered(confidence, correct, threshold)
    return Point(threshold, found.coverage, 1.0 if found.accuracy is None else found.accuracy)
