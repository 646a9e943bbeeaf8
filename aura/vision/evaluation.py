"""How good a tagger is on labelled photos: accuracy, confusion, calibration, coverage. Pure: figures from numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

BINS = 15
STEPS = np.arange(0, 100, 5) / 100
LARGEST = 10


@dataclass(frozen=True, slots=True)
class Judgements:
    """What a tagger said about n labelled photos.

    Attributes:
        names: the labels, those that the tagger has learnt most photos of first.
        categories: the category that each label belongs to.
        truths: the right label of each photo, shape (n,).
        probabilities: of each label, shape (n, labels).
        garment: whether the tagger took the photo for one of a garment at all, shape (n,).
    """

    names: Sequence[str]
    categories: Sequence[str]
    truths: Ints
    probabilities: Floats
    garment: Bools


@dataclass(frozen=True, slots=True)
class Covered:
    """From this confidence on, this share of all photos gets a label, and this share of those the right one."""

    threshold: float
    coverage: float
    accuracy: float | None


@dataclass(frozen=True, slots=True)
class PerLabel:
    """One label: photos that show it, and how well it is found. Shares are None where there is nothing to share."""

    label: str
    photos: int
    precision: float | None
    recall: float | None
    f1: float | None


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The figures. Every photo counts in all of them but those of what is stated, which also passed the gate.
    What is about no photo at all is None.

    Attributes:
        accuracy: share of photos whose likeliest label is right; ``top2``: whose first or second is.
        category_accuracy: share of photos whose likeliest category is right. A category is as likely as its labels
            together, and this is the one that a row would get if no confidence were asked for.
        largest: which of the first ten labels are shown here, so that figures of one tagger on several folders are
            about the same ones; ``accuracy_of_largest`` and ``category_accuracy_of_largest``: on photos of those.
        calibration_error: mean distance of confidence and accuracy over 15 bins (Guo et al., 2017), of labels;
            ``category_calibration_error``: of categories.
        stated: labels that are at least as sure as the tagger's own threshold.
        category_stated: what a row gets: categories whose labels together are as sure as that.
        refused: photos of garments that the gate took for something else.
        confusion: photos by right label (rows) and likeliest label (columns), in the order of ``labels``.
    """

    photos: int
    accuracy: float
    top2: float
    category_accuracy: float
    largest: tuple[str, ...]
    accuracy_of_largest: float | None
    category_accuracy_of_largest: float | None
    calibration_error: float
    category_calibration_error: float
    stated: Covered
    category_stated: Covered
    refused: int
    coverage: tuple[Covered, ...]
    labels: tuple[PerLabel, ...]
    confusion: tuple[tuple[int, ...], ...]

    def to_json(self) -> dict[str, Any]:
        """The figures as JSON, shares to four digits."""
        figures: dict[str, Any] = _rounded(asdict(self))
        return figures


def evaluate(said: Judgements, threshold: float) -> Evaluation:
    """The figures of at least one photo; ``threshold`` is the confidence from which on the tagger states a label."""
    guesses = said.probabilities.argmax(axis=1)
    confidence, right = said.probabilities.max(axis=1), guesses == said.truths
    second = np.argsort(-said.probabilities, axis=1)[:, :2]
    category_confidence, category_right = _by_category(said)
    largest = _largest(said)
    among = np.isin(said.truths, largest)
    confusion = _confusion(said.truths, guesses, len(said.names))
    return Evaluation(
        photos=len(right),
        accuracy=float(right.mean()),
        top2=float((second == said.truths[:, None]).any(axis=1).mean()),
        category_accuracy=float(category_right.mean()),
        largest=tuple(said.names[index] for index in largest),
        accuracy_of_largest=_mean(right[among]),
        category_accuracy_of_largest=_mean(category_right[among]),
        calibration_error=calibration_error(confidence, right),
        category_calibration_error=calibration_error(category_confidence, category_right),
        stated=covered(np.where(said.garment, confidence, -1.0), right, threshold),
        category_stated=covered(np.where(said.garment, category_confidence, -1.0), category_right, threshold),
        refused=int((~said.garment).sum()),
        coverage=tuple(covered(confidence, right, float(step)) for step in STEPS),
        labels=tuple(_label(name, index, confusion) for index, name in enumerate(said.names)),
        confusion=tuple(map(tuple, confusion.tolist())),
    )


def calibration_error(confidence: Floats, right: Bools, bins: int = BINS) -> float:
    """The expected calibration error over ``bins`` equally wide bins of confidence (Guo et al., 2017)."""
    places = np.minimum((confidence * bins).astype(np.int64), bins - 1)
    gaps = np.bincount(places, confidence - right, minlength=bins)
    return float(np.abs(gaps).sum() / len(confidence))


def covered(confidence: Floats, right: Bools, threshold: float) -> Covered:
    """Coverage and accuracy of what is at least so sure."""
    sure = confidence >= threshold
    return Covered(threshold, float(sure.mean()), float(right[sure].mean()) if sure.any() else None)


def _by_category(said: Judgements) -> tuple[Floats, Bools]:
    """How likely the likeliest category of each photo is, and whether it is the right one."""
    probabilities, names = by_category(said.probabilities, said.categories)
    right = names[probabilities.argmax(axis=1)] == np.array(said.categories)[said.truths]
    return probabilities.max(axis=1), np.asarray(right)


def by_category(probabilities: Floats, categories: Sequence[str]) -> tuple[Floats, NDArray[np.str_]]:
    """The probabilities of categories, each its labels' together, shape (n, categories), and the categories' names."""
    names, place = np.unique(np.array(categories, np.str_), return_inverse=True)
    return np.asarray(probabilities @ np.eye(len(names))[place]), names


def _largest(said: Judgements) -> list[int]:
    return [place for place in range(min(LARGEST, len(said.names))) if (said.truths == place).any()]


def _confusion(truths: Ints, guesses: Ints, size: int) -> Ints:
    return np.asarray(np.bincount(truths * size + guesses, minlength=size * size).reshape(size, size))


def _label(name: str, index: int, confusion: Ints) -> PerLabel:
    hits, shown, said = int(confusion[index, index]), int(confusion[index].sum()), int(confusion[:, index].sum())
    return PerLabel(name, shown, _share(hits, said), _share(hits, shown), _share(2 * hits, shown + said))


def _mean(right: Bools) -> float | None:
    return float(right.mean()) if len(right) else None


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def _rounded(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _rounded(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_rounded(each) for each in value]
    return round(value, 4) if isinstance(value, float) else value
