"""Tells pictures that show no garment, by how far they lie from every garment the network has been shown.

Never by softmax: a network that knows garments only is sure about half of all other pictures too. Distance among
features is what tells them apart (deep nearest neighbours: Sun et al., 2022).
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Self

import numpy as np

from aura.vision.local.manifest import GateRule
from aura.vision.local.preprocess import Floats

ARRAY = "garments"


def unit(features: Floats) -> Floats:
    """Rows of length one, shape as given; a row of zeros stays one."""
    features = np.asarray(features, np.float32)
    length = np.linalg.norm(features, axis=-1, keepdims=True)
    return np.asarray(features / np.maximum(length, 1e-12), np.float32)


def nearness(features: Floats, garments: Floats, k: int) -> Floats:
    """The mean cosine similarity of each row to its ``k`` nearest garments, -1 to 1.

    Args:
        features: shape (n, d), of any length.
        garments: shape (m, d), m ≥ 1, rows of length one.
        k: how many; at most m count.
    """
    similar = unit(features) @ garments.T
    nearest = min(k, similar.shape[1])
    return np.asarray(np.partition(similar, -nearest, axis=1)[:, -nearest:].mean(axis=1), np.float32)


@dataclass(frozen=True, slots=True)
class Gate:
    """The garments that the network has been shown (rows of length one), and the rule."""

    garments: Floats
    rule: GateRule

    @classmethod
    def read(cls, data: bytes, rule: GateRule) -> Self:
        """From the bytes of ``gate.npz``, whose array ``garments`` has shape (m, d) and any float type."""
        with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
            return cls(unit(arrays[ARRAY]), rule)

    def nearness(self, features: Floats) -> float:
        """How near one picture's features, shape (d,), come to garments: -1 to 1."""
        return float(nearness(features[None], self.garments, self.rule.k)[0])

    def passes(self, near: float) -> bool:
        """Whether a picture that comes so near shows a garment."""
        return near >= self.rule.threshold
