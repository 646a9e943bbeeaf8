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
from onnx import TensorProto, helper, numpy_helper

from aura.vision.local.gate import ARRAY
from aura.vision.local.manifest import GATE, MASK, NAME, TAGGER, Manifest
from aura.vision.local.preprocess import Floats
from training.graph import BATCH, Graph
from training.heads import Linear
from training.network import Block

HALF = 2  # which of U²-Net's outputs is enlarged from half the side; the first is all of them together


@dataclass(frozen=True, slots=True)
class Member:
    """A network of the tagger: its blocks and its classifier, whose logits count ``weight`` times; pixels it sees."""

    blocks: tuple[Block, ...]
    classifier: Linear
    weight: float = 1.0
    side: int = 224


def tagger(members: Sequence[Member], gating: int, pattern: Linear) -> bytes:
    """``tagger.onnx``: the weighted sum of the members' logits; the rest from all their pooled features.

    Every photo is looked at as it is and mirrored, and the features averaged: a point more accuracy for twice the time.

    Args:
        gating: which member's features the gate compares: one that has not learnt about clothes, for such a one has
            unlearnt to tell other things.
    """
    graph = Graph(half=True, coarse=True)
    pooled, logits = [], []
    sides = {f"photo_{side}": side for side in sorted({member.side for member in members})}
    both_ways = {side: graph.with_mirrored(name) for name, side in sides.items()}
    for member in members:
        x, _ = graph.blocks(both_ways[member.side], member.blocks, member.side)
        pooled.append(graph.halves_mean(graph.pooled(x)))
        if not member.weight:
            continue
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
    return graph.model({name: [BATCH, 3, side, side] for name, side in sides.items()}, outputs)


def mask(published: Path) -> bytes:
    """``mask.onnx``: the published U²-Net up to its map of half the side, for any side, weights in half precision.

    U²-Net learnt each of its six maps to be the mask (Qin et al., 2020, "deep supervision"). That of half the side is
    as good for colours as the full one, and takes less than half of its time: the last stage is left out.
    """
    model = onnx.load(published)
    graph = Graph(half=True)
    last = _before_enlarging(model.graph, model.graph.output[HALF].name)
    nodes = _needed(model.graph.node, {last})
    wanted = {name for node in nodes for name in node.input}
    for weight in model.graph.initializer:
        if weight.name in wanted:
            graph.constant(numpy_helper.to_array(weight), weight.name)
    graph.nodes.extend(nodes)
    graph.node("Sigmoid", [last], "saliency")
    shape = [BATCH, 1, "half", "half"]
    for place, size in enumerate((BATCH, None, "side", "side")):
        if size:
            model.graph.input[0].type.tensor_type.shape.dim[place].dim_param = size
    del model.graph.node[:], model.graph.initializer[:], model.graph.value_info[:], model.graph.output[:]
    model.graph.node.extend(graph.nodes)
    model.graph.initializer.extend(graph.weights)
    model.graph.output.append(helper.make_tensor_value_info("saliency", TensorProto.FLOAT, shape))
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


def _before_enlarging(graph: onnx.GraphProto, name: str) -> str:
    """The map that becomes the output ``name``, in its own size: what the convolution before it makes."""
    made = {output: node for node in graph.node for output in node.output}
    while made[name].op_type != "Conv":
        name = made[name].input[0]
    return name


def _needed(nodes: Sequence[onnx.NodeProto], wanted: set[str]) -> list[onnx.NodeProto]:
    """The nodes that ``wanted`` values depend on, in their order."""
    kept = []
    for node in reversed(nodes):
        if wanted & set(node.output):
            kept.append(node)
            wanted |= set(node.input)
    return kept[::-1]
