"""The mask network is believed where it sees something; else colours and place tell garment from background."""

from __future__ import annotations

import numpy as np

from aura.vision.local.masks import garment_or_guess, likelihood_from


def seeded() -> np.random.Generator:
    return np.random.default_rng(7)


def picture() -> np.ndarray:
    """A red garment in the middle of a light background, linear RGB."""
    linear = np.full((60, 40, 3), 0.8)
    linear[15:45, 10:30] = (0.5, 0.02, 0.03)
    return linear


def test_a_square_map_is_stretched_over_the_picture() -> None:
    saliency = np.zeros((32, 32), np.float32)
    saliency[:, 16:] = 1
    likelihood = likelihood_from(saliency, 60, 40)
    assert likelihood.shape == (60, 40)
    assert likelihood[:, :17].max() < 0.1
    assert likelihood[:, 23:].min() > 0.9


def test_values_beyond_one_do_not_wrap_around() -> None:
    assert likelihood_from(np.full((8, 8), 1.2, np.float32), 8, 8).min() == 1
    assert likelihood_from(np.full((8, 8), -0.2, np.float32), 8, 8).max() == 0


def test_what_the_network_sees_is_believed() -> None:
    saliency = np.zeros((32, 32), np.float32)
    saliency[:8] = 0.97
    found = garment_or_guess(saliency, picture(), seeded())
    assert found[5].min() > 0.9
    assert found[30].max() < 0.1


def test_where_it_sees_nothing_colours_and_place_decide() -> None:
    found = garment_or_guess(np.full((32, 32), 0.2, np.float32), picture(), seeded())
    assert found[30, 20] > 0.9
    assert found[2, 2] < 0.1
