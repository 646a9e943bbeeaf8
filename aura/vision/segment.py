"""Tells garment from background on one photo, from colours and from where people put what they show.

A mixture of two colour distributions, one for the garment and one for what lies around it, is fitted to
the photo's own colours; a prior says that the middle shows the garment and the border mostly does not.
It needs no training and some milliseconds; a garment in its background's own colour is found only
roughly, which does no harm to that colour's name.
"""

from __future__ import annotations

import numpy as np

from aura.vision.colours import Array

ROUNDS = 8
SAMPLE = 3000  # pixels that the colour clusters are fitted to; more changes nothing but the time
CENTRE, BORDER = 0.7, 0.03  # how likely the very middle and the very border show the garment
TRUST = 1.5  # exponent of the colours' odds: neighbouring pixels are no independent witnesses


def kmeans(points: Array, count: int, random: np.random.Generator, *, rounds: int = 12) -> tuple[Array, np.ndarray]:
    """Lloyd's k-means from k-means++ seeds (Arthur and Vassilvitskii, 2007).

    Args:
        points: shape (n, d), n ≥ 1.
        count: how many clusters at most; fewer come back where points coincide.
        random: the only source of chance.

    Returns:
        The centres, shape (k, d), and the cluster of every point, shape (n,).
    """
    centres = _seeds(points, count, random)
    labels = nearest(points, centres)
    for _ in range(rounds):
        sizes = np.bincount(labels, minlength=len(centres))
        sums = np.stack([np.bincount(labels, points[:, d], len(centres)) for d in range(points.shape[1])], axis=1)
        centres = sums[sizes > 0] / sizes[sizes > 0, None]
        moved = nearest(points, centres)
        if np.array_equal(moved, labels):
            break
        labels = moved
    return centres, labels


def nearest(points: Array, centres: Array) -> np.ndarray:
    """The index of the centre closest to each point, shape (n,)."""
    return np.asarray(np.argmin(np.square(centres).sum(axis=1) - 2 * points @ centres.T, axis=1))


def _seeds(points: Array, count: int, random: np.random.Generator) -> Array:
    seeds = points[[random.integers(len(points))]]
    distance = np.square(points - seeds[0]).sum(axis=1)
    while len(seeds) < count and distance.sum() > 0:
        chosen = points[random.choice(len(points), p=distance / distance.sum())]
        seeds = np.vstack([seeds, chosen])
        distance = np.minimum(distance, np.square(points - chosen).sum(axis=1))
    return seeds


def garment_likelihood(lab: Array, random: np.random.Generator, *, colours: int = 24) -> Array:
    """How likely each pixel belongs to the garment, 0..1.

    Args:
        lab: the photo in CIELAB, shape (height, width, 3).
        random: seeds the colour clusters.
        colours: how many colours the two distributions are made of.
    """
    height, width, _ = lab.shape
    pixels = lab.reshape(-1, 3)
    sample = random.choice(len(pixels), min(len(pixels), SAMPLE), replace=False)
    labels = nearest(pixels, kmeans(pixels[sample], colours, random)[0])
    prior = _prior(height, width).ravel()
    garment = prior
    for _ in range(ROUNDS):
        odds = _odds(labels, garment)
        garment = prior * odds / (prior * odds + (1 - prior))
        garment = _blurred(garment.reshape(height, width)).ravel()
    return garment.reshape(height, width)


def _odds(labels: np.ndarray, garment: Array) -> Array:
    """How much more frequent each pixel's colour is in the garment than around it."""
    inside = np.bincount(labels, garment)
    outside = np.bincount(labels, 1 - garment)
    ratio = (inside / inside.sum() + 1e-6) / (outside / outside.sum() + 1e-6)
    return np.asarray(ratio[labels] ** TRUST)


def _prior(height: int, width: int) -> Array:
    """High in the middle, low at the border: a smooth hill over a rounded rectangle."""
    y = np.abs(np.linspace(-1, 1, height))[:, None]
    x = np.abs(np.linspace(-1, 1, width))[None, :]
    distance = (x**4 + y**4) ** 0.25
    hill = 1 / (1 + np.exp((distance - 0.65) * 7))
    return np.asarray(BORDER + (CENTRE - BORDER) * hill)


def _blurred(values: Array, radius: int = 2) -> Array:
    """A box mean over (2 · radius + 1)² pixels; borders repeat."""
    size = 2 * radius + 1
    padded = np.pad(values, radius, mode="edge")
    table = np.pad(padded.cumsum(axis=0).cumsum(axis=1), ((1, 0), (1, 0)))
    total = table[size:, size:] - table[:-size, size:] - table[size:, :-size] + table[:-size, :-size]
    return np.asarray(total / size**2)
