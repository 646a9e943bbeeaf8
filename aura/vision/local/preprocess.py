"""What the networks see of a photo. Training imports this, so that a photo looks the same there and here.

The picture keeps its proportions: squashing a garment to a square costs two points of accuracy.
"""

from __future__ import annotations

import io
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Floats = NDArray[np.float32]

GREY = 127
SCALE = 128.0
# The mean and spread of ImageNet's pixels, on which U²-Net was trained (Qin et al., 2020).
MASK_MEAN = np.array([0.485, 0.456, 0.406], np.float32)
MASK_SPREAD = np.array([0.229, 0.224, 0.225], np.float32)


def open_jpeg(jpeg: bytes, side: int) -> Image.Image:
    """A decoded ``Photo``'s picture in RGB, scaled while decoding to no less than ``side`` pixels."""
    picture = Image.open(io.BytesIO(jpeg), formats=("JPEG",))
    picture.draft("RGB", (side, side))
    return picture.convert("RGB")


def letterbox(picture: Image.Image, side: int) -> Image.Image:
    """The whole picture in the middle of a grey square of ``side`` pixels, its longer side filling it.

    Args:
        picture: RGB, upright.
    """
    scale = side / max(picture.size)
    width, height = (max(1, round(length * scale)) for length in picture.size)
    square = Image.new("RGB", (side, side), (GREY, GREY, GREY))
    resized = picture.resize((width, height), Image.Resampling.BICUBIC)
    square.paste(resized, ((side - width) // 2, (side - height) // 2))
    return square


def tagger_input(picture: Image.Image, side: int) -> Floats:
    """A tagger's input for one picture: float32 [1, 3, side, side], about -1 to 1."""
    pixels = np.asarray(letterbox(picture, side), np.float32)
    return _batched((pixels - GREY) / SCALE)


def tagger_inputs(picture: Image.Image, sides: Mapping[str, int]) -> dict[str, Floats]:
    """Every input of a tagger whose networks look at a picture in different sizes, by its name; ``sides`` in pixels."""
    return {name: tagger_input(picture, side) for name, side in sides.items()}


def mask_input(picture: Image.Image, side: int) -> Floats:
    """The mask network's input for one picture: float32 [1, 3, side, side], the picture squashed to a square.

    Scaled by its brightest value and normalised as U²-Net was trained.
    """
    squashed = picture.resize((side, side), Image.Resampling.BILINEAR)
    pixels = np.asarray(squashed, np.float32)
    return _batched((pixels / max(float(pixels.max()), 1.0) - MASK_MEAN) / MASK_SPREAD)


def _batched(pixels: Floats) -> Floats:
    return np.ascontiguousarray(pixels.transpose(2, 0, 1)[None])
