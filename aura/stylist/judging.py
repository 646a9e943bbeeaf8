"""Scores outfits that belong to nobody's wardrobe: for outside data sets and for completing an outfit in hand.

Items are plain dicts in anybody's words: ``name``, ``category``, ``color`` (a name or ``#rrggbb``), ``colors`` (a list
of such), ``pattern`` and ``fabric`` (or ``material``), each as far as it is known, in English or Turkish.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from itertools import combinations
from typing import Any

import numpy as np

from aura.stylist.board import ALONE, LOUD, SEEN_TOGETHER, SLOTS, set_penalty
from aura.stylist.details import Details, Shade, text_of
from aura.stylist.features import Features, features
from aura.stylist.pairs import PAIRWISE
from aura.stylist.pieces import Piece, everyday_reader
from aura.stylist.weights import Weights
from aura.vision.colours import hex_to_lab, name_colour
from aura.vision.lexicon import everyday
from aura.vision.vocabulary import SLOT_OF, Category, Slot

Item = Mapping[str, Any]
# Of pairs of slots that outfits are not searched by (a bag with a skirt, two tops in layers).
OTHER_PAIRS = 1.0


def score_outfit(items: Iterable[Item]) -> float:
    """How well these items go together, 0 to 1; the order does not matter.

    The weighted mean of colour harmony, pattern, formality, warmth and style over all pairs, less what is wrong with
    the whole. What nothing tells the kind of counts as an accessory. One item, or none, is neither good nor bad.
    """
    pieces = sorted((_piece(item) for item in items), key=repr)
    if len(pieces) < 2:
        return ALONE
    seen = [features([each]) for each in pieces]
    shares = [_share(one, other) for one, other in combinations(pieces, 2)]
    scores = [_pair(one, other) for one, other in combinations(seen, 2)]
    families = np.bitwise_or.reduce([each.families for each in seen])
    louds = np.array([float(sum(each.loud[0] >= LOUD for each in seen))])
    return float(np.clip(np.average(scores, weights=shares) - set_penalty(families, louds)[0], 0.0, 1.0))


def rank_candidates(partial: Sequence[Item], candidates: Sequence[Item]) -> list[int]:
    """The candidates by how well each completes the outfit, the best first, as places in ``candidates``."""
    scores = [score_outfit((*partial, candidate)) for candidate in candidates]
    return sorted(range(len(candidates)), key=lambda place: -scores[place])


def _pair(one: Features, other: Features) -> float:
    weights = Weights()
    total = sum(weights.of(name) for name in PAIRWISE)
    return sum(weights.of(name) * float(score(one, other)[0, 0]) for name, score in PAIRWISE.items()) / total


def _share(one: Piece, other: Piece) -> float:
    slots = tuple(sorted((SLOT_OF[one.category], SLOT_OF[other.category]), key=_order))
    return SEEN_TOGETHER.get((slots[0], slots[1]), OTHER_PAIRS)


def _order(slot: Slot) -> int:
    return SLOTS.index(slot) if slot in SLOTS else len(SLOTS)


def _piece(item: Item) -> Piece:
    """The item as a piece; its text colours count as the person's own words, its hex colours as a photo's."""
    words = everyday()
    codes = [text_of(each).lower() for each in (item.get("color"), *_listed(item.get("colors")))]
    shades = [_shade(code) for code in codes if _is_code(code)]
    fabric = text_of(item.get("fabric") or item.get("material"))
    named = next((code for code in codes if words.colour(code)), None)
    read = everyday_reader().piece({"id": "", **item, "color": None if shades else named})
    told = read or Piece(date.min, "", Category.ACCESSORIES)
    details = Details(
        palette=tuple(each._replace(share=1.0 / len(shades)) for each in shades),
        pattern=told.details.pattern or words.pattern(text_of(item.get("pattern"))),
        material=words.material(fabric),
    )
    colour = shades[0].name if shades else told.colour
    return Piece(date.min, "", told.category, told.subcategory, colour, details)


def _shade(code: str) -> Shade:
    return Shade(code, 1.0, name_colour(hex_to_lab(code)).name)


def _is_code(text: str) -> bool:
    return len(text) == 7 and text[0] == "#" and all(letter in "0123456789abcdef" for letter in text[1:])


def _listed(value: object) -> list[Any]:
    return value if isinstance(value, list) else []
