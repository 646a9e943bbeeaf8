"""The blocks that learn, as a PyTorch module, and the classifier on their pooled features.

The depthwise filters stay what ImageNet made them: they hold 4 % of these blocks' weights, and their gradient alone
would take a third of the time. What mixes the channels learns.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from training.network import Block, Layer

FLOOR = 1e-3  # under the square root, whose slope at nought is infinite


class Convolution(nn.Module):
    """One layer, for inputs of one fixed side."""

    def __init__(self, layer: Layer, side: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.from_numpy(layer.weight.copy()).contiguous(memory_format=torch.channels_last))
        self.bias = nn.Parameter(torch.from_numpy(layer.bias.copy()))
        self.stride, self.active, self.groups = layer.stride, layer.active, layer.groups
        self.weight.requires_grad_(self.groups == 1)  # few weights, yet a third of the time: see the module's docstring
        self.before, self.after = layer.padding(side)

    def forward(self, x: Tensor) -> Tensor:
        padding = self.before
        if self.before != self.after:
            x = functional.pad(x, (self.before, self.after, self.before, self.after))
            padding = 0
        x = functional.conv2d(x, self.weight, self.bias, self.stride, padding, 1, self.groups)
        return functional.relu6(x) if self.active else x

    def layer(self) -> Layer:
        """The layer as it has been learnt."""
        weight, bias = self.weight.detach().contiguous().numpy(), self.bias.detach().numpy()
        return Layer(weight.copy(), bias.copy(), self.stride, self.active)


class Upper(nn.Module):
    """Activations of shape (n, channels, side, side) in, features of shape (n, 1280) and logits out."""

    def __init__(self, blocks: Sequence[Block], side: int, classes: int) -> None:
        super().__init__()
        self.skips = [block.skip for block in blocks]
        self.blocks = nn.ModuleList()
        for block in blocks:
            layers = nn.ModuleList()
            for layer in block.layers:
                layers.append(Convolution(layer, side))
                side = -(-side // layer.stride)
            self.blocks.append(layers)
        self.classifier = nn.Linear(len(blocks[-1].layers[-1].bias), classes)

    def features(self, x: Tensor) -> Tensor:
        """The square roots of the pooled features: their few high values would drown the many low ones."""
        for layers, skip in zip(self.blocks, self.skips, strict=True):
            y = x
            for layer in layers:
                y = layer(y)
            x = x + y if skip else y
        return torch.sqrt(x.mean(dim=(2, 3)) + FLOOR)

    def forward(self, x: Tensor, dropout: float = 0.0) -> Tensor:
        features = self.features(x)
        return self.classifier(functional.dropout(features, dropout)) if dropout else self.classifier(features)

    def learnt(self) -> tuple[Block, ...]:
        """The blocks as they have been learnt."""
        pairs = zip(self.blocks, self.skips, strict=True)
        return tuple(Block(tuple(layer.layer() for layer in layers), skip) for layers, skip in pairs)

    def start_from(self, weight: np.ndarray, bias: np.ndarray) -> None:
        """Give the classifier these weights, shape (classes, features), and biases."""
        with torch.no_grad():
            self.classifier.weight.copy_(torch.from_numpy(weight))
            self.classifier.bias.copy_(torch.from_numpy(bias))
