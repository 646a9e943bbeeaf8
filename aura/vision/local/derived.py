"""Season, formality and warmth, which no photo was labelled with: suggestions by rule, and marked as such.

What is usual for each kind of garment is ``aura.stylist.traits``, so that tagger and stylist never disagree; pattern
and colours move it a little. How likely a rule is right is our own judgement, no measurement; it counts only as far as
the subcategory it starts from is sure. Where the kind alone says too little ("shoes", "pants"), no season is stated.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeVar

from aura.stylist.traits import OF_SUBCATEGORY, SEASON_CELSIUS, warmth_for
from aura.vision.colours import hex_to_lab
from aura.vision.garment import GarmentColour, GarmentTags, Judged
from aura.vision.vocabulary import Formality, Pattern, Season, Warmth

Rung = TypeVar("Rung", Formality, Warmth)
# Kinds that are worn all year, some of them light and some of them warm.
ALL_YEAR = frozenset({"shoes", "hat", "pants", "skirt", "undershirt", "bodysuit", "top"})
# By how many rungs a pattern makes a garment more casual (negative) than a plain one.
CASUAL = {
    Pattern.GRAPHIC: -0.5,
    Pattern.CAMOUFLAGE: -0.5,
    Pattern.TIE_DYE: -0.5,
    Pattern.ALLOVER_PRINT: -0.3,
    Pattern.CHECKED: -0.3,
    Pattern.STRIPED: -0.1,
}
DARK, LIGHT, LOUD = 35.0, 75.0, 50.0  # CIELAB lightness, lightness, chroma
FORMALITY_RIGHT, WARMTH_RIGHT, SEASON_RIGHT = 0.7, 0.75, 0.8
REACH = 1.2  # rungs of warmth that a season's garments may lie from what its weather asks


def with_derived(tags: GarmentTags) -> GarmentTags:
    """The tags with season, formality and warmth added; as they are where the subcategory is not stated."""
    kind = tags.subcategory
    if kind is None or kind.value not in OF_SUBCATEGORY:
        return tags
    formality, warmth = _formality(tags, kind.value), _warmth(tags, kind.value)
    seasons = () if kind.value in ALL_YEAR else tuple(_seasons(warmth, kind.confidence))
    said = {
        "formality": _rung(Formality, formality, FORMALITY_RIGHT * kind.confidence),
        "warmth": _rung(Warmth, OF_SUBCATEGORY[kind.value].warmth, WARMTH_RIGHT * kind.confidence),
        "seasons": tuple(sorted(seasons, key=lambda season: -season.confidence)),
    }
    return tags.model_copy(update=said)


def _rung(ladder: type[Rung], level: float, confidence: float) -> Judged[Rung]:
    rungs = list(ladder)
    nearest = rungs[min(max(round(level), 0), len(rungs) - 1)]
    return Judged[ladder](value=nearest, confidence=confidence, source="derived")  # type: ignore[valid-type]


def _formality(tags: GarmentTags, kind: str) -> float:
    level = OF_SUBCATEGORY[kind].formality + (CASUAL.get(tags.pattern.value, 0.0) if tags.pattern else 0.0)
    main = _main(tags)
    if main is not None:
        lightness, a, b = hex_to_lab(main.hex)
        level += 0.2 if lightness < DARK else 0.0
        level -= 0.2 if (a**2 + b**2) ** 0.5 > LOUD else 0.0
    return level


def _warmth(tags: GarmentTags, kind: str) -> float:
    """As the eye takes it: dark cloth looks warmer than light cloth, which is worn in the sun."""
    warmth, main = OF_SUBCATEGORY[kind].warmth, _main(tags)
    if main is None:
        return warmth
    lightness = hex_to_lab(main.hex)[0]
    return warmth + (0.2 if lightness < DARK else -0.2 if lightness > LIGHT else 0.0)


def _main(tags: GarmentTags) -> GarmentColour | None:
    return tags.colors[0] if tags.colors else None


def _seasons(warmth: float, sure: float) -> Iterator[Judged[Season]]:
    for season in Season:
        away = abs(warmth - warmth_for(SEASON_CELSIUS[season]))
        if away <= REACH:
            yield Judged[Season](value=season, confidence=(SEASON_RIGHT - 0.3 * away) * sure, source="derived")
