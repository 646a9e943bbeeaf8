"""Random views of a photo, as other people might have taken it; all chance comes from the generator handed in."""

from __future__ import annotations

import random

from PIL import Image, ImageEnhance, ImageOps

KEPT = (0.6, 1.0)  # share of the area that a crop keeps
TILT = 12.0  # degrees
LIGHT = 0.25  # by how much brightness, contrast and saturation change at most
GREY = (127, 127, 127)


def view(picture: Image.Image, chance: random.Random) -> Image.Image:
    """A flipped, tilted, cropped and differently lit copy; sizes vary, proportions stay those of the crop."""
    if chance.random() < 0.5:
        picture = ImageOps.mirror(picture)
    if chance.random() < 0.5:
        picture = picture.rotate(chance.uniform(-TILT, TILT), Image.Resampling.BILINEAR, fillcolor=GREY)
    picture = _cropped(picture, chance)
    for enhance in (ImageEnhance.Brightness, ImageEnhance.Contrast, ImageEnhance.Color):
        picture = enhance(picture).enhance(chance.uniform(1 - LIGHT, 1 + LIGHT))
    return picture


def _cropped(picture: Image.Image, chance: random.Random) -> Image.Image:
    """A part of the picture, about in its proportions: a garment squeezed is another garment."""
    width, height = picture.size
    share, stretch = chance.uniform(*KEPT) ** 0.5, chance.uniform(0.9, 1.11)
    wide, high = min(width, round(width * share * stretch)), min(height, round(height * share / stretch))
    left, top = chance.randint(0, width - wide), chance.randint(0, height - high)
    return picture.crop((left, top, left + wide, top + high))
