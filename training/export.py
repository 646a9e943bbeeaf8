"""The shipped files: one graph that tags, one that finds the garment, the garments that the gate compares with."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import numpy_helper

from aura.vision.local.gate import ARRAY
from aura.vision.local.manifest import GATE, MASK, NAME, TAGGER, Manifest
from aura.vision.local.preprocess import Floats
from training.graph import BATCH, Graph
from training.heads import Linear
from training.network import Block


@dataclass(frozen=True, slots=True)
class Member:
    """A network of the tagger: its blocks and its classifier, whose logits are multiplied by ``weight``."""

    blocks: tuple[Block, ...]
    classifier: Linear
    weight: float = 1.0


def tagger(members: Sequence[Member], gating: int, pattern: Linear, side: int) -> bytes:
    """``tagger.onnx``: the weighted sum of the members' logits; the rest from all their pooled features.

    Every photo is looked at as it is and mirrored, and the features averaged: a point more accuracy for twice the time.

    Args:
        gating: which member's features the gate compares: one that has not learnt about clothes, for such a one has
            unlearnt to tell other things.
    """
    graph = Graph(half=True, coarse=True)
    pooled, logits = [], []
    both_ways = graph.with_mirrored("photo")
    for member in members:
        x, _ = graph.blocks(both_ways, member.blocks, side)
        pooled.append(graph.halves_mean(graph.pooled(x)))
        weight, bias = (member.weight * part for part in (member.classifier.weight, member.classifier.bias))
        logits.append(graph.linear(pooled[-1], np.asarray(weight, np.float32), np.asarray(bias, np.float32)))
    both = graph.node("Concat", pooled, axis=1)
    graph.node("Identity", [pooled[gating]], "features")
    graph.node("Sum", logits, "category")
    graph.linear(both, pattern.weight, pattern.bias, "pattern")
    sizes = {
        "features": members[gating].classifier.weight.shape[1],
        "category": len(members[0].classifier.bias),
        "pattern": len(pattern.bias),
    }
    outputs = {name: [BATCH, size] for name, size in sizes.items()}
    return graph.model({"photo": [BATCH, 3, side, side]}, outputs)


def mask(published: Path) -> bytes:
    """``mask.onnx``: the published U²-Net, its first output only, for any side, weights in half precision."""
    model = onnx.load(published)
    del model.graph.output[1:]
    graph = Graph(half=True)
    for weight in model.graph.initializer:
        graph.constant(numpy_helper.to_array(weight), weight.name)
    nodes = _needed(model.graph.node, {output.name for output in model.graph.output})
    for value in (*model.graph.input, *model.graph.output):
        for place, size in enumerate((BATCH, None, "side", "side")):
            if size:
                value.type.tensor_type.shape.dim[place].dim_param = size
    del model.graph.node[:], model.graph.initializer[:], model.graph.value_info[:]
    model.graph.node.extend([*graph.nodes, *nodes])
    model.graph.initializer.extend(graph.weights)
    onnx.checker.check_model(model, full_check=True)
    return bytes(model.SerializeToString())


def gate(garments: Floats) -> bytes:
    """``gate.npz``: features of garments, shape (m, d), 0 or more, in 256 steps: only their direction counts."""
    file = io.BytesIO()
    arrays: dict[str, Any] = {ARRAY: np.rint(garments * (255 / garments.max())).astype(np.uint8)}
    np.savez_compressed(file, **arrays)
    return file.getvalue()


def write(folder: Path, files: Mapping[str, bytes], described: dict[str, Any]) -> dict[str, str]:
    """Write the files and the manifest that describes them; the SHA-256 of each file.

    Raises:
        ValueError: a file is missing, or the runtime could not read the manifest.
    """
    if set(files) != {TAGGER, MASK, GATE}:
        raise ValueError(f"the model consists of {TAGGER}, {MASK} and {GATE}")
    hashes = {name: hashlib.sha256(data).hexdigest() for name, data in files.items()}
    manifest = {"version": described.pop("version"), "files": hashes, **described}
    text = json.dumps(manifest, indent=2) + "\n"
    Manifest.model_validate_json(text)
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in files.items():
        (folder / name).write_bytes(data)
    (folder / NAME).write_text(text)
    return hashes


def _needed(nodes: Sequence[onnx.NodeProto], wanted: set[str]) -> list[onnx.NodeProto]:
    """The nodes that ``wanted`` values depend on, in their order."""
    kept = []
    for node in reversed(nodes):
        if wanted & set(node.output):
            kept.append(node)
            wanted |= set(node.input)
    return kept[::-1]
