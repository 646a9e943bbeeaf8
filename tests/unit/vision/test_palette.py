"""The palette finds the garment and names its colours: on drawn pictures exactly, on real photos too."""

from __future__ import annotations

import io
import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from aura.vision.colours import Array
from aura.vision.garment import GarmentColour
from aura.vision.image import decode_photo
from aura.vision.palette import balance, dominant, find_colours
from aura.vision.segment import garment_likelihood, kmeans
from aura.vision.vocabulary import Colour

PHOTOS = Path(__file__).parents[2] / "data" / "photos"
LABELS: dict[str, dict[str, str]] = json.loads((PHOTOS / "labels.json").read_text("utf-8"))


def seeded() -> np.random.Generator:
    return np.random.default_rng(7)


def garment_colours(jpeg: bytes, random: np.random.Generator) -> tuple[GarmentColour, ...]:
    return find_colours(jpeg, random)[0]


def drawn(background: str, *boxes: tuple[str, tuple[int, int, int, int]]) -> bytes:
    image = Image.new("RGB", (300, 400), background)
    for colour, box in boxes:
        ImageDraw.Draw(image).rectangle(box, fill=colour)
    out = io.BytesIO()
    image.save(out, "JPEG", quality=95)
    return out.getvalue()


def test_background_is_never_counted() -> None:
    found = garment_colours(drawn("#e8e6e2", ("#c5202c", (80, 80, 220, 320))), seeded())
    assert [colour.name for colour in found] == [Colour.RED]
    assert found[0].share > 0.9


def test_shares_follow_the_surface() -> None:
    boxes = ("#20305c", (70, 80, 230, 240)), ("#f3d23a", (70, 240, 230, 320))
    found = garment_colours(drawn("#d8d8d8", *boxes), seeded())
    assert [colour.name for colour in found] == [Colour.NAVY, Colour.YELLOW]
    assert found[0].share == pytest.approx(2 / 3, abs=0.06)


def test_a_garment_in_the_colour_of_its_background_keeps_that_colour() -> None:
    found = garment_colours(drawn("#f0f0ee"), seeded())
    assert [colour.name for colour in found] == [Colour.WHITE]


def test_equal_seeds_give_equal_answers() -> None:
    photo = decode_photo((PHOTOS / "polo-navy.jpg").read_bytes())
    assert garment_colours(photo.jpeg, seeded()) == garment_colours(photo.jpeg, seeded())


@pytest.mark.parametrize("name", LABELS)
def test_main_colours_of_real_photos(name: str) -> None:
    photo = decode_photo((PHOTOS / name).read_bytes())
    found = garment_colours(photo.jpeg, seeded())
    assert found[0].name == LABELS[name]["main_colour"]
    assert 1 <= len(found) <= 4
    assert sum(colour.share for colour in found) <= 1.001


def test_dark_and_tinted_light_is_corrected() -> None:
    grey = np.full((20, 20, 3), 0.3)
    grey[:, :4] = (0.62, 0.55, 0.46)  # a white wall in warm light
    corrected = balance(grey)
    assert corrected[0, 0].mean() > 0.75
    assert np.ptp(corrected[0, 0]) < 1.4 * np.ptp(grey[0, 0])
    assert corrected[0, 10, 2] > corrected[0, 10, 0]


def test_black_stays_black() -> None:
    assert balance(np.zeros((8, 8, 3))).max() == 0


@given(st.integers(1, 40), st.integers(1, 8), st.integers(0, 2**32 - 1))
def test_kmeans_puts_every_point_to_its_nearest_centre(count: int, clusters: int, seed: int) -> None:
    random = np.random.default_rng(seed)
    points: Array = random.integers(0, 5, (count, 3)).astype(np.float64)
    centres, labels = kmeans(points, clusters, random)
    assert len(centres) <= min(clusters, len(np.unique(points, axis=0)))
    distances = np.linalg.norm(points[:, None] - centres[None], axis=2)
    assert np.allclose(distances[np.arange(count), labels], distances.min(axis=1))


def test_likelihood_is_a_probability_and_finds_the_middle() -> None:
    lab = np.zeros((60, 40, 3))
    lab[..., 0] = 90
    lab[15:45, 10:30] = (40, 60, 30)
    likelihood = garment_likelihood(lab, seeded())
    assert likelihood.shape == (60, 40)
    assert likelihood.min() >= 0
    assert likelihood.max() <= 1
    assert likelihood[30, 20] > 0.9
    assert likelihood[2, 2] < 0.1


def test_dominant_colours_join_light_and_shade() -> None:
    shades = np.concatenate([np.tile((30.0, 20.0, -50.0), (300, 1)), np.tile((38.0, 21.0, -52.0), (200, 1))])
    patches = dominant(shades, seeded())
    assert len(patches) == 1
    assert patches[0].share == 1.0
