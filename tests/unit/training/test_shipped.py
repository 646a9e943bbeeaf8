"""What is shipped is what training wrote, and what its report is about."""

from __future__ import annotations

import json
from pathlib import Path

from aura.vision.local.manifest import GATE, MASK, TAGGER, ModelFolder
from training.labels import described

ROOT = Path(__file__).parents[3]
MODEL = ROOT / "aura" / "vision" / "local" / "model"
REPORT = json.loads((ROOT / "training" / "report.json").read_text())
MANIFEST = ModelFolder.open(MODEL).manifest


def test_the_files_are_whole_and_small_enough_for_a_wheel() -> None:
    ModelFolder.open(MODEL).verify()
    assert sum((MODEL / name).stat().st_size for name in (TAGGER, MASK, GATE)) <= 20_000_000


def test_the_report_is_about_these_files() -> None:
    assert REPORT["sha256"] == MANIFEST.files
    assert (REPORT["temperature"], REPORT["threshold"]) == (MANIFEST.temperature, MANIFEST.threshold)
    assert REPORT["gate"]["threshold"] == MANIFEST.gate.threshold
    assert list(REPORT["pattern"]["per_kind"]) == [kind.value for kind in MANIFEST.pattern.kinds]


def test_the_labels_are_those_of_the_classes_in_their_order() -> None:
    listed = [label.model_dump(mode="json") for label in MANIFEST.labels]
    assert listed == described()


def test_the_card_tells_the_figures_of_the_report() -> None:
    card = (ROOT / "aura" / "vision" / "MODEL_CARD.md").read_text()
    assert MANIFEST.version in card
    for side in ("validation", "strangers"):
        for figure in ("accuracy", "accuracy_ten_largest", "calibration_error", "accuracy_at_threshold"):
            assert f"{REPORT['figures'][side][figure]:.3f}" in card
