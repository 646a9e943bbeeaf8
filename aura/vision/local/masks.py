"""Where the garment is on a photo: the mask network's answer, or, where it finds nothing, colours and place. Pure."""

from __future__ import annotations

import numpy as np
from PIL import Image

from aura.vision.colours import Array, linear_to_lab
from aura.vision.local.preprocess import Floats
from aura.vision.palette import LEAST_AREA
from aura.vision.segment import garment_likelihood


def likelihood_from(saliency: Floats, height: int, width: int) -> Array:
    """A square saliency map, values 0..1, stretched over a picture of ``height`` by ``width`` pixels."""
    grey = np.rint(np.clip(saliency, 0, 1) * 255).astype(np.uint8)
    stretched = Image.fromarray(grey).resize((width, height), Image.Resampling.BILINEAR)
    return np.asarray(stretched, np.float64) / 255.0


def garment_or_guess(saliency: Floats, linear: Array, random: np.random.Generator) -> Array:
    """How likely each pixel shows the garment, 0..1, shape (height, width).

    Args:
        saliency: the network's map of the whole picture, shape (side, side).
        linear: the picture in linear RGB, shape (height, width, 3).
        random: seeds the guess where the network sees nothing that stands out, as on a cloth that fills the picture.
    """
    found = likelihood_from(saliency, *linear.shape[:2])
    if (found > 0.5).mean() >= LEAST_AREA:
        return found
    return garment_likelihood(linear_to_lab(linear), random)
