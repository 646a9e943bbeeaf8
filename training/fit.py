"""Teaches the upper blocks of a network: AdamW, a cosine schedule, mixup of activations, and averaged weights.

Mixup: Zhang et al., 2018, here between the activations of two photos; averaged weights: Polyak and Juditsky, 1992.
"""

from __future__ import annotations

import copy
import hashlib
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from aura.vision.local.preprocess import Floats
from training.cache import Halves
from training.upper import Upper

BATCH = 32


@dataclass(frozen=True, slots=True)
class Recipe:
    """How to learn; rates are those of the blocks and of the classifier.

    Attributes:
        epochs: over which the rates fall to nought.
        ended: after how many of them learning ends; None: all.
        balance: to which power of its inverse frequency a class counts. Taking that out of the logits again, as theory
            has it, costs a point on validation.
        careful: whether photos are left out whose label is doubted (``doubts.py``).
    """

    epochs: int = 7
    ended: int | None = None
    rate: float = 2e-4
    classifier_rate: float = 5e-4
    decay: float = 0.02
    smoothing: float = 0.1
    mixup: float = 0.3
    dropout: float = 0.3
    average: float = 0.995
    balance: float = 0.25
    careful: bool = True
    seed: int = 20261123

    @property
    def lasting(self) -> int:
        """How many epochs are gone through."""
        return self.epochs if self.ended is None else self.ended


def digest(recipes: Sequence[Recipe]) -> str:
    """Tells what was learnt by some recipes, one after the other, from what was learnt by others."""
    return hashlib.sha256(repr(tuple(recipes)).encode()).hexdigest()[:12]


class Average:
    """The exponential moving average of a module's weights, which jumps less than the weights do."""

    def __init__(self, module: Upper, keep: float) -> None:
        self.module, self.keep, self.steps = copy.deepcopy(module), keep, 0

    def update(self, module: Upper) -> None:
        """Move a little towards the weights of ``module``; at the start more than a little."""
        self.steps += 1
        keep = min(self.keep, (1 + self.steps) / (10 + self.steps))
        with torch.no_grad():
            for mine, theirs in zip(self.module.parameters(), module.parameters(), strict=True):
                mine.lerp_(theirs, 1 - keep)


def fit(
    upper: Upper,
    cached: Halves,
    targets: Sequence[int],
    recipe: Recipe,
    told: Callable[[int, Upper, float], object] = lambda _epoch, _upper, _loss: None,
) -> Upper:
    """The averaged network after learning from ``cached``, shape (photos, views, channels, side, side).

    ``told`` is called after each epoch with its number, the average so far and the mean loss.
    """
    torch.manual_seed(recipe.seed)
    chance = np.random.default_rng(recipe.seed)
    classes = torch.tensor(targets)
    weights = _class_weights(classes, upper.classifier.out_features, recipe.balance)
    optimiser = torch.optim.AdamW(_groups(upper, recipe), weight_decay=recipe.decay, fused=True)
    batches = len(targets) // BATCH
    rates = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda step: _rate(step, batches * recipe.epochs))
    average = Average(upper, recipe.average)
    for epoch in range(recipe.lasting):
        losses = []
        for chosen in np.array_split(chance.permutation(len(targets)), batches):
            loss = _loss(upper, _views(cached, chosen, chance), classes[chosen], weights, recipe, chance)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            rates.step()
            average.update(upper)
            losses.append(float(loss.detach()))
        told(epoch, average.module, float(np.mean(losses)))
    return average.module


def logits_of(upper: Upper, cached: Halves) -> Floats:
    """The logits of each photo as it is (its first view), shape (photos, classes)."""
    with torch.no_grad():
        parts = [upper(_tensor(cached[start : start + 64, 0])) for start in range(0, len(cached), 64)]
    return np.asarray(torch.cat(parts).numpy(), np.float32)


def features_of(upper: Upper, cached: Halves) -> Floats:
    """The pooled features of each photo as it is, shape (photos, features)."""
    with torch.no_grad():
        parts = [upper.features(_tensor(cached[start : start + 64, 0])) for start in range(0, len(cached), 64)]
    return np.asarray(torch.cat(parts).numpy(), np.float32)


def _loss(
    upper: Upper, x: Tensor, classes: Tensor, weights: Tensor, recipe: Recipe, chance: np.random.Generator
) -> Tensor:
    share = float(chance.beta(recipe.mixup, recipe.mixup)) if recipe.mixup else 1.0
    order = torch.from_numpy(chance.permutation(len(classes)))
    logits = upper(x.lerp(x[order], 1 - share), recipe.dropout)
    return sum(
        part * functional.cross_entropy(logits, said, weights, label_smoothing=recipe.smoothing)
        for part, said in ((share, classes), (1 - share, classes[order]))
    )


def _views(cached: Halves, chosen: np.ndarray, chance: np.random.Generator) -> Tensor:
    """One view of each chosen photo, by chance."""
    return _tensor(cached[chosen, chance.integers(cached.shape[1], size=len(chosen))])


def _tensor(values: Halves) -> Tensor:
    return torch.from_numpy(values.astype(np.float32)).contiguous(memory_format=torch.channels_last)


def _class_weights(classes: Tensor, count: int, power: float) -> Tensor:
    """Weights that lift rare classes: the inverse of their frequency to a power, 1 on average over the photos."""
    sizes = torch.bincount(classes, minlength=count).clamp(min=1).float()
    weights = sizes**-power
    return weights * (sizes.sum() / (weights * sizes).sum())


def _groups(upper: Upper, recipe: Recipe) -> list[dict[str, object]]:
    return [
        {"params": [each for each in upper.blocks.parameters() if each.requires_grad], "lr": recipe.rate},
        {"params": list(upper.classifier.parameters()), "lr": recipe.classifier_rate},
    ]


def _rate(step: int, steps: int) -> float:
    """Up in the first twentieth, then down along a cosine."""
    warm = max(1, steps // 20)
    return (step + 1) / warm if step < warm else 0.5 * (1 + math.cos(math.pi * (step - warm) / max(1, steps - warm)))
