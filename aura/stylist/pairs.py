"""How well two pieces go together, reason by reason; for all pairs of two lists at once.

Every function takes two ``Features`` and gives the pairs' scores from 0 to 1, shape (n, m), or (k, 1, 1) for lists of
k single pieces. The shapes of the curves are our own judgement; where a formula has a source, its module names it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from aura.stylist.features import LOUDNESS, STYLES, Features
from aura.stylist.harmony import DISHARMONY
from aura.stylist.traits import LADDER, STEP
from aura.vision.vocabulary import Pattern, Style

Array = NDArray[np.float64]
# Of colour harmony: the share of light against dark, and the difference of lightness that is contrast enough.
CONTRAST, ENOUGH = 0.15, 25.0
# Rungs of a ladder by which two pieces may differ before it shows (standard deviations of a bell curve).
FORMALITY_SPREAD, WARMTH_SPREAD = 1.3, 1.8
# The same loud pattern twice is a set rather than a fight.
SAME_PATTERN = 0.6
# Styles that are worn together, and those that are not; all others lie between.
KIN, STRANGERS, BETWEEN = 0.75, 0.15, 0.45
_KIN = (
    "casual streetwear, casual sporty, casual modern, casual outdoor, casual vintage, casual minimalist, "
    "classic elegant, classic business, classic preppy, classic minimalist, classic vintage, modern minimalist, "
    "modern elegant, modern streetwear, modern edgy, modern business, elegant business, elegant romantic, "
    "sporty streetwear, sporty outdoor, streetwear edgy, bohemian romantic, bohemian vintage, romantic vintage, "
    "preppy business, preppy casual, edgy vintage, minimalist business"
)
_STRANGERS = (
    "elegant sporty, elegant outdoor, elegant streetwear, business sporty, business outdoor, business streetwear, "
    "romantic sporty, romantic outdoor, romantic edgy, business bohemian, edgy preppy, minimalist bohemian"
)


def colour_harmony(one: Features, other: Features) -> Array:
    """Hues by template (``harmony.py``), and light against dark."""
    clash = one.hue @ DISHARMONY @ other.hue.swapaxes(-1, -2)
    return (1.0 - CONTRAST) * (1.0 - np.clip(clash, 0.0, 1.0)) + CONTRAST * _contrast(one, other)


def matching(one: Features, other: Features) -> Array:
    """What colour harmony gains where alike is better than light against dark: a belt and shoes."""
    return CONTRAST * (1.0 - 2.0 * _contrast(one, other))


def pattern(one: Features, other: Features) -> Array:
    """Two loud patterns fight; anything goes with plain."""
    return _looked_up(PEACE, one.pattern, other.pattern)


def formality(one: Features, other: Features) -> Array:
    """As formal as each other."""
    return _looked_up(AS_FORMAL, _tenths(one.formality), _tenths(other.formality))


def warmth(one: Features, other: Features) -> Array:
    """For the same weather."""
    return _looked_up(AS_WARM, _tenths(one.warmth), _tenths(other.warmth))


def style(one: Features, other: Features) -> Array:
    """Of styles that are worn together."""
    return one.styles @ AFFINITY @ other.styles.swapaxes(-1, -2)


PAIRWISE: Mapping[str, Callable[[Features, Features], Array]] = MappingProxyType(
    {
        "colour_harmony": colour_harmony,
        "pattern": pattern,
        "formality": formality,
        "warmth": warmth,
        "style": style,
    }
)
"""The reasons that need nothing but the two pieces."""


def _contrast(one: Features, other: Features) -> Array:
    return np.minimum(_apart(one.light, other.light) / ENOUGH, 1.0)


def _apart(one: Array, other: Array) -> Array:
    return np.abs(one[..., :, None] - other[..., None, :])


def _tenths(rungs: Array) -> NDArray[np.intp]:
    """Rungs of a ladder as places in a table: all of them are whole tenths (``traits.py``)."""
    return np.rint(rungs / STEP).astype(np.intp)


def _looked_up(table: Array, one: NDArray[np.intp], other: NDArray[np.intp]) -> Array:
    """The table's entries for all pairs."""
    return np.asarray(table[one].take(other, axis=1) if one.ndim == 1 else table[one, other][..., None])


def _bell(spread: float) -> Array:
    """How near each two tenths of a ladder are."""
    rungs = np.linspace(0.0, LADDER, round(LADDER / STEP) + 1)
    return np.asarray(np.exp(-0.5 * np.square(_apart(rungs, rungs) / spread)))


AS_FORMAL, AS_WARM = _bell(FORMALITY_SPREAD), _bell(WARMTH_SPREAD)
"""How well each two rungs go together, by tenths."""


def _peace() -> Array:
    loud = np.array(list(LOUDNESS.values()))
    return 1.0 - np.outer(loud, loud) * np.where(np.eye(len(loud), dtype=np.bool_), SAME_PATTERN, 1.0)


PEACE = _peace()
"""How well each two patterns go together, symmetric, in the order of ``LOUDNESS``."""
_PLACES = {each: place for place, each in enumerate(LOUDNESS)}


def peace_of(one: Pattern, other: Pattern) -> float:
    """How well two patterns go together, 0 to 1."""
    return float(PEACE[_PLACES[one], _PLACES[other]])


def _affinity() -> Array:
    found = np.full((len(STYLES), len(STYLES)), BETWEEN)
    for named, value in ((_KIN, KIN), (_STRANGERS, STRANGERS)):
        for pair in named.split(", "):
            one, other = (STYLES.index(Style(each)) for each in pair.split())
            found[one, other] = found[other, one] = value
    np.fill_diagonal(found, 1.0)
    return found


AFFINITY = _affinity()
"""How well each two styles go together, symmetric."""
