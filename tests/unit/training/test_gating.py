from __future__ import annotations

import numpy as np
import pytest

from aura.vision.local.gate import nearness, unit
from training.gating import auroc, nearness_to_others, threshold_for


def test_a_contributors_own_photos_do_not_vouch_for_each_other() -> None:
    garments = unit(np.array([[1, 0], [1, 0.01], [0, 1], [0.01, 1]], np.float32))
    alone = nearness_to_others(garments, ["a", "a", "b", "b"], k=1)
    assert alone.max() < 0.1
    mixed = nearness_to_others(garments, ["a", "b", "a", "b"], k=1)
    assert mixed.min() > 0.9
    assert mixed[0] == pytest.approx(nearness(garments[:1], garments[[1, 3]], 1)[0])


def test_auroc_is_the_share_of_pairs_in_the_right_order() -> None:
    garments, others = np.array([3.0, 2.0, 1.0], np.float32), np.array([0.0, 2.0], np.float32)
    pairs = [1.0 if a > b else 0.5 if a == b else 0.0 for a in garments for b in others]
    assert auroc(garments, others) == pytest.approx(np.mean(pairs))


def test_the_threshold_lets_the_wanted_share_pass() -> None:
    scores = np.linspace(0.2, 0.9, 1000).astype(np.float32)
    threshold = threshold_for(scores, passing=0.99)
    assert 0.99 <= (scores >= threshold).mean() < 0.993
