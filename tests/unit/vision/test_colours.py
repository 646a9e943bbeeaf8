"""Colours as numbers and words agree with published values and with each other."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aura.vision.colours import METALS, REFERENCES, cie94, hex_to_lab, lab_to_hex, name_colour
from aura.vision.vocabulary import Colour

hexes = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}")


@pytest.mark.parametrize(
    ("code", "lab"),
    [
        ("#ffffff", (100.0, 0.0, 0.0)),
        ("#000000", (0.0, 0.0, 0.0)),
        ("#ff0000", (53.24, 80.09, 67.20)),
        ("#00ff00", (87.73, -86.18, 83.18)),
        ("#0000ff", (32.30, 79.19, -107.86)),
    ],
)
def test_published_values(code: str, lab: tuple[float, float, float]) -> None:
    assert hex_to_lab(code) == pytest.approx(lab, abs=0.02)


@given(hexes)
def test_there_and_back(code: str) -> None:
    assert lab_to_hex(hex_to_lab(code)) == code


@given(hexes, hexes)
def test_distances(one: str, other: str) -> None:
    distance = float(cie94(hex_to_lab(one), hex_to_lab(other)))
    assert distance >= 0
    assert (distance < 1e-6) == (one == other)


def test_cie94_by_hand() -> None:
    """L, a, b = 50, 30, 40 has chroma 50; against 52, 33, 44: dL 2, dC 5, dH 0, S_C = 1 + 0.045 · 50."""
    difference = float(cie94(np.array([50.0, 30.0, 40.0]), np.array([52.0, 33.0, 44.0])))
    assert difference == pytest.approx((2**2 + (5 / 3.25) ** 2) ** 0.5)


def test_every_colour_has_references() -> None:
    assert set(REFERENCES) == set(Colour)


@pytest.mark.parametrize("colour", [colour for colour in Colour if colour not in METALS])
def test_a_reference_is_called_by_its_name(colour: Colour) -> None:
    for code in REFERENCES[colour]:
        assert name_colour(hex_to_lab(code)) == (colour, 1.0)


@given(hexes)
def test_every_colour_has_a_name(code: str) -> None:
    name, clearness = name_colour(hex_to_lab(code))
    assert name not in METALS
    assert 0.5 <= clearness <= 1.0
