"""Writes networks as ONNX graphs, node by node: no tracing, and nothing in the file but what runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from aura.vision.local.preprocess import Floats
from training.network import Block, Layer
from training.upper import FLOOR

OPSET, IR_VERSION = 17, 8
BATCH = "N"
STEPS = 127  # on either side of nought


class Graph:
    """A growing graph.

    Args:
        half: weights of two and more dimensions are stored in half precision.
        coarse: those of convolutions that only mix channels, which are nearly all, as whole numbers from -127 to 127
            and one factor for each output. Computed with are floats in any case: a file that is half as big is all
            that this is for.
    """

    def __init__(self, *, half: bool, coarse: bool = False) -> None:
        self.half, self.coarse = half, coarse
        self._run: dict[tuple[str, int], tuple[str, int]] = {}
        self.nodes: list[onnx.NodeProto] = []
        self.weights: list[onnx.TensorProto] = []

    def node(self, kind: str, inputs: Sequence[str], name: str = "", **attributes: object) -> str:
        """Add an operation; the name of its output."""
        name = name or f"{kind.lower()}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, list(inputs), [name], name=name, **attributes))
        return name

    def constant(self, values: np.ndarray, name: str = "") -> str:
        """Add an array; the name under which nodes use it."""
        name = name or f"weight_{len(self.weights)}"
        if self.half and values.dtype == np.float32 and values.ndim > 1:
            self.weights.append(numpy_helper.from_array(values.astype(np.float16), f"{name}_half"))
            return self.node("Cast", [f"{name}_half"], name, to=TensorProto.FLOAT)
        self.weights.append(numpy_helper.from_array(values, name))
        return name

    def steps(self, values: Floats) -> str:
        """Add an array as whole numbers and a factor for each row; the name under which nodes use it as floats."""
        name = f"weight_{len(self.weights)}"
        highest = np.abs(values).max(axis=tuple(range(1, values.ndim)), keepdims=True)
        factor = np.asarray(np.maximum(highest, 1e-12) / STEPS, np.float32)
        self.weights.append(numpy_helper.from_array(np.rint(values / factor).astype(np.int8), f"{name}_steps"))
        self.weights.append(numpy_helper.from_array(factor, f"{name}_factor"))
        floats = self.node("Cast", [f"{name}_steps"], to=TensorProto.FLOAT)
        return self.node("Mul", [floats, f"{name}_factor"], name)

    def blocks(self, x: str, blocks: Sequence[Block], side: int) -> tuple[str, int]:
        """Run ``x`` through blocks; its new name and side. What one network shares with another is run once."""
        for block in blocks:
            place = x, id(block)
            if place not in self._run:
                self._run[place] = self._block(x, block, side)
            x, side = self._run[place]
        return x, side

    def pooled(self, x: str, name: str = "") -> str:
        """The square roots of the mean of every channel, shape (N, channels); the same as ``Upper.features``."""
        mean = self.node("ReduceMean", [x], axes=[2, 3], keepdims=0)
        return self.node("Sqrt", [self.node("Add", [mean, self.constant(np.array([FLOOR], np.float32))])], name)

    def with_mirrored(self, x: str) -> str:
        """The pictures and after them their mirror images, shape (2 N, …)."""
        start, end, axis, step = (self.constant(np.array([each], np.int64)) for each in (-1, -(1 << 31), 3, -1))
        return self.node("Concat", [x, self.node("Slice", [x, start, end, axis, step])], axis=0)

    def halves_mean(self, x: str) -> str:
        """The mean of the first and the second half of the rows, shape (N, …)."""
        halves = [f"{x}_as_is", f"{x}_mirrored"]
        self.nodes.append(helper.make_node("Split", [x], halves, name=f"{x}_halves", axis=0))
        return self.node("Mean", halves)

    def linear(self, x: str, weight: Floats, bias: Floats, name: str = "") -> str:
        """A fully connected layer: weight (out, in), bias (out,)."""
        return self.node("Gemm", [x, self.constant(weight), self.constant(bias)], name, transB=1)

    def _block(self, x: str, block: Block, side: int) -> tuple[str, int]:
        y = x
        for layer in block.layers:
            y = self._convolved(y, layer, side)
            side = -(-side // layer.stride)
        return (self.node("Add", [x, y]) if block.skip else y), side

    def _convolved(self, x: str, layer: Layer, side: int) -> str:
        before, after = layer.padding(side)
        coarse = self.coarse and layer.size == 1
        weight = self.steps(layer.weight) if coarse else self.constant(layer.weight)
        inputs = [x, weight, self.constant(layer.bias)]
        pads, strides = [before, before, after, after], [layer.stride, layer.stride]
        x = self.node("Conv", inputs, group=layer.groups, pads=pads, strides=strides)
        if not layer.active:
            return x
        return self.node("Clip", [x, self.constant(np.array(0, np.float32)), self.constant(np.array(6, np.float32))])

    def model(self, inputs: Mapping[str, Sequence[object]], outputs: Mapping[str, Sequence[object]]) -> bytes:
        """The checked model file; names and shapes (sizes or symbols) of what goes in and what comes out."""
        graph = helper.make_graph(self.nodes, "tagger", _values(inputs), _values(outputs), self.weights)
        opsets = [helper.make_opsetid("", OPSET)]
        model = helper.make_model(graph, opset_imports=opsets, ir_version=IR_VERSION, producer_name="aura-training")
        onnx.checker.check_model(model, full_check=True)
        return bytes(model.SerializeToString())


def trunk(blocks: Sequence[Block], side: int) -> bytes:
    """A model from ``photo`` to ``activations`` after the last of ``blocks``."""
    graph = Graph(half=False)
    x, after = graph.blocks("photo", blocks, side)
    graph.node("Identity", [x], "activations")
    channels = len(blocks[-1].layers[-1].bias)
    return graph.model({"photo": [BATCH, 3, side, side]}, {"activations": [BATCH, channels, after, after]})


def pooling(blocks: Sequence[Block], side: int) -> bytes:
    """A model from ``photo`` to the pooled ``features`` of a whole network."""
    graph = Graph(half=False)
    x, _ = graph.blocks("photo", blocks, side)
    graph.pooled(x, "features")
    channels = len(blocks[-1].layers[-1].bias)
    return graph.model({"photo": [BATCH, 3, side, side]}, {"features": [BATCH, channels]})


def _values(shapes: Mapping[str, Sequence[object]]) -> list[onnx.ValueInfoProto]:
    return [helper.make_tensor_value_info(name, TensorProto.FLOAT, list(shape)) for name, shape in shapes.items()]
