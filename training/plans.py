"""Which networks the shipped model consists of, and how each of them learns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from training.fit import Recipe
from training.members import Plan

VERSION = "clothing-3"
PLANS = (
    Plan(
        "lite0",
        cut=9,
        views=6,
        rounds=(
            Recipe(epochs=7, ended=4, careful=False),
            Recipe(epochs=4, seed=20261124),
        ),
    ),
    Plan("lite2", cut=15, views=6, rounds=(Recipe(epochs=7, ended=3, rate=3e-4),), side=260),
    Plan("lite0", cut=None, weight=0.0),
)
"""One of them is as published: the gate and the pattern need its features; its say costs half a point."""
EVERY = 14  # of how many photos a trial takes one


def tried(plans: Sequence[Plan]) -> tuple[Plan, ...]:
    """The same networks with one view and one epoch in each round: whether all steps work together, nothing more."""
    return tuple(
        replace(
            plan,
            views=min(plan.views, 1),
            rounds=tuple(replace(each, epochs=1, ended=None) for each in plan.rounds),
        )
        for plan in plans
    )
