"""Shares of a style: evidence and a prior blended, rounded alike everywhere, and how much they vary."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from math import fsum, log
from typing import Any

PRIOR_WEIGHT = 5.0
DIGITS = 3
Evidence = tuple[str, float]


@dataclass(frozen=True, slots=True)
class Shares:
    """Shares by name, together 1, and how much of them is evidence (0 to 1)."""

    of: dict[str, float] = field(default_factory=dict)
    confidence: float = 0.0


def blend(evidence: Iterable[Evidence], prior: Sequence[str] = ()) -> Shares:
    """The posterior mean of a Dirichlet prior that is even over ``prior`` (see ``dna.py``)."""
    weights = _sums(evidence)
    total = fsum(weights.values())
    believed = PRIOR_WEIGHT if prior else 0.0
    if total + believed == 0:
        return Shares()
    for name in prior:
        weights[name] = weights.get(name, 0.0) + believed / len(prior)
    shares = {name: weight / (total + believed) for name, weight in weights.items()}
    return Shares(shares, round(total / (total + PRIOR_WEIGHT), DIGITS))


def listed(shares: Shares) -> list[dict[str, Any]]:
    """The largest first, equal ones by name."""
    ordered = sorted(shares.of.items(), key=lambda entry: (-round(entry[1], DIGITS), entry[0]))
    return [{"name": name, "share": round(share, DIGITS)} for name, share in ordered]


def variety(shares: Shares, values: int) -> float:
    """Shannon's entropy over the most that so many values could have: 0 one alone, 1 all alike."""
    entropy = -fsum(share * log(share) for _, share in sorted(shares.of.items()) if share > 0)
    return round(max(0.0, entropy) / log(values), DIGITS)


def _sums(evidence: Iterable[Evidence]) -> dict[str, float]:
    """Exact sums, so that the order of the rows does not show in the last digit."""
    gathered: defaultdict[str, list[float]] = defaultdict(list)
    for name, weight in evidence:
        gathered[name].append(weight)
    return {name: fsum(weights) for name, weights in gathered.items()}
