"""The gate passes what lies near garments, in whatever length its features come."""

from __future__ import annotations

import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aura.vision.local.gate import Gate, nearness, unit
from aura.vision.local.manifest import GateRule
from aura.vision.local.preprocess import Floats

RULE = GateRule(k=2, threshold=0.5)


def gate(garments: Floats, rule: GateRule = RULE) -> Gate:
    file = io.BytesIO()
    np.savez_compressed(file, garments=garments.astype(np.float16))
    return Gate.read(file.getvalue(), rule)


def test_near_a_garment_passes_and_far_from_all_does_not() -> None:
    known = gate(np.array([[1, 0, 0], [0.9, 0.1, 0], [0, 0, 1]], np.float32))
    near, far = (known.nearness(np.array(features, np.float32)) for features in ([2.0, 0.1, 0], [0, 5.0, 0]))
    assert near > 0.95
    assert known.passes(near)
    assert far < 0.1
    assert not known.passes(far)


def test_one_odd_neighbour_is_not_enough() -> None:
    known = gate(np.array([[1, 0], [0, 1], [0, 1]], np.float32), GateRule(k=2, threshold=0.6))
    near = known.nearness(np.array([1, 0], np.float32))
    assert near == pytest.approx(0.5, abs=1e-3)
    assert not known.passes(near)


def test_more_neighbours_than_garments_are_all_there_are() -> None:
    known = gate(np.array([[1, 0]], np.float32), GateRule(k=5, threshold=0.5))
    assert known.nearness(np.array([1, 0], np.float32)) == pytest.approx(1)


def test_features_of_nothing_are_near_nothing() -> None:
    assert gate(np.eye(3, dtype=np.float32)).nearness(np.zeros(3, np.float32)) == 0


@given(st.integers(0, 2**32 - 1), st.floats(0.01, 100), st.integers(1, 8))
def test_only_the_direction_counts(seed: int, length: float, k: int) -> None:
    random = np.random.default_rng(seed)
    garments, features = (
        unit(random.normal(size=(6, 4)).astype(np.float32)),
        random.normal(size=(3, 4)).astype(np.float32),
    )
    near = nearness(features, garments, k)
    assert np.allclose(near, nearness(features * length, garments, k), atol=1e-4)
    assert (np.abs(near) <= 1 + 1e-5).all()
