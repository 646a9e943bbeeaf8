"""What the networks see: the whole garment in its proportions, on grey, in the numbers they were trained on."""

from __future__ import annotations

import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from aura.vision.local.preprocess import GREY, letterbox, mask_input, open_jpeg, tagger_input

SIDE = 64


def plain(width: int, height: int, colour: tuple[int, int, int] = (255, 0, 0)) -> Image.Image:
    return Image.new("RGB", (width, height), colour)


def test_a_tall_picture_stands_in_the_middle_of_grey() -> None:
    pixels = np.asarray(letterbox(plain(100, 200), SIDE))
    assert pixels.shape == (SIDE, SIDE, 3)
    assert (pixels[:, :16] == GREY).all()
    assert (pixels[:, 48:] == GREY).all()
    assert (pixels[:, 16:48] == (255, 0, 0)).all()


@given(st.integers(1, 300), st.integers(1, 300))
def test_the_longer_side_fills_the_square(width: int, height: int) -> None:
    pixels = np.asarray(letterbox(plain(width, height), SIDE))
    inside = (pixels != GREY).any(axis=2)
    rows, columns = int(inside.any(axis=1).sum()), int(inside.any(axis=0).sum())
    assert max(rows, columns) == SIDE
    assert abs(rows * width - columns * height) <= max(width, height)  # to a pixel


def test_the_tagger_sees_channels_first_around_zero() -> None:
    given_pixels = tagger_input(plain(10, 10, (255, 127, 0)), SIDE)
    assert given_pixels.shape == (1, 3, SIDE, SIDE)
    assert given_pixels.dtype == np.float32
    assert given_pixels[0, :, 5, 5].tolist() == [1.0, 0.0, -127 / 128]


def test_the_mask_network_sees_the_picture_as_bright_as_it_can_be() -> None:
    dim, bright = mask_input(plain(9, 5, (100, 50, 0)), SIDE), mask_input(plain(9, 5, (200, 100, 0)), SIDE)
    assert dim.shape == (1, 3, SIDE, SIDE)
    assert np.allclose(dim, bright, atol=1e-5)
    assert dim[0, 0, 0, 0] == pytest.approx((1 - 0.485) / 0.229, abs=1e-5)
    assert np.isfinite(mask_input(plain(4, 4, (0, 0, 0)), SIDE)).all()


def test_a_large_jpeg_is_scaled_while_decoding_but_never_below_what_is_needed() -> None:
    out = io.BytesIO()
    plain(1024, 768).save(out, "JPEG")
    opened = open_jpeg(out.getvalue(), 224)
    assert opened.mode == "RGB"
    assert 224 <= min(opened.size) < 500
