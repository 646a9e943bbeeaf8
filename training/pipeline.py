"""From a folder of labelled photos to the shipped files and the report about them, step by step."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from rich.progress import Progress

from aura.vision.local.gate import nearness, unit
from aura.vision.local.manifest import GATE, MASK, TAGGER
from aura.vision.local.preprocess import Floats
from aura.vision.vocabulary import Pattern
from training import export
from training.cache import opened, outputs
from training.calibration import Point, choose_threshold, coverage_curve, fit_temperature
from training.data import Dataset, Shot, targets
from training.export import Member
from training.fit import Recipe
from training.gating import NEIGHBOURS, auroc, main_directions, nearness_to_others, threshold_for
from training.heads import Linear
from training.judge import Judged
from training.labels import described
from training.members import SEED, Learnt, Plan, learn
from training.others import pictures
from training.pattern import PatternResult, learn_pattern
from training.sides import Sides

VERSION = "clothing-1"
PASSING = 0.99  # share of garments by strangers that the gate must let through
COMPARED = 2000  # garments that the gate compares with
ACCURACY, COVERAGE = 0.96, 0.85  # wanted at the threshold
PLANS = (
    Plan("lite0", cut=9, views=6, recipe=Recipe(epochs=8)),
    Plan("lite2", cut=17, views=2, recipe=Recipe(epochs=8)),
)


@dataclass(frozen=True, slots=True)
class GateResult:
    """The gate: projection, garments, threshold, and how it did."""

    projection: Linear
    garments: Floats
    threshold: float
    figures: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Result:
    """What the report tells and the files hold."""

    sides: Sides
    judged: dict[str, Judged]
    members: dict[str, dict[str, Judged]]
    temperature: float
    point: Point
    pattern: PatternResult
    gate: GateResult
    sizes: dict[str, int]
    seconds: dict[str, float]
    contributors: dict[str, int]


def train(
    data: Dataset, mask: Path, others: Sequence[Path], work: Path, model: Path, plans: Sequence[Plan], bar: Progress
) -> Result:
    """Teach every network of ``plans``, join them, write the model folder, and judge what was written.

    Args:
        mask: the published ``u2netp.onnx``.
        others: folders of pictures that show no garment.
        work: where slow steps are kept, so that a second run does not repeat them.
        model: the folder to write.
    """
    torch.set_num_threads(1)
    work.mkdir(parents=True, exist_ok=True)
    sides, clock, seconds = Sides.of(data.shots), time.monotonic(), {}
    learnt = []
    for plan in plans:
        learnt.append(learn(plan, data.shots, sides.learning, sides.validation, work, bar))
        seconds[plan.name], clock = time.monotonic() - clock, time.monotonic()
    side = plans[0].side
    joined = np.concatenate([each.features for each in learnt], axis=1)
    members, logits = _weighed(plans, learnt, data.shots, sides.validation)
    temperature, point = _tuned(logits, data.shots, sides.validation)
    pattern = learn_pattern(joined, data)
    gate = _gate(joined, data.shots, sides)
    tagger = export.tagger(members, gate.projection, pattern.head, side)
    gate = _tried(gate, tagger, others, side, bar)
    files = {TAGGER: tagger, MASK: export.mask(mask), GATE: export.gate(gate.garments)}
    export.write(model, files, _manifest(side, temperature, point, pattern, gate))
    judged = _judged(tagger, data.shots, sides, temperature, side, bar)
    seconds["tuning, export and judging"] = time.monotonic() - clock
    single = {plan.name: _single(each, data.shots, sides) for plan, each in zip(plans, learnt, strict=True)}
    sizes = {name: len(content) for name, content in files.items()}
    met = {name: len({data.shots[place].sender for place in places}) for name, places in asdict(sides).items()}
    return Result(sides, judged, single, temperature, point, pattern, gate, sizes, seconds, met)


def _weighed(
    plans: Sequence[Plan], learnt: Sequence[Learnt], shots: Sequence[Shot], validation: Sequence[int]
) -> tuple[list[Member], Floats]:
    """The members with the weights of their plans, and the sum of their logits.

    Each network's logits are divided by its own temperature first, or the most boastful one would decide alone.
    """
    said = np.array(targets([shots[place] for place in validation]))
    every = sum(plan.weight for plan in plans)
    members, total = [], np.zeros_like(learnt[0].logits)
    for plan, each in zip(plans, learnt, strict=True):
        weight = plan.weight / every / fit_temperature(np.asarray(each.logits[validation], np.float64), said)
        members.append(replace(each.member, weight=weight))
        total += np.asarray(each.logits * weight, np.float32)
    return members, total


def _tuned(logits: Floats, shots: Sequence[Shot], validation: Sequence[int]) -> tuple[float, Point]:
    """The temperature and the threshold, from validation photos: two numbers, nothing else is chosen by them."""
    chosen = np.asarray(logits[validation], np.float64)
    said = targets([shots[place] for place in validation])
    temperature = fit_temperature(chosen, np.array(said))
    judged = Judged.of(logits[validation], said, temperature)
    return temperature, choose_threshold(coverage_curve(judged.confidence, judged.correct), ACCURACY, COVERAGE)


def _gate(joined: Floats, shots: Sequence[Shot], sides: Sides) -> GateResult:
    projection = main_directions(joined[sides.learning])
    features = projection.logits(joined)
    chance = np.random.default_rng(SEED)
    kept = chance.permutation(sides.learning)[:COMPARED]
    garments = unit(features[kept])
    unmet = nearness(features[sides.strangers], garments, NEIGHBOURS)
    known = nearness_to_others(features[kept], [shots[place].sender for place in kept])
    seen = nearness(features[sides.validation], garments, NEIGHBOURS)
    threshold = min(threshold_for(np.concatenate([unmet, known]), PASSING), threshold_for(seen, PASSING))
    unclear = [place for place, shot in enumerate(shots) if shot.target < 0]
    passing = {
        "validation_passing": float((seen >= threshold).mean()),
        "strangers_passing": float((unmet >= threshold).mean()),
        "unclear_passing": float((nearness(features[unclear], garments, NEIGHBOURS) >= threshold).mean()),
    }
    return GateResult(projection, garments, threshold, {**passing, "garments": np.concatenate([seen, unmet])})


def _tried(gate: GateResult, tagger: bytes, folders: Sequence[Path], side: int, bar: Progress) -> GateResult:
    """The gate tried on pictures that show no garment, through the graph that ships."""
    sources: list[str] = []

    def taken() -> Any:
        for source, picture in bar.track(pictures(folders, SEED), description="other pictures"):
            sources.append(source)
            yield picture

    scores = nearness(outputs(tagger, taken(), side)["features"], gate.garments, NEIGHBOURS)
    garments = gate.figures.pop("garments")
    refused = scores < gate.threshold
    per_source = {
        source: {"pictures": sources.count(source), "refused": int(refused[np.array(sources) == source].sum())}
        for source in sorted(set(sources))
    }
    tried = {"auroc": auroc(garments, scores), "others_refused": float(refused.mean()), "others": per_source}
    return GateResult(gate.projection, gate.garments, gate.threshold, {**gate.figures, **tried})


def _manifest(side: int, temperature: float, point: Point, pattern: PatternResult, gate: GateResult) -> dict[str, Any]:
    return {
        "version": VERSION,
        "side": side,
        "labels": described(),
        "temperature": round(temperature, 4),
        "threshold": round(point.threshold, 2),
        "pattern": {
            "kinds": [Pattern(kind).value for kind in pattern.kinds],
            "temperature": round(pattern.temperature, 4),
            "threshold": round(pattern.point.threshold, 2),
        },
        "gate": {"k": NEIGHBOURS, "threshold": gate.threshold},
        "mask": {"side": 192},
    }


def _judged(
    tagger: bytes, shots: Sequence[Shot], sides: Sides, temperature: float, side: int, bar: Progress
) -> dict[str, Judged]:
    """What the written graph says of the photos that nothing was learnt from."""
    judged = {}
    for name, places in (("validation", sides.validation), ("strangers", sides.strangers)):
        chosen = [shots[place] for place in places]
        seen = bar.track(opened(chosen), total=len(chosen), description=f"judging: {name}")
        judged[name] = Judged.of(outputs(tagger, iter(seen), side)["category"], targets(chosen), temperature)
    return judged


def _single(learnt: Learnt, shots: Sequence[Shot], sides: Sides) -> dict[str, Judged]:
    """What one network says on its own."""
    pairs = (("validation", sides.validation), ("strangers", sides.strangers))
    return {name: Judged.of(learnt.logits[places], targets([shots[p] for p in places]), 1.0) for name, places in pairs}
