"""From a photo to its tags: recognised first, then looked at more closely if it shows a garment. Runs on any thread."""

from __future__ import annotations

import zlib

import numpy as np
from PIL import Image

from aura.vision.analyzer import Analysis
from aura.vision.colours import Array
from aura.vision.garment import GarmentColour, GarmentTags
from aura.vision.local.derived import with_derived
from aura.vision.local.engine import Engine, Recognition
from aura.vision.local.judging import judge, judge_pattern
from aura.vision.local.manifest import Manifest
from aura.vision.local.masks import garment_or_guess
from aura.vision.local.preprocess import open_jpeg
from aura.vision.palette import colours_in, mask_png, small_pixels
from aura.vision.photo import Photo
from aura.vision.showing import Seen


def see(photo: Photo, engine: Engine) -> Seen:
    """The analysis of a photo and its mask; equal photos give equal answers."""
    picture = open_jpeg(photo.jpeg, max(engine.manifest.side, engine.manifest.mask.side))
    recognised = engine.recognise(picture)
    if not recognised.garment:
        return Seen(Analysis("no_garment", GarmentTags()))
    colours, mask = colours_on(photo, engine, picture)
    return Seen(Analysis("done", tags_from(recognised, colours, engine.manifest)), mask_png(mask))


def colours_on(
    photo: Photo, engine: Engine, picture: Image.Image | None = None
) -> tuple[tuple[GarmentColour, ...], Array]:
    """The garment's colours, largest share first, and how likely each pixel shows it; ``picture`` spares opening it."""
    picture = picture or open_jpeg(photo.jpeg, engine.manifest.mask.side)
    random = np.random.default_rng(zlib.crc32(photo.content_hash.encode()))
    linear = small_pixels(picture)
    garment = garment_or_guess(engine.saliency(picture), linear, random)
    return colours_in(linear, garment, random), garment


def tags_from(seen: Recognition, colours: tuple[GarmentColour, ...], manifest: Manifest) -> GarmentTags:
    """Everything that is said about a garment: what was seen, and what follows from it by rule."""
    verdict = judge(seen.labels, manifest)
    tags = GarmentTags(
        category=verdict.category,
        subcategory=verdict.subcategory,
        candidates=verdict.candidates,
        colors=colours,
        pattern=judge_pattern(seen.pattern, manifest.pattern),
    )
    return with_derived(tags)
