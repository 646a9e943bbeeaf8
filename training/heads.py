"""Linear classifiers on features that are there already: multinomial logistic regression with an L2 penalty."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

from aura.vision.local.preprocess import Floats

ROUNDS = 200


@dataclass(frozen=True, slots=True)
class Linear:
    """Weights of shape (classes, features) and biases of shape (classes,)."""

    weight: Floats
    bias: Floats

    @classmethod
    def fit(cls, features: Floats, targets: Sequence[int], classes: int, penalty: float) -> Self:
        """The classifier with the least mean log-loss plus ``penalty`` times half the squared weights, per feature.

        Features are standardised while fitting, so that the penalty means the same for every network.
        """
        import torch  # not where only the result is used
        from torch.nn import functional

        mean, spread = features.mean(axis=0), features.std(axis=0) + 1e-6
        x, y = torch.from_numpy((features - mean) / spread), torch.tensor(list(targets))
        weight, bias = torch.zeros(classes, x.shape[1], requires_grad=True), torch.zeros(classes, requires_grad=True)
        solver = torch.optim.LBFGS([weight, bias], max_iter=ROUNDS, line_search_fn="strong_wolfe")

        def loss() -> torch.Tensor:
            solver.zero_grad()
            said = functional.cross_entropy(x @ weight.T + bias, y)
            total = said + penalty / 2 * weight.square().sum()
            total.backward()
            return total

        solver.step(loss)
        scaled = np.asarray(weight.detach().numpy() / spread, np.float32)
        return cls(scaled, np.asarray(bias.detach().numpy() - scaled @ mean, np.float32))

    def logits(self, features: Floats) -> Floats:
        """Logits of shape (n, classes)."""
        return np.asarray(features @ self.weight.T + self.bias, np.float32)
