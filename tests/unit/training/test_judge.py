from __future__ import annotations

import numpy as np
import pytest

from aura.vision.evaluation import Judgements, evaluate
from training.judge import Judged, as_evaluated, confusion, curve, figures, reliability
from training.labels import CATEGORIES, NAMES


def judged(pairs: list[tuple[str, str, float]]) -> Judged:
    """Photos as (what it is, what is said, how surely); the rest of the probability is spread over the others."""
    probabilities = np.array([[(1 - sure) / 16] * 17 for _, _, sure in pairs])
    for row, (_, said, sure) in enumerate(pairs):
        probabilities[row, NAMES.index(said)] = sure
    return Judged(probabilities, np.array([NAMES.index(shown) for shown, _, _ in pairs]))


PHOTOS = [("T-Shirt", "T-Shirt", 0.95), ("T-Shirt", "Polo", 0.55), ("Polo", "Polo", 0.9), ("Hat", "Hat", 0.65)]


def test_figures_say_how_many_and_which_are_right() -> None:
    found = figures(judged(PHOTOS), threshold=0.6)
    assert (found["photos"], found["accuracy"]) == (4, 0.75)
    assert (found["photos_ten_largest"], found["accuracy_ten_largest"]) == (3, pytest.approx(2 / 3, abs=1e-4))
    assert (found["coverage_at_threshold"], found["accuracy_at_threshold"]) == (0.75, 1.0)
    assert found["per_class"]["T-Shirt"] == {"photos": 2, "recall": 0.5, "precision": 1.0, "covered": 0.5}
    assert found["per_class"]["Polo"]["precision"] == 0.5
    assert "Skirt" not in found["per_class"]


def test_a_polo_taken_for_a_t_shirt_is_in_the_right_category() -> None:
    found = figures(judged(PHOTOS), threshold=0.6)
    assert (found["accuracy"], found["category_accuracy"]) == (0.75, 1.0)
    assert found["category_accuracy_ten_largest"] == 1.0
    assert found["category_calibration_error"] < found["calibration_error"]
    assert (found["category_coverage_at_threshold"], found["category_accuracy_at_threshold"]) == (1.0, 1.0)


def test_what_aura_evaluate_tells_stands_under_the_same_names_and_is_the_same() -> None:
    photos = judged(PHOTOS)
    said = Judgements(NAMES, CATEGORIES, photos.targets, photos.probabilities, np.ones(len(PHOTOS), np.bool_))
    evaluated, own = as_evaluated(evaluate(said, 0.6)), figures(photos, threshold=0.6)
    assert evaluated == pytest.approx({name: own[name] for name in evaluated}, abs=1e-4)


def test_where_nothing_is_above_the_threshold_its_accuracy_is_not_claimed() -> None:
    assert figures(judged(PHOTOS), threshold=0.99)["accuracy_at_threshold"] is None


def test_the_table_of_confusion_has_a_row_for_what_it_is() -> None:
    table = confusion(judged(PHOTOS))
    assert table[NAMES.index("T-Shirt")][NAMES.index("Polo")] == 1
    assert table[NAMES.index("Polo")][NAMES.index("T-Shirt")] == 0
    assert sum(map(sum, table)) == 4


def test_the_curve_and_the_reliability_cover_every_photo() -> None:
    assert curve(judged(PHOTOS))[0] == {"threshold": 0.0, "coverage": 1.0, "accuracy": 0.75}
    assert sum(row["photos"] for row in reliability(judged(PHOTOS))) == 4


def test_the_temperature_makes_confidence_and_not_the_answer() -> None:
    logits = np.array([[2.0] + [0.0] * 16], np.float32)
    cold, hot = Judged.of(logits, [0], 0.5), Judged.of(logits, [0], 2.0)
    assert cold.confidence[0] > hot.confidence[0]
    assert cold.correct.all()
    assert hot.correct.all()
