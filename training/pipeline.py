"""From a folder of labelled photos to the shipped files and the report about them, step by step."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from rich.progress import Progress

from aura.vision.evaluation import Evaluation
from aura.vision.image import DecodeLimits
from aura.vision.labelled import Labelled
from aura.vision.local.assess import assess, show
from aura.vision.local.engine import Engine
from aura.vision.local.manifest import GATE, MASK, TAGGER, ModelFolder
from aura.vision.local.preprocess import Floats
from aura.vision.vocabulary import Pattern
from training import export
from training.cache import opened, outputs
from training.calibration import Point, choose_threshold, coverage_curve, fit_temperature
from training.data import VALIDATION as PUBLISHED_SPLIT
from training.data import Dataset, Shot, targets
from training.export import Member
from training.gating import NEIGHBOURS, GateResult, compared, tried_gate, tuned_gate
from training.judge import Judged
from training.labels import described
from training.members import SEED, Learnt, Plan, learn
from training.others import pictures
from training.pattern import PatternResult, learn_pattern
from training.plans import VERSION
from training.sides import Sides

MASK_SIDE = 192  # pixels: a third of the time of the published 320, and right as often
ACCURACY, COVERAGE = 0.96, 0.85  # wanted at the threshold
VALIDATION, STRANGERS, UNCLEAR = "validation", "strangers", "unclear"


@dataclass(frozen=True, slots=True)
class Result:
    """What the report tells and the files hold."""

    sides: Sides
    judged: dict[str, Judged]
    evaluated: Evaluation
    members: dict[str, dict[str, Judged]]
    temperature: float
    point: Point
    pattern: PatternResult
    gate: GateResult
    sizes: dict[str, int]
    hashes: dict[str, str]
    seconds: dict[str, float]
    contributors: dict[str, int]


def train(
    data: Dataset, mask: Path, others: Sequence[Path], work: Path, model: Path, plans: Sequence[Plan], bar: Progress
) -> Result:
    """Teach every network of ``plans``, join them, write the model folder, and judge what was written.

    Args:
        mask: the published ``u2netp.onnx``.
        others: folders of pictures that show no garment.
        plans: the networks; one of them does not learn, and the gate uses it.
        work: where slow steps are kept, so that a second run does not repeat them.
        model: the folder to write.
    """
    torch.set_num_threads(1)
    work.mkdir(parents=True, exist_ok=True)
    sides, clock, seconds = Sides.of(data.shots), time.monotonic(), {}
    learnt, judging = [], _judging(data, sides)
    for plan in plans:
        learnt.append(learn(plan, data.shots, sides.learning, sides.validation, judging, work, bar))
        seconds[plan.title], clock = time.monotonic() - clock, time.monotonic()
    side = max(plan.side for plan in plans)
    joined = np.concatenate([each.features for each in learnt], axis=1)
    gating = next(place for place, plan in enumerate(plans) if plan.cut is None)
    pattern, garments = learn_pattern(joined, data), compared(learnt[gating].features, data.shots, sides.learning)
    members = _weighed(plans, learnt, data.shots, sides.validation)
    tagger = export.tagger(members, gating, pattern.head)
    asked = {
        VALIDATION: sides.validation,
        STRANGERS: sides.strangers,
        UNCLEAR: [place for place, shot in enumerate(data.shots) if shot.target < 0],
    }
    seen = {name: _seen(tagger, [data.shots[i] for i in places], name, bar) for name, places in asked.items()}
    said = {name: targets([data.shots[i] for i in asked[name]]) for name in (VALIDATION, STRANGERS)}
    temperature, point = _tuned({name: seen[name]["category"] for name in said}, said)
    gate = tuned_gate(garments, {name: each["features"] for name, each in seen.items()})
    files = {TAGGER: tagger, MASK: export.mask(mask), GATE: export.gate(garments.features)}
    hashes = export.write(model, files, _manifest(side, temperature, point, pattern, gate.threshold))
    gate = tried_gate(gate, garments, *_others(tagger, others, bar))
    evaluated = _evaluated(data.shots, model, bar)
    seconds["tuning, export and judging"] = time.monotonic() - clock
    return Result(
        sides=sides,
        judged={name: Judged.of(seen[name]["category"], said[name], temperature) for name in said},
        evaluated=evaluated,
        members={plan.title: _alone(each, asked, said) for plan, each in zip(plans, learnt, strict=True)},
        temperature=temperature,
        point=point,
        pattern=pattern,
        gate=gate,
        sizes={name: len(content) for name, content in files.items()},
        hashes=hashes,
        seconds=seconds,
        contributors={name: len({data.shots[i].sender for i in places}) for name, places in asdict(sides).items()},
    )


def _judging(data: Dataset, sides: Sides) -> list[int]:
    """The photos that something is judged by, and those whose pattern is known."""
    known = (place for place, shot in enumerate(data.shots) if shot.path.stem in data.patterns)
    return sorted({*sides.validation, *sides.strangers, *known})


def _weighed(
    plans: Sequence[Plan], learnt: Sequence[Learnt], shots: Sequence[Shot], validation: Sequence[int]
) -> list[Member]:
    """The members with the weights of their plans.

    Each network's logits are divided by its own temperature first, or the most boastful one would decide alone.
    """
    said = np.array(targets([shots[place] for place in validation]))
    every = sum(plan.weight for plan in plans)
    temperatures = [fit_temperature(np.asarray(each.logits[validation], np.float64), said) for each in learnt]
    return [
        replace(each.member, weight=plan.weight / every / temperature)
        for plan, each, temperature in zip(plans, learnt, temperatures, strict=True)
    ]


def _seen(tagger: bytes, shots: Sequence[Shot], name: str, bar: Progress) -> dict[str, Floats]:
    """What the graph that ships says of photos: the figures are its own, not those of what it was made from."""
    return outputs(tagger, iter(bar.track(opened(shots), total=len(shots), description=f"judging: {name}")))


def _evaluated(shots: Sequence[Shot], model: Path, bar: Progress) -> Evaluation:
    """The whole published validation split as ``aura evaluate`` sees it: by the files written, run as they will be."""
    photos = [Labelled(shot.path, shot.label) for shot in shots if shot.split == PUBLISHED_SPLIT]
    task, engine = bar.add_task("judging: as evaluated", total=len(photos)), Engine(ModelFolder.open(model))
    return assess(show(photos, engine, DecodeLimits(), 1, lambda: bar.advance(task)), engine).figures


def _others(tagger: bytes, folders: Sequence[Path], bar: Progress) -> tuple[Floats, list[str]]:
    """Features of pictures that show no garment, and the source of each."""
    sources: list[str] = []

    def taken() -> Iterator[Image.Image]:
        for source, picture in bar.track(pictures(folders, SEED), description="judging: other pictures"):
            sources.append(source)
            yield picture

    return outputs(tagger, taken())["features"], sources


def _tuned(logits: Mapping[str, Floats], said: Mapping[str, list[int]]) -> tuple[float, Point]:
    """The temperature, by people whom training never met, and the threshold, by the validation split.

    So how honest the confidence is can be judged on validation, which had no part in it.
    """
    temperature = fit_temperature(np.asarray(logits[STRANGERS], np.float64), np.array(said[STRANGERS]))
    judged = Judged.of(logits[VALIDATION], said[VALIDATION], temperature)
    return temperature, choose_threshold(coverage_curve(judged.confidence, judged.correct), ACCURACY, COVERAGE)


def _manifest(
    side: int, temperature: float, point: Point, pattern: PatternResult, gate_threshold: float
) -> dict[str, Any]:
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
        "gate": {"k": NEIGHBOURS, "threshold": gate_threshold},
        "mask": {"side": MASK_SIDE},
    }


def _alone(learnt: Learnt, asked: Mapping[str, Sequence[int]], said: Mapping[str, list[int]]) -> dict[str, Judged]:
    """What one network says without the others."""
    return {name: Judged.of(learnt.logits[asked[name]], said[name], 1.0) for name in said}
