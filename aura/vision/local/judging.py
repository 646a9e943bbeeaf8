"""From the networks' numbers to statements: the sure is stated, the unsure becomes guesses to choose from. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from aura.vision.garment import Candidate, Judged
from aura.vision.local.manifest import Label, Manifest, PatternHead
from aura.vision.vocabulary import Category, Pattern

GUESSES = 2
# A subcategory is stated when it is more likely than not; its category must be as sure as the manifest asks.
LIKELY = 0.5


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a garment is. Either the category is stated or ``candidates`` holds the best guesses, never both."""

    category: Judged[Category] | None = None
    subcategory: Judged[str] | None = None
    candidates: tuple[Candidate, ...] = ()


def softmax(logits: ArrayLike, temperature: float = 1.0) -> NDArray[np.float64]:
    """Probabilities along the last axis; a temperature above 1 makes them humbler (Guo et al., 2017)."""
    scaled = np.asarray(logits, np.float64) / temperature
    powers = np.exp(scaled - scaled.max(axis=-1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=-1, keepdims=True))


def judge(probabilities: Sequence[float], manifest: Manifest) -> Verdict:
    """What the probabilities of the labels, in their order, amount to.

    A category is as likely as its labels together: a photo that may show a T-shirt or a longsleeve surely shows a top.
    """
    labelled = list(zip(manifest.labels, map(float, probabilities), strict=True))
    likely = {label.category: 0.0 for label in manifest.labels}
    for label, probability in labelled:
        likely[label.category] += probability
    category = max(likely, key=likely.__getitem__)
    if likely[category] < manifest.threshold:
        return Verdict(candidates=_guesses(labelled))
    best, probability = max(((each, p) for each, p in labelled if each.category == category), key=lambda pair: pair[1])
    stated = Judged[Category](value=category, confidence=min(likely[category], 1.0))
    if probability < LIKELY:
        return Verdict(stated)
    return Verdict(stated, Judged[str](value=best.subcategory, confidence=probability))


def _guesses(labelled: Sequence[tuple[Label, float]]) -> tuple[Candidate, ...]:
    best = sorted(labelled, key=lambda pair: -pair[1])[:GUESSES]
    return tuple(
        Candidate(category=label.category, subcategory=label.subcategory, confidence=probability)
        for label, probability in best
    )


def judge_pattern(logits: ArrayLike, head: PatternHead) -> Judged[Pattern] | None:
    """The pattern, if it is likely enough to be stated."""
    probabilities = softmax(logits, head.temperature)
    best = int(probabilities.argmax())
    if probabilities[best] < head.threshold:
        return None
    return Judged[Pattern](value=head.kinds[best], confidence=float(probabilities[best]))
