from __future__ import annotations

import numpy as np
import pytest

from training.doubts import contradicted


@pytest.mark.parametrize(
    ("probabilities", "doubted"),
    [
        ((0.95, 0.04, 0.01), False),  # what it is said to be
        ((0.01, 0.95, 0.04), True),  # surely something else
        ((0.03, 0.95, 0.02), False),  # probably something else, but the label is thinkable
        ((0.01, 0.85, 0.14), False),  # something else, nobody knows what
    ],
)
def test_a_label_is_doubted_if_another_is_nearly_certain(probabilities: tuple[float, ...], doubted: bool) -> None:
    assert contradicted(np.array([probabilities]), np.array([0])).tolist() == [doubted]


def test_each_photo_is_asked_about_its_own_label() -> None:
    probabilities = np.array([[0.98, 0.01, 0.01], [0.98, 0.01, 0.01]])
    assert contradicted(probabilities, np.array([0, 2])).tolist() == [False, True]
