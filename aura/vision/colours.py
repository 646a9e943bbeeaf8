"""Colour as numbers and as words: sRGB, CIELAB, and the vocabulary's colour names.

Conversions follow IEC 61966-2-1 (sRGB) and CIE 15 (CIELAB, 2° observer) with the D65 white point.
Distances are CIE94 in its graphic-arts form (CIE 116-1995), measured from a reference colour. The
references are how such clothes look on well-exposed phone photos, several per name where the name covers
a range; the first one stands for the name. Gold and silver are metals rather than colours: they have
references for display but no average colour is ever named after them.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from types import MappingProxyType
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from aura.vision.vocabulary import Colour

Array = NDArray[np.float64]

_TO_XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
)
_FROM_XYZ = np.linalg.inv(_TO_XYZ)
_WHITE = _TO_XYZ.sum(axis=1)
_DELTA = 6 / 29

REFERENCES = MappingProxyType(
    {
        Colour.BLACK: ("#1b1b1d", "#262628", "#2a2c31"),
        Colour.CHARCOAL: ("#414347", "#4a4a4d", "#585b62", "#55535f"),
        Colour.GRAY: ("#808285", "#66696d", "#97999c"),
        Colour.LIGHT_GRAY: ("#b9bbbe", "#c6c8cb"),
        Colour.WHITE: ("#f3f3f1", "#e6e7e8", "#d7d8da"),
        Colour.CREAM: ("#f0e6d0", "#e8dcc4", "#e4dccb"),
        Colour.BEIGE: ("#d2c1a4", "#b8a88f", "#9c8870"),
        Colour.CAMEL: ("#bd8f58", "#b58a62"),
        Colour.BROWN: ("#6b4630", "#452f25", "#7d5f4a", "#a07a6c", "#96684a"),
        Colour.NAVY: ("#232f50", "#2c3547", "#1a2140"),
        Colour.BLUE: ("#2a5fae", "#4a6f9f", "#2440a0", "#5f80ab", "#47607f", "#4790ee"),
        Colour.LIGHT_BLUE: ("#a8c6e6", "#8fb2d8", "#b4c8d8", "#8aa4e4"),
        Colour.TEAL: ("#1f6f75", "#245560", "#1a7f8c"),
        Colour.TURQUOISE: ("#3fb8b8", "#4fa9ad", "#1f95ad", "#1fbde8"),
        Colour.MINT: ("#aedcc0", "#b4d4c4", "#a6b890"),
        Colour.GREEN: ("#3a8f4a", "#5aa64a", "#86b83f", "#a8d444"),
        Colour.DARK_GREEN: ("#20452f", "#2f4a3c"),
        Colour.OLIVE: ("#6a6a38", "#7d7a52", "#4f5038", "#8b8768", "#948c74"),
        Colour.YELLOW: ("#f3d23a", "#f3e37c", "#dcd63a"),
        Colour.MUSTARD: ("#c99a2a", "#b58b35"),
        Colour.ORANGE: ("#e8761f", "#f2a05a", "#ea6030"),
        Colour.RUST: ("#a5512c", "#96583c"),
        Colour.CORAL: ("#f0806a", "#e8665c"),
        Colour.RED: ("#c5202c", "#dc3a3c", "#f03a30", "#a01e28", "#c0525a"),
        Colour.BURGUNDY: ("#6d1f33", "#55202c", "#7a3040", "#3a2028"),
        Colour.PINK: ("#ec9ab5", "#f3c6d0", "#d58a9c", "#dfb0b4", "#a58088", "#ec5f85"),
        Colour.MAGENTA: ("#d02f85", "#b5307a", "#e0457b", "#c02c58"),
        Colour.PURPLE: ("#6d3f8f", "#4a2c58", "#5a4a82", "#42303f", "#8a6485"),
        Colour.LAVENDER: ("#b7a3d8", "#9d93c4", "#8a86b4"),
        Colour.GOLD: ("#c9a544",),
        Colour.SILVER: ("#c3c5c8",),
    }
)
"""Reference colours of every name, the one that stands for it first."""

METALS = frozenset({Colour.GOLD, Colour.SILVER})


class Named(NamedTuple):
    """A colour's name and how clearly it is that one: 0.5 on the border to another name, 1 at its heart."""

    name: Colour
    clearness: float


def to_linear(srgb: Array) -> Array:
    """Light proportional to energy, from sRGB values in 0..1; any shape."""
    return np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)


def from_linear(linear: Array) -> Array:
    """The inverse of ``to_linear``, clipped to 0..1."""
    bounded = np.clip(linear, 0.0, 1.0)
    return np.where(bounded <= 0.0031308, bounded * 12.92, 1.055 * bounded ** (1 / 2.4) - 0.055)


def linear_to_lab(linear: Array) -> Array:
    """CIELAB (L 0..100) of linear RGB values, shape (..., 3)."""
    ratio = linear @ _TO_XYZ.T / _WHITE
    root = np.where(ratio > _DELTA**3, np.cbrt(ratio), ratio / (3 * _DELTA**2) + 4 / 29)
    x, y, z = root[..., 0], root[..., 1], root[..., 2]
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=-1)


def lab_to_linear(lab: Array) -> Array:
    """The inverse of ``linear_to_lab``; may leave 0..1 for colours no screen can show."""
    y = (lab[..., 0] + 16) / 116
    root = np.stack([y + lab[..., 1] / 500, y, y - lab[..., 2] / 200], axis=-1)
    ratio = np.where(root > _DELTA, root**3, 3 * _DELTA**2 * (root - 4 / 29))
    return np.asarray((ratio * _WHITE) @ _FROM_XYZ.T)


def hex_to_lab(code: str) -> Array:
    """CIELAB of ``#rrggbb``, shape (3,)."""
    return linear_to_lab(to_linear(np.frombuffer(bytes.fromhex(code[1:]), np.uint8) / 255.0))


def lab_to_hex(lab: Array) -> str:
    """``#rrggbb`` nearest to one CIELAB colour."""
    srgb = from_linear(lab_to_linear(lab))
    return "#" + np.rint(srgb * 255).astype(np.uint8).tobytes().hex()


def cie94(reference: Array, other: Array) -> Array:
    """The CIE94 difference of ``other`` from ``reference``, both (..., 3); about 2 is just noticeable."""
    chroma = np.hypot(reference[..., 1], reference[..., 2])
    lightness = reference[..., 0] - other[..., 0]
    saturation = chroma - np.hypot(other[..., 1], other[..., 2])
    beside = np.square(reference[..., 1:] - other[..., 1:]).sum(axis=-1)
    hue = np.maximum(beside - saturation**2, 0.0)
    squares = lightness**2 + (saturation / (1 + 0.045 * chroma)) ** 2 + hue / (1 + 0.015 * chroma) ** 2
    return np.asarray(np.sqrt(squares))


def name_colour(lab: Array) -> Named:
    """The vocabulary's name for one CIELAB colour."""
    distance = {colour: float(cie94(anchors, lab).min()) for colour, anchors in _anchors()}
    first, second = sorted(distance, key=distance.__getitem__)[:2]
    both = distance[first] + distance[second]
    return Named(first, distance[second] / both if both else 0.5)


@cache
def _anchors() -> tuple[tuple[Colour, Array], ...]:
    return tuple((colour, _labs(codes)) for colour, codes in REFERENCES.items() if colour not in METALS)


def _labs(codes: Iterable[str]) -> Array:
    return np.stack([hex_to_lab(code) for code in codes])
