"""EfficientNet-lite as plain layers, read from the published ImageNet weights.

Batch normalisation is folded into the convolutions when the weights are read: its statistics stay those of ImageNet
(batches of clothes would only blur them), training is a third faster and the exported graph is smaller.
Architecture: Tan and Le, 2019, without squeeze-and-excitation and with ReLU6 (the "lite" variants, Google 2020).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from aura.vision.local.preprocess import Floats

EPSILON = 1e-3  # of every batch normalisation in these networks
STAGE_STRIDES = (1, 2, 2, 2, 1, 2, 1)


@dataclass(frozen=True, slots=True)
class Layer:
    """A convolution with "SAME" padding, and ReLU6 after it where ``active``.

    Attributes:
        weight: shape (out, in, size, size); (out, 1, size, size) where every channel has its own filter.
        bias: shape (out,).
    """

    weight: Floats
    bias: Floats
    stride: int = 1
    active: bool = True

    @property
    def size(self) -> int:
        """The filter's side."""
        return int(self.weight.shape[2])

    @property
    def groups(self) -> int:
        """How many groups of channels are convolved apart: all or one."""
        return int(self.weight.shape[0]) if self.weight.shape[1] == 1 and self.size > 1 else 1

    def padding(self, side: int) -> tuple[int, int]:
        """Zeros before and after an input of ``side`` pixels, as TensorFlow's "SAME" places them."""
        total = max((math.ceil(side / self.stride) - 1) * self.stride + self.size - side, 0)
        return total // 2, total - total // 2


@dataclass(frozen=True, slots=True)
class Block:
    """Layers one after the other; their result is added to their input where ``skip``."""

    layers: tuple[Layer, ...]
    skip: bool = False

    def side_after(self, side: int) -> int:
        """The side of the output for an input of ``side``."""
        for layer in self.layers:
            side = math.ceil(side / layer.stride)
        return side


def read_network(path: Path) -> tuple[Block, ...]:
    """The blocks of a published checkpoint from the stem to the last convolution, without its ImageNet classes."""
    import torch

    state = torch.load(path, map_location="cpu", weights_only=True)
    return blocks_of({name: np.asarray(value.numpy(), np.float64) for name, value in state.items()})


def blocks_of(state: Mapping[str, Any]) -> tuple[Block, ...]:
    """The blocks of a state dictionary with the names of ``efficientnet_lite_pytorch``."""
    count = 1 + max(int(name.split(".")[1]) for name in state if name.startswith("_blocks."))
    stem = Block((_folded(state, "_conv_stem", "_bn0", stride=2),))
    head = Block((_folded(state, "_conv_head", "_bn1"),))
    strides, middle = iter(STAGE_STRIDES), []
    for index in range(count):
        changes = _channels(state, index)[0] != _channels(state, index)[1]
        middle.append(_block(state, index, next(strides) if changes else 1, skip=not changes))
    return (stem, *middle, head)


def split_at(blocks: tuple[Block, ...], cut: int) -> tuple[tuple[Block, ...], tuple[Block, ...]]:
    """The lower blocks that stay as they are and the upper ones that learn; ``cut`` counts the MBConv blocks."""
    return blocks[: cut + 1], blocks[cut + 1 :]


def _block(state: Mapping[str, Any], index: int, stride: int, *, skip: bool) -> Block:
    name = f"_blocks.{index}."
    layers = [
        _folded(state, f"{name}_depthwise_conv", f"{name}_bn1", stride=stride),
        _folded(state, f"{name}_project_conv", f"{name}_bn2", active=False),
    ]
    if f"{name}_expand_conv.weight" in state:
        layers.insert(0, _folded(state, f"{name}_expand_conv", f"{name}_bn0"))
    return Block(tuple(layers), skip)


def _channels(state: Mapping[str, Any], index: int) -> tuple[int, int]:
    first = "_expand_conv" if f"_blocks.{index}._expand_conv.weight" in state else "_depthwise_conv"
    weight = state[f"_blocks.{index}.{first}.weight"]
    into = weight.shape[1] if first == "_expand_conv" else weight.shape[0]
    return int(into), int(state[f"_blocks.{index}._project_conv.weight"].shape[0])


def _folded(state: Mapping[str, Any], conv: str, norm: str, *, stride: int = 1, active: bool = True) -> Layer:
    scale = state[f"{norm}.weight"] / np.sqrt(state[f"{norm}.running_var"] + EPSILON)
    bias = state[f"{norm}.bias"] - state[f"{norm}.running_mean"] * scale
    weight = state[f"{conv}.weight"] * scale[:, None, None, None]
    return Layer(weight.astype(np.float32), bias.astype(np.float32), stride, active)
