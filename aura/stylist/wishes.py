"""What is asked for: the occasion, the weather, the day and the pieces to build around or to leave out."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType

from aura.stylist.traits import SEASON_CELSIUS
from aura.vision.vocabulary import Season, Style, Word


class Occasion(Word):
    """What an outfit is for."""

    CASUAL = "casual"
    WORK = "work"
    FORMAL = "formal"
    PARTY = "party"
    SPORT = "sport"
    OUTDOOR = "outdoor"
    HOME = "home"


@dataclass(frozen=True, slots=True)
class Dress:
    """How an occasion is dressed for: the formality (0 to 4) that suits it best, and styles that belong to it."""

    formality: float
    styles: tuple[Style, ...]


DRESS = MappingProxyType(
    {
        Occasion.CASUAL: Dress(1.2, (Style.CASUAL, Style.STREETWEAR, Style.MODERN, Style.MINIMALIST)),
        Occasion.WORK: Dress(2.6, (Style.BUSINESS, Style.CLASSIC, Style.MINIMALIST, Style.MODERN, Style.PREPPY)),
        Occasion.FORMAL: Dress(3.4, (Style.ELEGANT, Style.BUSINESS, Style.CLASSIC)),
        Occasion.PARTY: Dress(2.7, (Style.ELEGANT, Style.EDGY, Style.ROMANTIC, Style.MODERN)),
        Occasion.SPORT: Dress(0.5, (Style.SPORTY, Style.OUTDOOR)),
        Occasion.OUTDOOR: Dress(0.9, (Style.OUTDOOR, Style.SPORTY, Style.CASUAL)),
        Occasion.HOME: Dress(0.3, (Style.CASUAL, Style.SPORTY)),
    }
)
"""Our own judgement, on the vocabulary's ladder."""

# Below this an outer layer belongs to the outfit, above the other it is too much (°C). Our own choice.
LAYER_BELOW, NO_LAYER_ABOVE = 13.0, 23.0


@dataclass(frozen=True, slots=True)
class Wish:
    """One question to the stylist. ``day`` is both today, from which wear is counted, and what answers rotate by."""

    day: date
    occasion: Occasion | None = None
    season: Season | None = None
    temperature_c: float | None = None
    anchor: str | None = None
    without: frozenset[str] = field(default=frozenset())

    @property
    def celsius(self) -> float | None:
        """The temperature to dress for: as asked, else what the season stands for, else None."""
        if self.temperature_c is not None or self.season is None:
            return self.temperature_c
        return SEASON_CELSIUS[self.season]

    @property
    def layered(self) -> bool | None:
        """Whether an outer layer is needed; None: it may be."""
        celsius = self.celsius
        if celsius is None or LAYER_BELOW <= celsius <= NO_LAYER_ABOVE:
            return None
        return celsius < LAYER_BELOW


ANY_DAY = Wish(date.max)
"""Nothing in particular, on a day on which all wear is long ago."""
