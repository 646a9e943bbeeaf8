"""Activations of the lower blocks, which do not learn: computed once, by onnxruntime, and kept in half precision."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from PIL import Image

from aura.vision.local.engine import sides_of
from aura.vision.local.preprocess import Floats, open_jpeg, tagger_input, tagger_inputs
from training.augment import view
from training.data import Shot

Halves = NDArray[np.float16]
OPENED_AT = 512  # pixels: photos are scaled to no less than that while decoding
BATCH = 8


def session(model: bytes) -> onnxruntime.InferenceSession:
    """A session on one thread that keeps no memory."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.enable_cpu_mem_arena = False
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])


def activations(
    model: bytes,
    shots: Sequence[Shot],
    side: int,
    views: int,
    seed: int,
    step: Callable[[], object] = lambda: None,
) -> Halves:
    """What the lower blocks make of every photo, shape (photos, views + 1, channels, side', side').

    The first view is the photo as it is; ``step`` is called after each photo.
    """
    run, chance = session(model), random.Random(seed)  # noqa: S311 - no secret
    kept: Halves | None = None
    for place, shot in enumerate(shots):
        made = run.run(None, {"photo": inputs(shot, side, views, chance)})[0]
        if kept is None:
            kept = np.empty((len(shots), *made.shape), np.float16)
        kept[place] = made
        step()
    return kept if kept is not None else np.empty((0, views + 1, 0, 0, 0), np.float16)


def outputs(model: bytes, pictures: Iterator[Image.Image]) -> dict[str, Floats]:
    """Every output of a model for each picture, stacked."""
    run = session(model)
    sides = sides_of(run)
    names = [output.name for output in run.get_outputs()]
    rows = [run.run(None, tagger_inputs(picture, sides)) for picture in pictures]
    return {name: np.concatenate([row[place] for row in rows]) for place, name in enumerate(names)}


def opened(shots: Sequence[Shot]) -> Iterator[Image.Image]:
    """The pictures, as the runtime opens them."""
    return (open_jpeg(shot.path.read_bytes(), OPENED_AT) for shot in shots)


def inputs(shot: Shot, side: int, views: int, chance: random.Random) -> Floats:
    """The photo as it is and ``views`` random views of it, shape (views + 1, 3, side, side)."""
    picture = open_jpeg(shot.path.read_bytes(), OPENED_AT)
    seen = [picture, *(view(picture, chance) for _ in range(views))]
    return np.concatenate([tagger_input(each, side) for each in seen])
