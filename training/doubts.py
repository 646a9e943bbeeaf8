"""Labels that are probably wrong: photos that classifiers who never met their contributor surely call something else.

Confident learning (Northcutt et al., 2021), reduced to its core. Only photos that are learnt from are asked about.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import numpy as np
from numpy.typing import NDArray

from aura.vision.local.judging import softmax
from aura.vision.local.preprocess import Floats
from training.calibration import fit_temperature
from training.heads import Linear
from training.split import folds, without

FOLDS = 5
PENALTY = 0.1
ANOTHER, GIVEN = 0.9, 0.02  # at least so likely is another label, at most so likely the one that was given
SEED = 20261123


def doubted(features: Floats, said: Sequence[int], senders: Sequence[Hashable], classes: int) -> NDArray[np.bool_]:
    """Which of the labels ``said`` are doubted, shape (photos,).

    Args:
        features: of a network that has not learnt these labels, shape (photos, features).
    """
    logits = np.zeros((len(said), classes))
    for fold in folds(senders, FOLDS, SEED):
        rest = without(len(said), fold)
        head = Linear.fit(features[rest], [said[place] for place in rest], classes, PENALTY)
        logits[fold] = head.logits(features[fold])
    given = np.array(said)
    return contradicted(softmax(logits, fit_temperature(logits, given)), given)


def contradicted(probabilities: NDArray[np.float64], given: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Where another label is very likely and the given one is not, shape (photos,)."""
    likely = probabilities[np.arange(len(given)), given]
    return np.asarray((probabilities.max(axis=1) >= ANOTHER) & (likely <= GIVEN))
