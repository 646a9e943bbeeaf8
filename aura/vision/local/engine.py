"""The networks, loaded and run: from a picture to numbers, on whatever thread calls. Nothing here knows an event loop.

onnxruntime is told to compute on the calling thread alone and to keep no arena: how many photos are computed at once
is the caller's choice, and between photos the memory goes back.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from aura.vision.local.gate import Gate
from aura.vision.local.judging import softmax
from aura.vision.local.manifest import GATE, MASK, TAGGER, Manifest, ModelFolder
from aura.vision.local.preprocess import Floats, mask_input, tagger_inputs

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

FEATURES, CATEGORY, PATTERN = "features", "category", "pattern"


@dataclass(frozen=True, slots=True)
class Recognition:
    """What the tagger sees on one picture.

    Attributes:
        nearness: to garments that it knows, -1 to 1; ``garment``: whether that is near enough.
        labels: the probability of each label, in the manifest's order.
        pattern: the logits of each kind of pattern.
    """

    nearness: float
    garment: bool
    labels: tuple[float, ...]
    pattern: Floats


class Engine:
    """The networks of one model folder; any number of threads may use it at a time.

    Attributes:
        manifest: of the folder.
        tagger, mask: the networks as onnxruntime holds them.
        sides: of the tagger's square inputs, by name, in pixels.

    Raises:
        ConfigurationError: a file is missing or is not what the manifest says.
    """

    def __init__(self, folder: ModelFolder) -> None:
        self.manifest: Manifest = folder.manifest
        self._gate = Gate.read(folder.read(GATE), folder.manifest.gate)
        self.tagger = _session(folder.read(TAGGER))
        self.mask = _session(folder.read(MASK))
        self.sides: dict[str, int] = sides_of(self.tagger)

    def recognise(self, picture: Image.Image) -> Recognition:
        """What an upright RGB picture shows."""
        given = tagger_inputs(picture, self.sides)
        features, category, pattern = self.tagger.run([FEATURES, CATEGORY, PATTERN], given)
        near = self._gate.nearness(features[0])
        labels = softmax(category[0], self.manifest.temperature)
        return Recognition(near, self._gate.passes(near), tuple(labels.tolist()), pattern[0])

    def saliency(self, picture: Image.Image) -> Floats:
        """How much each part of an RGB picture stands out, 0..1: a square map of the squashed picture."""
        given = {self.mask.get_inputs()[0].name: mask_input(picture, self.manifest.mask.side)}
        found = self.mask.run([self.mask.get_outputs()[0].name], given)[0]
        return np.asarray(found, np.float32).reshape(found.shape[-2:])


def sides_of(tagger: InferenceSession) -> dict[str, int]:
    """The sides of a tagger's square inputs in pixels, by name."""
    return {each.name: int(each.shape[2]) for each in tagger.get_inputs()}


def _session(model: bytes) -> InferenceSession:
    """A network ready to run."""
    import onnxruntime  # only here: an optional extra, and slow to import

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.enable_cpu_mem_arena = options.enable_mem_pattern = False
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
