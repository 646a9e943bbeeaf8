"""How much each single piece is wanted now, reason by reason: weather, occasion, wear, favourites and the person.

Every score is from 0 to 1, an array over the pieces. The curves are our own judgement.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from functools import cache, lru_cache

import numpy as np
from numpy.typing import NDArray

from aura.stylist.features import STYLES, Features, traits_of
from aura.stylist.pairs import AFFINITY
from aura.stylist.person import Person
from aura.stylist.pieces import Piece
from aura.stylist.traits import warmth_for
from aura.stylist.wishes import DRESS, Dress, Wish
from aura.vision.colours import REFERENCES, cie94, hex_to_lab
from aura.vision.vocabulary import Colour, Style

Array = NDArray[np.float64]
WEATHER_SPREAD, OCCASION_SPREAD = 1.2, 0.9
OUT_OF_SEASON = 0.5
# Days after which what was worn is wanted again, and after which it counts as forgotten (time constants).
RESTED_DAYS, FORGOTTEN_DAYS = 10.0, 90.0
# The evidence (pieces worn, favourites, own outfits) at which what was chosen at onboarding counts half.
ONBOARDING_WORTH = 30.0
# The distance (CIE94) at which another colour is liked e times less than the chosen one.
COLOUR_REACH = 18.0
UNKNOWN = 0.5
REMEMBERED = 4096


def wanted(pieces: Sequence[Piece], seen: Features, person: Person, wish: Wish) -> dict[str, Array]:
    """The scores of every reason that says something here; reasons without a question or knowledge are left out."""
    found = {
        "recency": _rested(pieces, wish.day),
        "favourite": np.array([each.details.favourite for each in pieces], float),
        "under_used": _under_used(pieces, person, wish.day),
    }
    if wish.celsius is not None:
        found["weather"] = _weather(pieces, seen, wish, wish.celsius)
    if wish.occasion is not None:
        found["occasion"] = _occasion(pieces, seen, DRESS[wish.occasion])
    if person.styles or person.colours:
        chosen = (dict.fromkeys(person.styles, 1.0), dict.fromkeys(person.colours, 1.0))
        found["preferences"] = _liking(pieces, *chosen)
    if person.confidence > 0 and (person.dna_styles or person.dna_colours):
        found["style_dna"] = _liking(pieces, person.dna_styles, person.dna_colours)
    return found


def prior_left(pieces: Sequence[Piece], person: Person) -> float:
    """How much of what was chosen at onboarding still counts: 1 without evidence, fading as it grows."""
    worn = sum(each.details.last_worn is not None for each in pieces)
    favourites = sum(each.details.favourite for each in pieces)
    return ONBOARDING_WORTH / (ONBOARDING_WORTH + worn + favourites + len(person.outfits))


def _weather(pieces: Sequence[Piece], seen: Features, wish: Wish, celsius: float) -> Array:
    off = (seen.warmth - warmth_for(celsius)) / WEATHER_SPREAD
    season = [_in_season(each, wish) for each in pieces]
    return np.asarray(np.exp(-0.5 * np.square(off)) * np.array(season))


def _in_season(piece: Piece, wish: Wish) -> float:
    seasons = piece.details.seasons
    return OUT_OF_SEASON if wish.season and seasons and wish.season not in seasons else 1.0


def _occasion(pieces: Sequence[Piece], seen: Features, dress: Dress) -> Array:
    """Mostly how formal it is, partly of which styles."""
    formal = np.exp(-0.5 * np.square((seen.formality - dress.formality) / OCCASION_SPREAD))
    styled = np.array([bool(set(traits_of(each).styles) & set(dress.styles)) for each in pieces], float)
    return 0.75 * formal + 0.25 * styled


def _rested(pieces: Sequence[Piece], today: date) -> Array:
    """0 for what is worn today, rising without a step; 1 for what never was."""
    days = _days([each.details.last_worn or date.min for each in pieces], today)
    never = np.array([each.details.last_worn is None for each in pieces])
    return np.where(never, 1.0, 1.0 - np.exp(-days / RESTED_DAYS))


def _under_used(pieces: Sequence[Piece], person: Person, today: date) -> Array:
    """Forgotten pieces, the more so the fewer own outfits they are in."""
    uses = Counter(item for outfit in person.outfits for item in outfit)
    idle = _days([each.unworn_since for each in pieces], today)
    return np.asarray((1.0 - np.exp(-idle / FORGOTTEN_DAYS)) / np.array([1.0 + uses[each.id] for each in pieces]))


def _days(since: Iterable[date], today: date) -> Array:
    """How many days ago, none in the future."""
    return np.asarray(np.maximum(today.toordinal() - np.array([each.toordinal() for each in since], float), 0.0))


def _liking(pieces: Sequence[Piece], styles: Mapping[Style, float], colours: Mapping[Colour, float]) -> Array:
    """The mean of how much their styles and colours are liked, of what is told."""
    parts = []
    if styles:
        of_style = tuple(sorted(styles.items()))
        parts.append(np.array([_style_liking(traits_of(each).styles, of_style) for each in pieces]))
    if colours:
        of_colour = tuple(sorted(colours.items()))
        parts.append(np.array([_colour_liking(each.colour, of_colour) for each in pieces]))
    return np.asarray(sum(parts[1:], parts[0]) / len(parts))


@lru_cache(REMEMBERED)
def _style_liking(worn: tuple[Style, ...], liked: tuple[tuple[Style, float], ...]) -> float:
    most = max(share for _, share in liked)
    found = [
        share / most * AFFINITY[STYLES.index(style), STYLES.index(each)] for style, share in liked for each in worn
    ]
    return float(max(found, default=UNKNOWN))


@lru_cache(REMEMBERED)
def _colour_liking(worn: Colour | None, liked: tuple[tuple[Colour, float], ...]) -> float:
    if worn is None:
        return UNKNOWN
    most = max(share for _, share in liked)
    return max(share / most * float(np.exp(-_distance(colour, worn) / COLOUR_REACH)) for colour, share in liked)


@cache
def _distance(one: Colour, other: Colour) -> float:
    return float(cie94(hex_to_lab(REFERENCES[one][0]), hex_to_lab(REFERENCES[other][0])))
