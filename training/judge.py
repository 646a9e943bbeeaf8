"""Figures of a finished tagger: how often it is right, how honest its confidence is, what it confuses."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aura.vision.evaluation import Evaluation, by_category, calibration_error
from aura.vision.local.judging import softmax
from aura.vision.local.preprocess import Floats
from training.calibration import Array, Ints, coverage_curve
from training.labels import CATEGORIES, LARGEST, NAMES


@dataclass(frozen=True, slots=True)
class Judged:
    """What a tagger said of labelled photos: probabilities, shape (n, classes), and the classes they show."""

    probabilities: Array
    targets: Ints

    @classmethod
    def of(cls, logits: Floats, targets: list[int], temperature: float) -> Judged:
        """From logits and the temperature of the manifest."""
        return cls(softmax(np.asarray(logits, np.float64), temperature), np.array(targets, np.int64))

    @property
    def confidence(self) -> Array:
        """The probability of the best guess."""
        return np.asarray(self.probabilities.max(axis=1))

    @property
    def correct(self) -> NDArray[np.bool_]:
        """Where the best guess is right."""
        return np.asarray(self.probabilities.argmax(axis=1) == self.targets)

    def among(self, chosen: NDArray[np.bool_]) -> Judged:
        """Of some photos only."""
        return Judged(self.probabilities[chosen], self.targets[chosen])


def figures(judged: Judged, threshold: float) -> dict[str, Any]:
    """Everything that the report says about one set of photos."""
    said = judged.confidence >= threshold
    second = np.argsort(-judged.probabilities, axis=1)[:, 1]
    largest = judged.among(judged.targets < len(LARGEST))
    return {
        "photos": len(judged.targets),
        "accuracy": _share(judged.correct),
        "accuracy_standard_error": _share_error(judged.correct),
        "accuracy_ten_largest": _share(largest.correct),
        "photos_ten_largest": len(largest.targets),
        "accuracy_of_two_guesses": _share(judged.correct | (second == judged.targets)),
        "calibration_error": round(calibration_error(judged.confidence, judged.correct), 4),
        "coverage_at_threshold": _share(said),
        "accuracy_at_threshold": _share(judged.correct[said]) if said.any() else None,
        **_categories(judged, threshold),
        "per_class": _per_class(judged, said),
    }


def as_evaluated(evaluation: Evaluation) -> dict[str, Any]:
    """What ``aura evaluate`` tells, under the names that ``figures`` has for it; not rounded."""
    stated, category = evaluation.stated, evaluation.category_stated
    return {
        "photos": evaluation.photos,
        "accuracy": evaluation.accuracy,
        "accuracy_ten_largest": evaluation.accuracy_of_largest,
        "accuracy_of_two_guesses": evaluation.top2,
        "calibration_error": evaluation.calibration_error,
        "coverage_at_threshold": stated.coverage,
        "accuracy_at_threshold": stated.accuracy,
        "category_accuracy": evaluation.category_accuracy,
        "category_accuracy_ten_largest": evaluation.category_accuracy_of_largest,
        "category_calibration_error": evaluation.category_calibration_error,
        "category_coverage_at_threshold": category.coverage,
        "category_accuracy_at_threshold": category.accuracy,
    }


def confusion(judged: Judged) -> list[list[int]]:
    """How often each class (row) was taken for each class (column)."""
    table = np.zeros((len(NAMES), len(NAMES)), np.int64)
    np.add.at(table, (judged.targets, judged.probabilities.argmax(axis=1)), 1)
    return [[int(count) for count in row] for row in table]


def curve(judged: Judged) -> list[dict[str, float]]:
    """Coverage and accuracy at every threshold from 0 to 0.95 in twentieths."""
    points = coverage_curve(judged.confidence, judged.correct, np.arange(20) / 20)
    return [
        {"threshold": point.threshold, "coverage": round(point.coverage, 4), "accuracy": round(point.accuracy, 4)}
        for point in points
    ]


def reliability(judged: Judged, bins: int = 10) -> list[dict[str, float]]:
    """Per tenth of confidence: how many photos, their mean confidence, their accuracy."""
    places = np.minimum((judged.confidence * bins).astype(int), bins - 1)
    return [
        {
            "from": place / bins,
            "photos": int((places == place).sum()),
            "confidence": round(float(judged.confidence[places == place].mean()), 4),
            "accuracy": _share(judged.correct[places == place]),
        }
        for place in range(bins)
        if (places == place).any()
    ]


def _categories(judged: Judged, threshold: float) -> dict[str, float | None]:
    """What the backend writes: categories, each as sure as its labels together."""
    probabilities, names = by_category(judged.probabilities, CATEGORIES)
    correct = names[probabilities.argmax(axis=1)] == np.array(CATEGORIES)[judged.targets]
    said = probabilities.max(axis=1) >= threshold
    return {
        "category_accuracy": _share(correct),
        "category_accuracy_ten_largest": _share(correct[judged.targets < len(LARGEST)]),
        "category_calibration_error": round(calibration_error(probabilities.max(axis=1), correct), 4),
        "category_coverage_at_threshold": _share(said),
        "category_accuracy_at_threshold": _share(correct[said]) if said.any() else None,
    }


def _per_class(judged: Judged, said: NDArray[np.bool_]) -> dict[str, dict[str, float]]:
    guessed, found = judged.probabilities.argmax(axis=1), {}
    for place, name in enumerate(NAMES):
        shown, named = judged.targets == place, guessed == place
        if shown.any():
            found[name] = {
                "photos": int(shown.sum()),
                "recall": _share(judged.correct[shown]),
                "precision": _share(judged.correct[named]) if named.any() else 0.0,
                "covered": _share(said[shown]),
            }
    return found


def _share(values: NDArray[np.bool_]) -> float:
    return round(float(values.mean()), 4)


def _share_error(values: NDArray[np.bool_]) -> float:
    """The standard error of a share: the luck of which photos were drawn."""
    share = float(values.mean())
    return round(math.sqrt(share * (1 - share) / len(values)), 4)
