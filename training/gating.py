"""The gate's features, its garments to compare with, and its threshold.

The features are the pooled ones of all networks, projected to their main directions among garments (principal
components): a tenth of the size, and less noise in the distances.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from aura.vision.local.gate import nearness, unit
from aura.vision.local.preprocess import Floats
from training.heads import Linear

DIRECTIONS = 128
NEIGHBOURS = 5


def main_directions(features: Floats, count: int = DIRECTIONS) -> Linear:
    """The projection to the ``count`` principal components of ``features``, after their mean is taken away."""
    mean = features.mean(axis=0)
    _, vectors = np.linalg.eigh(np.cov(features - mean, rowvar=False))
    weight = np.ascontiguousarray(vectors[:, ::-1][:, :count].T, np.float32)
    return Linear(weight, np.asarray(-weight @ mean, np.float32))


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
