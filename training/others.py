"""Pictures that show no garment: they tell how well the gate works. Nothing is learnt from them.

Three sources: the sample photos inside scikit-image and scikit-learn, drawings made here (noise, stripes, text, plain
colour: what a pocket photographs), and every picture in the folders that are handed over.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".webp"})
SIDE = 320
DRAWINGS = 60
WORDS = ("total", "receipt", "cash", "thank", "you", "visit", "street", "number", "open", "closed", "Monday")


def pictures(folders: Iterable[Path], seed: int) -> Iterator[tuple[str, Image.Image]]:
    """Every picture with the name of its source."""
    for name, folder in (*sample_folders().items(), *((folder.name, folder) for folder in folders)):
        for path in sorted(each for each in folder.rglob("*") if each.suffix.lower() in SUFFIXES):
            yield name, opened(path)
    chance = np.random.default_rng(seed)
    for place in range(DRAWINGS):
        yield "drawn", drawing(place, chance)


def sample_folders() -> dict[str, Path]:
    """The sample pictures of installed packages."""
    import skimage.data
    import sklearn.datasets

    return {
        "scikit-image": Path(skimage.data.__file__).parent,
        "scikit-learn": Path(sklearn.datasets.__file__).parent / "images",
    }


def opened(path: Path) -> Image.Image:
    """A picture on white, small, in RGB."""
    file = Image.open(path)
    file.draft("RGB", (SIDE, SIDE))
    picture = file.convert("RGBA")
    picture.thumbnail((SIDE, SIDE))
    plain = Image.new("RGB", picture.size, "white")
    plain.paste(picture, mask=picture.getchannel("A"))
    return plain


def drawing(place: int, chance: np.random.Generator) -> Image.Image:
    """Noise, a plain colour, stripes or lines of text, in turn."""
    kind = place % 4
    if kind == 0:
        return Image.fromarray(chance.integers(0, 256, (SIDE, SIDE, 3), dtype=np.uint8))
    picture = Image.new("RGB", (SIDE, SIDE), _colour(chance))
    if kind > 1:
        pen, words = ImageDraw.Draw(picture), random.Random(int(chance.integers(1 << 30)))  # noqa: S311 - no secret
        for top in range(8, SIDE, 24):
            if kind == 2:
                pen.rectangle((0, top, SIDE, top + 11), fill=_colour(chance))
            else:
                pen.text((12, top), " ".join(words.choices(WORDS, k=7)), fill="black")
    return picture


def _colour(chance: np.random.Generator) -> tuple[int, int, int]:
    red, green, blue = (int(value) for value in chance.integers(0, 256, 3))
    return red, green, blue
