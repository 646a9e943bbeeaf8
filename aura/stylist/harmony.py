"""How well colours go together, by their hues in CIELAB's cylindrical form (LCh).

Templates after Cohen-Or, Sorkine, Gal, Leyvand and Xu, "Color Harmonization" (ACM SIGGRAPH 2006), who took them from
Matsuda (1995): hues that lie in one narrow sector (their type i: monochrome), in one wide one (V: analogous) or in
opposite ones (I, Y, X: complementary) are harmonious, and disharmony grows with the distance to the nearest sector.
They measure hues in HSV, we in LCh, where equal steps look equal; the triad is older (Itten 1961). Neutral colours
have no hue and go with everything. How much each template is worth, and where neutral ends, is our own judgement.

To compare all pairs of a wardrobe at once, a palette becomes ``BINS`` numbers: how much of it has which hue. The
harmony of two is then one matrix product: ``1 - a · D · b`` with the disharmony D of each two hues.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
BINS = 36
STEP = 360.0 / BINS
# Chroma up to which a colour has no hue to speak of (navy, beige), and from which it counts in full.
NEUTRAL, CHROMATIC = 12.0, 42.0


class Template(NamedTuple):
    """Differences of hue within ``half`` degrees of ``centre`` are worth ``value``."""

    centre: float
    half: float
    value: float


TEMPLATES = MappingProxyType(
    {
        "monochrome": Template(0.0, 18.0, 0.95),
        "analogous": Template(33.0, 14.0, 0.85),
        "triadic": Template(120.0, 10.0, 0.65),
        "complementary": Template(180.0, 18.0, 0.85),
    }
)
# What two saturated hues are worth that fit no template, and the degrees over which a template fades out.
CLASH, FADE = 0.25, 14.0
# A hue family is this wide: Cohen-Or's narrow sector (18°) to each side.
FAMILY = 30.0
FAMILIES = int(360 / FAMILY)
# An outfit of more hue families than this has too many colours.
MOST_FAMILIES = 3
_COUNTS = np.array([bits.bit_count() for bits in range(1 << FAMILIES)])


def chromaticity(chroma: Array) -> Array:
    """How much of a hue colours of this chroma have: 0 neutral to 1."""
    return np.clip((chroma - NEUTRAL) / (CHROMATIC - NEUTRAL), 0.0, 1.0)


def agreement(difference: Array) -> Array:
    """How well two saturated colours agree whose hues differ by so many degrees (0 to 180): ``CLASH`` to 1."""
    best = np.full(np.shape(difference), CLASH)
    for centre, half, value in TEMPLATES.values():
        outside = np.maximum(np.abs(difference - centre) - half, 0.0)
        best = np.maximum(best, CLASH + (value - CLASH) * np.exp(-0.5 * np.square(outside / FADE)))
    return best


def relation(difference: float) -> str:
    """The name of the template that a difference of hue fits best; "contrast" where it fits none."""
    nearest = min(TEMPLATES, key=lambda name: abs(difference - TEMPLATES[name].centre) - TEMPLATES[name].half)
    template = TEMPLATES[nearest]
    return nearest if abs(difference - template.centre) - template.half <= FADE else "contrast"


def hue_masses(lch: Array, shares: Array, owners: NDArray[np.intp], count: int) -> Array:
    """Palettes as numbers, shape (count, ``BINS``): the chromatic share of each hue, split between its two bins.

    Args:
        lch: lightness, chroma and hue in degrees of each colour, shape (n, 3).
        shares: each colour's part of its garment.
        owners: which of the ``count`` garments it is part of.
    """
    weight = shares * chromaticity(lch[:, 1])
    place = lch[:, 2] / STEP
    low = np.floor(place).astype(np.intp)
    upper = place - low
    bins = np.concatenate([owners * BINS + low % BINS, owners * BINS + (low + 1) % BINS])
    masses = np.bincount(bins, np.concatenate([weight * (1 - upper), weight * upper]), minlength=count * BINS)
    return masses.astype(np.float64, copy=False).reshape(count, BINS)


def families(lch: Array, shares: Array, owners: NDArray[np.intp], count: int) -> NDArray[np.int64]:
    """The hue families of each garment that one would see, as bits: at least a fifth of it and clearly chromatic."""
    seen = (shares >= 0.2) & (chromaticity(lch[:, 1]) >= 0.5)
    bits = np.zeros(count, np.int64)
    family = (lch[:, 2] // FAMILY).astype(np.int64) % FAMILIES
    np.bitwise_or.at(bits, owners[seen], 1 << family[seen])
    return bits


def count_families(bits: NDArray[np.int64]) -> NDArray[np.int64]:
    """How many there are of what ``families`` tells."""
    return np.asarray(_COUNTS[bits])


def lab_to_lch(lab: Array) -> Array:
    """Lightness, chroma and hue (0 to 360 degrees) of CIELAB colours (CIE 15), shape (..., 3)."""
    hue = np.degrees(np.arctan2(lab[..., 2], lab[..., 1])) % 360.0
    return np.stack([lab[..., 0], np.hypot(lab[..., 1], lab[..., 2]), hue], axis=-1)


def _disharmony() -> Array:
    apart = np.abs(np.subtract.outer(np.arange(BINS), np.arange(BINS))) * STEP
    return 1.0 - agreement(np.minimum(apart, 360.0 - apart))


DISHARMONY = _disharmony()
"""1 - agreement of each two bins, shape (BINS, BINS), symmetric."""
