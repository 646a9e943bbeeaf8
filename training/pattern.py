"""The pattern head: a linear classifier on the tagger's features, judged on contributors it has not met."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np

from aura.vision.evaluation import calibration_error
from aura.vision.local.judging import softmax
from aura.vision.local.preprocess import Floats
from aura.vision.vocabulary import Pattern
from training.calibration import Point, choose_threshold, coverage_curve, fit_temperature
from training.data import Dataset
from training.heads import Linear
from training.split import folds, without

PENALTIES = (0.03, 0.3)
FOLDS = 5
ACCURACY, COVERAGE = 0.95, 0.6  # wanted at the threshold
FEWEST = 15  # photos of a pattern, below which it is not learnt
SEED = 20261123


@dataclass(frozen=True, slots=True)
class PatternResult:
    """The head, fitted to all labels, and its cross-validated figures."""

    head: Linear
    kinds: tuple[Pattern, ...]
    temperature: float
    point: Point
    photos: int
    accuracy: float
    error: float
    per_kind: dict[str, dict[str, float]]


def learn_pattern(features: Floats, data: Dataset) -> PatternResult:
    """The head with the penalty that does best in cross-validation by contributor."""
    kinds = _kinds(data)
    places = [i for i, shot in enumerate(data.shots) if data.patterns.get(shot.path.stem) in kinds]
    said = np.array([kinds.index(data.patterns[data.shots[i].path.stem]) for i in places])
    senders = [data.shots[i].sender for i in places]
    tried = {each: _crossed(features[places], said, senders, len(kinds), each) for each in PENALTIES}
    best = max(PENALTIES, key=lambda each: float((tried[each].argmax(axis=1) == said).mean()))
    logits = np.asarray(tried[best], np.float64)
    temperature = fit_temperature(logits, said)
    probabilities = softmax(logits, temperature)
    confidence, correct = probabilities.max(axis=1), probabilities.argmax(axis=1) == said
    return PatternResult(
        Linear.fit(features[places], said.tolist(), len(kinds), best),
        kinds,
        temperature,
        choose_threshold(coverage_curve(confidence, correct), ACCURACY, COVERAGE),
        len(places),
        float(correct.mean()),
        calibration_error(confidence, correct, bins=10),
        {
            kind.value: {"photos": int((said == i).sum()), "recall": round(float(correct[said == i].mean()), 4)}
            for i, kind in enumerate(kinds)
        },
    )


def _kinds(data: Dataset) -> tuple[Pattern, ...]:
    counted = Counter(data.patterns[shot.path.stem] for shot in data.with_pattern())
    return tuple(pattern for pattern in Pattern if counted[pattern] >= FEWEST)


def _crossed(features: Floats, said: np.ndarray, senders: list[str], kinds: int, penalty: float) -> Floats:
    """The logits of each photo from a head that has not met its contributor."""
    logits = np.zeros((len(said), kinds), np.float32)
    for fold in folds(senders, FOLDS, SEED):
        rest = without(len(said), fold)
        logits[fold] = Linear.fit(features[rest], said[rest].tolist(), kinds, penalty).logits(features[fold])
    return logits
