"""Scores outfits that belong to nobody's wardrobe: for outside data sets and for completing an outfit in hand.

Items are plain dicts in anybody's words (``outside.py``): ``name``, ``category``, ``color`` (a name or ``#rrggbb``),
``colors`` (a list of such), ``pattern``, ``fabric`` (or ``material``), ``season``, ``style``, ``formality`` and
``warmth``, each as far as it is known, in English or Turkish. Nothing that an item holds is an error.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from aura.stylist.board import ALONE, LOUD, SEEN_TOGETHER, SLOTS, set_penalty
from aura.stylist.features import Features, features
from aura.stylist.makeup import makeup_penalty
from aura.stylist.outside import Item, outside_piece
from aura.stylist.pairs import PAIRWISE
from aura.stylist.pieces import Piece
from aura.stylist.traits import LADDER, SEASON_CELSIUS, STEP, warmth_for
from aura.stylist.weights import Weights
from aura.vision.vocabulary import SLOT_OF, Category, Slot

Array = NDArray[np.float64]
# How much one sees two garments together that outfits are not searched by (two tops in layers), a garment with an
# accessory, and two accessories.
GARMENTS, BESIDE, ACCESSORIES = 1.0, 0.6, 0.2
# How much of the score is about the piece that fits worst: one that is out of place spoils the whole.
WORST = 0.25
# What more than this are is a list rather than an outfit, and only as many are looked at.
MOST_ITEMS = 60
_SMALL = frozenset({Slot.HEAD, Slot.BAG, Slot.ACCESSORY})
# What is worn in any weather.
_ANY_WEATHER = frozenset({"belt", "tie", "sunglasses", "watch", "jewelry", "accessory", "headband", None})


def score_outfit(items: Iterable[Item]) -> float:
    """How well these items go together, 0 to 1; the order does not matter.

    The weighted mean of colour harmony, pattern, formality, warmth and style over all pairs, in part over those of the
    piece that fits worst, less what is wrong with the whole: too many colours or loud patterns, and what cannot be worn
    together or is missing (``makeup.py``). What nothing tells the kind of counts as an accessory. One item, or none, is
    neither good nor bad.
    """
    return _score([outside_piece(item) for item in _listed(items)])


def rank_candidates(partial: Iterable[Item], candidates: Sequence[Item]) -> list[int]:
    """The candidates by how well each completes the outfit, the best first, as places in ``candidates``."""
    given = [outside_piece(item) for item in _listed(partial)]
    scores = [_score([*given, outside_piece(candidate)]) for candidate in candidates]
    return sorted(range(len(candidates)), key=lambda place: -scores[place])


def _listed(items: Iterable[Item]) -> Iterable[Item]:
    """As many as may be an outfit; an item that is not in a list is a list of one."""
    if isinstance(items, Mapping | str):
        return [items]
    return islice(items, MOST_ITEMS) if isinstance(items, Iterable) else ()


def _score(found: Sequence[Piece]) -> float:
    pieces = sorted(found, key=repr)
    if len(pieces) < 2:
        return ALONE
    seen = _seasoned(features(pieces), pieces)
    scores = _scores(seen, [_any_weather(each) for each in pieces])
    shares = np.array([[_share(one, other) if one is not other else 0.0 for other in pieces] for one in pieces])
    families, louds = np.bitwise_or.reduce(seen.families), np.array([np.count_nonzero(seen.loud >= LOUD)], float)
    wrong = float(set_penalty(np.array([families]), louds)[0]) + makeup_penalty(pieces)
    return float(np.clip(_all_in_all(scores, shares) - wrong, 0.0, 1.0))


def _scores(seen: Features, any_weather: Sequence[bool]) -> Array:
    """What each two pieces are together."""
    weights = Weights()
    found = {name: score(seen, seen) for name, score in PAIRWISE.items()}
    found["warmth"] = np.where(np.logical_or.outer(any_weather, any_weather), ALONE, found["warmth"])
    total = sum(weights.of(name) for name in found)
    return np.asarray(sum(weights.of(name) / total * score for name, score in found.items()))


def _all_in_all(scores: Array, shares: Array) -> float:
    """Mostly the mean over all pairs; in part how the piece that fits worst does with the rest."""
    of_each = (scores * shares).sum(axis=1) / shares.sum(axis=1)
    return float((1.0 - WORST) * np.average(scores, weights=shares) + WORST * of_each.min())


def _seasoned(seen: Features, pieces: Sequence[Piece]) -> Features:
    """As warm as what is usual for it and the seasons that were said for it have in the middle."""
    warmth = [_warmth(each, float(usual)) for each, usual in zip(pieces, seen.warmth, strict=True)]
    return replace(seen, warmth=np.array(warmth))


def _warmth(piece: Piece, usual: float) -> float:
    if piece.details.warmth is not None or not piece.details.seasons:
        return usual
    asked = [warmth_for(SEASON_CELSIUS[season]) for season in piece.details.seasons]
    middle = (usual + sum(asked) / len(asked)) / 2
    return float(np.clip(np.rint(middle / STEP) * STEP, 0.0, LADDER))


def _any_weather(piece: Piece) -> bool:
    return piece.category is Category.BAGS or (
        piece.category is Category.ACCESSORIES and piece.subcategory in _ANY_WEATHER
    )


def _share(one: Piece, other: Piece) -> float:
    """How much one sees them together."""
    slots = sorted((SLOT_OF[one.category], SLOT_OF[other.category]), key=_order)
    small = sum(slot in _SMALL for slot in slots)
    return SEEN_TOGETHER.get((slots[0], slots[1]), (GARMENTS, BESIDE, ACCESSORIES)[small])


def _order(slot: Slot) -> int:
    return SLOTS.index(slot) if slot in SLOTS else len(SLOTS)
