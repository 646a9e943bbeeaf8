"""The gate's garments to compare with, and its threshold.

The features are those of a network as published: one that has learnt about clothes, or a projection to what varies
among clothes, tells garments from each other and no longer from other things (AUROC 0.87 to 0.98 instead of 0.9997).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aura.vision.local.gate import nearness, unit
from aura.vision.local.preprocess import Floats
from training.data import Shot

NEIGHBOURS = 5
COMPARED = 640  # garments that pictures are compared with
PASSING = 0.99  # share of garments that the gate must let through, whoever sent them
SEED = 20261123


@dataclass(frozen=True, slots=True)
class Compared:
    """The garments that pictures are compared with.

    Attributes:
        features: of the garments, shape (m, d).
        unmet: how near each of them is to those of other contributors.
    """

    features: Floats
    unmet: Floats


@dataclass(frozen=True, slots=True)
class GateResult:
    """The threshold, how near the garments come that nothing was learnt from, and what the report tells."""

    threshold: float
    garments: Floats
    figures: dict[str, Any] = field(default_factory=dict)


def compared(features: Floats, shots: Sequence[Shot], learning: Sequence[int]) -> Compared:
    """Some of the photos that were learnt from, by chance."""
    kept = np.random.default_rng(SEED).permutation(learning)[:COMPARED]
    garments = features[kept]
    return Compared(garments, nearness_to_others(unit(garments), [shots[place].sender for place in kept]))


def tuned_gate(garments: Compared, seen: Mapping[str, Floats]) -> GateResult:
    """The threshold that enough garments pass, those of people it has not met too.

    Args:
        seen: features of the photos called ``validation``, ``strangers`` and ``unclear``.
    """
    near = {name: nearness(features, unit(garments.features), NEIGHBOURS) for name, features in seen.items()}
    judging = np.concatenate([near["validation"], near["strangers"]])
    threshold = min(threshold_for(judging, PASSING), threshold_for(garments.unmet, PASSING))
    figures = {f"{name}_passing": round(float((each >= threshold).mean()), 4) for name, each in near.items()}
    return GateResult(threshold, judging, {**figures, "compared_with": len(garments.features)})


def tried_gate(gate: GateResult, garments: Compared, others: Floats, sources: Sequence[str]) -> GateResult:
    """The gate's result with what it made of pictures that show no garment."""
    near = nearness(others, unit(garments.features), NEIGHBOURS)
    refused, whose = near < gate.threshold, np.array(sources)
    per_source = {
        source: {"pictures": int((whose == source).sum()), "refused": int(refused[whose == source].sum())}
        for source in sorted(set(sources))
    }
    tried = {"auroc": round(auroc(gate.garments, near), 4), "others_refused": round(float(refused.mean()), 4)}
    return replace(gate, figures={**gate.figures, **tried, "others": per_source})


def nearness_to_others(garments: Floats, senders: list[str], k: int = NEIGHBOURS) -> Floats:
    """The nearness of each garment to those of other contributors: what a stranger's photo would get."""
    who = np.array(senders)
    scores = [nearness(garments[who == each], unit(garments[who != each]), k) for each in sorted(set(senders))]
    together = np.empty(len(garments), np.float32)
    for each, score in zip(sorted(set(senders)), scores, strict=True):
        together[who == each] = score
    return together


def auroc(garments: NDArray[np.float32], others: NDArray[np.float32]) -> float:
    """How often a garment scores higher than another picture (area under the ROC curve; ties count half)."""
    order = np.sort(others)
    below, upto = np.searchsorted(order, garments, "left"), np.searchsorted(order, garments, "right")
    return float(((below + upto) / 2).mean() / len(others))


def threshold_for(garments: NDArray[np.float32], passing: float) -> float:
    """The highest threshold, to three digits, that at least this share of garments passes."""
    return float(np.floor(np.quantile(garments, 1 - passing) * 1000) / 1000)
