"""Outfits described in plain words are scored sensibly, whatever their order and however little is told."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aura.stylist import rank_candidates, score_outfit

SUIT = [{"name": "white dress shirt"}, {"name": "navy wool trousers"}, {"name": "brown oxford shoes"}]
TEXT = (
    st.sampled_from(["navy shirt", "K\u0131rm\u0131z\u0131 elbise", "#ff0000", "floral", "silk", "?", "", "sneakers"])
    | st.none()
)
ITEM = st.fixed_dictionaries(
    {},
    optional=dict.fromkeys(("name", "category", "color", "pattern", "fabric"), TEXT) | {"colors": st.lists(TEXT)},
)


@pytest.mark.parametrize(
    ("better", "worse"),
    [
        ({"name": "brown oxford shoes"}, {"name": "neon green flip flops", "color": "#39ff14"}),
        (
            {"category": "blazer", "color": "charcoal"},
            {"category": "hoodie", "color": "orange", "pattern": "camouflage"},
        ),
        ({"name": "black loafers"}, {"name": "pink slippers"}),
    ],
)
def test_what_anybody_would_say(better: dict[str, Any], worse: dict[str, Any]) -> None:
    partial = SUIT[:2]
    assert score_outfit([*partial, better]) > score_outfit([*partial, worse])
    assert rank_candidates(partial, [worse, better]) == [1, 0]


def test_two_loud_patterns_fight_and_clashing_hues_too() -> None:
    skirt = {"category": "skirt", "color": "black"}
    plain, loud = ({"category": "blouse", "color": "black", "pattern": each} for each in ("plain", "leopard"))
    assert score_outfit([plain, {**skirt, "pattern": "tartan"}]) > score_outfit([loud, {**skirt, "pattern": "tartan"}])
    red = {"category": "shirt", "color": "#d01020"}
    blue, acid = ({"category": "pants", "color": code} for code in ("#232f50", "#90c010"))
    assert score_outfit([red, blue]) > score_outfit([red, acid])


def test_the_guides_example_is_true() -> None:
    guide = (Path(__file__).parents[3] / "docs" / "stylist.md").read_text(encoding="utf-8")
    code = guide.split("```python\n")[1].split("```")[0]
    told: dict[str, Any] = {}
    exec(code, told)  # noqa: S102 - the guide's own lines
    assert told["score_outfit"](told["suit"]) > 0.85
    assert "# [1, 0]" in code
    assert rank_candidates(told["suit"], [{"name": "pink slippers"}, {"name": "brown oxford shoes"}]) == [1, 0]


@settings(max_examples=40)
@given(st.lists(ITEM, max_size=5), st.randoms(use_true_random=False))
def test_any_items_in_any_order_score_between_0_and_1(items: list[dict[str, Any]], rng: random.Random) -> None:
    score = score_outfit(items)
    assert 0.0 <= score <= 1.0
    rng.shuffle(items)
    assert score_outfit(items) == pytest.approx(score, abs=1e-12)
