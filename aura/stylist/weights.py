"""How much each reason counts in an outfit's score, and what the settings may change of it.

The proportions are our own judgement: what people see at once (colour, formality, weather) before what they remember.
"""

from __future__ import annotations

from dataclasses import dataclass, fields


@dataclass(frozen=True, slots=True)
class Weights:
    """Weights of the factors, any scale: a score is their weighted mean. The rest tunes how outfits are chosen.

    ``diversity``: how much of the choice of the next outfit is being unlike those before it, 0 to 1.
    ``most_uses``: in how many outfits one item may be while others would do.
    """

    colour_harmony: float = 0.24
    pattern: float = 0.10
    formality: float = 0.16
    warmth: float = 0.08
    weather: float = 0.16
    occasion: float = 0.18
    style: float = 0.08
    recency: float = 0.08
    favourite: float = 0.05
    preferences: float = 0.16
    style_dna: float = 0.06
    combinations: float = 0.06
    under_used: float = 0.04
    accessories: float = 0.08
    diversity: float = 0.25
    most_uses: int = 3

    def of(self, factor: str) -> float:
        """The weight of a factor."""
        return float(getattr(self, factor))


FACTORS = tuple(each.name for each in fields(Weights) if each.name not in {"diversity", "most_uses"})
"""Every factor, as ``why`` names it."""
