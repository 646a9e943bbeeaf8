"""Training and the runtime see a photo through the same function; a second one would drift from it unnoticed."""

from __future__ import annotations

import io
import random
from pathlib import Path

import numpy as np
from PIL import Image

from aura.vision.local import preprocess
from training import cache
from training.augment import view
from training.data import Shot


def photo(width: int, height: int) -> Image.Image:
    chance = np.random.default_rng(4)
    small = Image.fromarray(chance.integers(0, 256, (9, 7, 3), dtype=np.uint8))
    return small.resize((width, height), Image.Resampling.BICUBIC)


def jpeg(picture: Image.Image) -> bytes:
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=92)
    return file.getvalue()


def test_training_has_no_preprocessing_of_its_own() -> None:
    for name in ("tagger_input", "open_jpeg"):
        assert getattr(cache, name) is getattr(preprocess, name)


def test_the_plain_view_of_a_photo_is_what_the_runtime_computes(tmp_path: Path) -> None:
    path = tmp_path / "photo.jpg"
    path.write_bytes(jpeg(photo(300, 400)))
    shot = Shot(path, "1", "Hat", "train")
    trained = cache.inputs(shot, 224, views=2, chance=random.Random(1))
    seen = preprocess.tagger_input(preprocess.open_jpeg(path.read_bytes(), 224), 224)
    assert trained.shape == (3, 3, 224, 224)
    assert np.array_equal(trained[:1], seen)
    assert not np.array_equal(trained[1], trained[0])


def test_views_repeat_with_the_seed_and_keep_to_the_picture() -> None:
    picture = photo(300, 400)
    first, again, other = (view(picture, random.Random(seed)) for seed in (1, 1, 2))
    assert np.array_equal(np.asarray(first), np.asarray(again))
    assert first.size != other.size or not np.array_equal(np.asarray(first), np.asarray(other))
    for seed in range(50):
        seen = view(picture, random.Random(seed))
        assert 0.5 < seen.width / 300 <= 1
        assert 0.5 < seen.height / 400 <= 1
        assert 0.8 < seen.width / seen.height / 0.75 < 1.25
