"""What training came to, for people (``REPORT.md``) and for programs (``report.json``)."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from training.judge import Judged, as_evaluated, confusion, curve, figures, reliability
from training.labels import NAMES
from training.pipeline import Result

LABELS = (
    ("accuracy over the ten largest classes", "accuracy_ten_largest", "≥ 0.94"),
    ("accuracy over all classes", "accuracy", "≥ 0.88"),
    ("expected calibration error", "calibration_error", "≤ 0.05"),
    ("accuracy at the threshold", "accuracy_at_threshold", "≥ 0.96"),
    ("photos above the threshold", "coverage_at_threshold", "≥ 0.85"),
    ("right among two guesses", "accuracy_of_two_guesses", ""),
    ("photos", "photos", ""),
)
"""Figures, and what is wanted of them: of the labels, which are harder to tell apart than the categories."""

CATEGORIES = (
    ("accuracy over the ten largest classes, whatever the confidence", "category_accuracy_ten_largest", ""),
    ("accuracy over all classes, whatever the confidence", "category_accuracy", ""),
    ("expected calibration error", "category_calibration_error", ""),
    ("photos whose row gets a category (sure enough)", "category_coverage_at_threshold", ""),
    ("accuracy of those categories", "category_accuracy_at_threshold", ""),
)
"""A category is as sure as its labels together, so that more photos get one than have a label that is so sure."""


def write_report(folder: Path, result: Result, machine: str, seconds: float) -> None:
    """Write both files into ``folder``."""
    told = described(result, machine, seconds)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "report.json").write_text(json.dumps(told, indent=1) + "\n")
    (folder / "REPORT.md").write_text("\n".join(_markdown(told)))


def described(result: Result, machine: str, seconds: float) -> dict[str, Any]:
    """Everything that is reported, as plain values."""
    judged, threshold = result.judged, round(result.point.threshold, 2)
    return {
        "photos": {"learning": len(result.sides.learning), **{name: len(j.targets) for name, j in judged.items()}},
        "contributors": result.contributors,
        "temperature": round(result.temperature, 4),
        "threshold": threshold,
        "figures": {name: figures(each, threshold) for name, each in judged.items()},
        "evaluated": as_evaluated(result.evaluated),
        "single_networks": {
            name: {side: _short(each) for side, each in sides.items()} for name, sides in result.members.items()
        },
        "confusion": {"classes": NAMES, "validation": confusion(judged["validation"])},
        "calibration": reliability(judged["validation"]),
        "coverage": curve(judged["validation"]),
        "pattern": _pattern(result),
        "gate": {"threshold": result.gate.threshold, **result.gate.figures},
        "sha256": result.hashes,
        "megabytes": {name: round(size / 1e6, 2) for name, size in result.sizes.items()},
        "seconds": {**{name: round(took) for name, took in result.seconds.items()}, "all": round(seconds)},
        "machine": machine,
    }


def _short(judged: Judged) -> dict[str, Any]:
    every = figures(judged, 0.0)
    return {name: every[name] for name in ("accuracy", "accuracy_ten_largest")}


def _pattern(result: Result) -> dict[str, Any]:
    found = result.pattern
    return {
        "photos": found.photos,
        "cross_validated_accuracy": round(found.accuracy, 4),
        "calibration_error": round(found.error, 4),
        "threshold": round(found.point.threshold, 2),
        "coverage_at_threshold": round(found.point.coverage, 4),
        "accuracy_at_threshold": round(found.point.accuracy, 4),
        "per_kind": found.per_kind,
    }


def _markdown(told: dict[str, Any]) -> Iterable[str]:
    yield "# Training report\n"
    yield "Written by `make train`; `report.json` holds the same and more. No photo judged here was learnt from."
    yield "*Validation* is the published split: on it the threshold and the networks' weights were chosen."
    yield "*Strangers* are contributors of whom training has seen no photo; by them the temperature was set, no more."
    yield "`aura evaluate --split validation` runs the files written as the backend does, each photo decoded by it and"
    yield "shown to the gate, and has the few strangers' photos of that split too, which *validation* leaves out.\n"
    yield from _aims(told)
    yield from _networks(told)
    yield from _classes(told)
    yield from _confusion(told)
    yield from _calibration(told)
    yield from _rest(told)


def _aims(told: dict[str, Any]) -> Iterable[str]:
    both = {**told["figures"], "evaluated": told["evaluated"]}
    yield "## Label: one of 17 (T-Shirt, Polo, …)\n"
    yield from _table(both, LABELS)
    error = both["validation"]["accuracy_standard_error"], both["strangers"]["accuracy_standard_error"]
    yield f"\nStandard errors of the accuracy: {error[0]:.3f} and {error[1]:.3f}. Threshold {told['threshold']}, "
    yield f"temperature {told['temperature']}; {told['photos']['learning']} photos of "
    yield f"{told['contributors']['learning']} people to learn from.\n"
    yield "## Category: what a row gets (tops, bottoms, …)\n"
    yield from _table(both, CATEGORIES)
    yield ""


def _table(both: dict[str, Any], rows: Iterable[tuple[str, str, str]]) -> Iterable[str]:
    yield "| | wanted | validation | strangers | `aura evaluate` |\n|---|---|---|---|---|"
    for name, key, wanted in rows:
        values = (_number(both[side][key]) for side in ("validation", "strangers", "evaluated"))
        yield f"| {name} | {wanted} | {' | '.join(values)} |"


def _networks(told: dict[str, Any]) -> Iterable[str]:
    yield "Each network on its own (accuracy over all classes; over the ten largest):\n"
    yield "| network | validation | strangers |\n|---|---|---|"
    for name, sides in told["single_networks"].items():
        cells = (f"{each['accuracy']:.3f}; {each['accuracy_ten_largest']:.3f}" for each in sides.values())
        yield f"| {name} | {' | '.join(cells)} |"
    yield ""


def _classes(told: dict[str, Any]) -> Iterable[str]:
    yield "## Per class, on validation\n"
    yield "| class | photos | found (recall) | right when said (precision) | above the threshold |"
    yield "|---|---|---|---|---|"
    for name, each in told["figures"]["validation"]["per_class"].items():
        yield f"| {name} | {each['photos']} | {each['recall']:.2f} | {each['precision']:.2f} | {each['covered']:.2f} |"
    yield ""


def _confusion(told: dict[str, Any]) -> Iterable[str]:
    yield "## Confusion, on validation\n\nRows: what it is; columns: what was said.\n"
    yield f"| | {' | '.join(NAMES)} |\n|---|{'---|' * len(NAMES)}"
    for name, row in zip(NAMES, told["confusion"]["validation"], strict=True):
        yield f"| **{name}** | {' | '.join(str(count) if count else '' for count in row)} |"
    yield ""


def _calibration(told: dict[str, Any]) -> Iterable[str]:
    yield "## Confidence, on validation\n"
    yield "| confidence from | photos | mean confidence | accuracy |\n|---|---|---|---|"
    for each in told["calibration"]:
        yield f"| {each['from']:.1f} | {each['photos']} | {each['confidence']:.3f} | {each['accuracy']:.3f} |"
    yield "\n| threshold | photos above it | accuracy there |\n|---|---|---|"
    for each in told["coverage"]:
        yield f"| {each['threshold']:.2f} | {each['coverage']:.3f} | {each['accuracy']:.3f} |"
    yield ""


def _rest(told: dict[str, Any]) -> Iterable[str]:
    pattern, gate = told["pattern"], told["gate"]
    yield "## Pattern\n"
    yield f"{pattern['photos']} photos labelled by eye, five-fold cross-validation by contributor: accuracy "
    yield f"{pattern['cross_validated_accuracy']:.3f}; above the threshold of {pattern['threshold']}: "
    yield f"{pattern['coverage_at_threshold']:.2f} of photos at {pattern['accuracy_at_threshold']:.3f}.\n"
    yield "| kind | photos | found |\n|---|---|---|"
    yield from (f"| {kind} | {each['photos']} | {each['recall']:.2f} |" for kind, each in pattern["per_kind"].items())
    yield "\n## Gate\n"
    yield f"Area under the ROC curve, garments nobody learnt from against other pictures: {gate['auroc']:.4f}. At the "
    yield f"threshold {gate['threshold']} pass {gate['validation_passing']:.3f} of validation garments, "
    yield f"{gate['strangers_passing']:.3f} of strangers' and {gate['unclear_passing']:.3f} of the photos that people "
    yield f"could not name; {gate['others_refused']:.3f} of other pictures are refused:\n"
    yield "| other pictures | how many | refused |\n|---|---|---|"
    yield from (f"| {name} | {each['pictures']} | {each['refused']} |" for name, each in gate["others"].items())
    yield "\n## Size and time\n"
    yield "; ".join(f"`{name}` {size:.1f} MB" for name, size in told["megabytes"].items()) + "."
    took = "; ".join(f"{name} {seconds}" for name, seconds in told["seconds"].items())
    yield f"Seconds of this run, without what an earlier one had kept: {took}."
    yield f"{told['machine']}.\n"


def _number(value: float | None) -> str:
    return "none" if value is None else str(value) if isinstance(value, int) else f"{value:.3f}"
