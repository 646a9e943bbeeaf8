"""Why an outfit: each factor's score and what it means in words, for many outfits at once."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from itertools import combinations
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from aura.stylist.board import ACCESSORIES, ALONE, LOUD, SEEN_TOGETHER, SLOTS, Board, set_penalty
from aura.stylist.choosing import Chosen
from aura.stylist.features import lch_of
from aura.stylist.harmony import chromaticity, relation
from aura.stylist.looks import Look
from aura.stylist.pairs import PAIRWISE, peace_of
from aura.stylist.search import NONE
from aura.stylist.speech import Speech, tier_of
from aura.vision.colours import REFERENCES
from aura.vision.vocabulary import Colour, Pattern

Array = NDArray[np.float64]
Places = NDArray[np.intp]
DIGITS = 3
# Half of what makes a colour count as one: from here on it is called an accent.
ACCENT = 0.5
# Two patterns that go together less well than this are said to compete: a floral one and checks do, stripes do not.
COMPETING = 0.6
# The columns of the pairs that one sees together, and how much.
_ONE, _OTHER = (np.array([SLOTS.index(pair[side]) for pair in SEEN_TOGETHER]) for side in (0, 1))
_SHARES = np.array(list(SEEN_TOGETHER.values()))


class Reason(NamedTuple):
    """One factor: its score and weight (0 to 1; the outfit's score is their weighted mean) and a few words."""

    factor: str
    score: float
    weight: float
    text: str


class _Worn(NamedTuple):
    """Of each outfit (k) and slot the number of the piece in ``Board.everything``, and whether there is one."""

    numbers: Places
    there: NDArray[np.bool_]

    @classmethod
    def of(cls, board: Board, places: Places) -> _Worn:
        there = places != NONE
        starts = np.cumsum([0, *(len(board.pieces[slot]) for slot in SLOTS[:-1])])
        return cls(np.where(there, places + starts, 0), there)


class _Factors(NamedTuple):
    """The factors that say something, by name, and their weights as they are told."""

    names: tuple[str, ...]
    weights: tuple[float, ...]


def reasons(board: Board, chosen: Chosen, looks: Sequence[Look], said: Speech) -> list[tuple[Reason, ...]]:
    """The reasons of each outfit, what contributed most first; "restraint" where something was subtracted."""
    if not looks:
        return []
    worn = _Worn.of(board, chosen.places)
    scores = _pair_factors(board, worn) | _single_factors(board, worn)
    if board.extras:
        scores[ACCESSORIES] = np.array([each.worth for each in chosen.finished])
    names = sorted(name for name in scores if board.weights[name])
    weights = [board.weights[name] for name in names]
    factors = _Factors(tuple(names), tuple(round(weight, DIGITS) for weight in weights))
    table = np.array([scores[name] for name in names]).T.reshape(len(looks), len(names))
    order = np.argsort(-table * weights, axis=1, kind="stable").tolist()
    penalties = _penalties(board, worn).tolist()
    return [
        _of_one(table_row, order_row, factors, look, penalty, said)
        for table_row, order_row, look, penalty in zip(
            np.clip(table, 0.0, 1.0).round(DIGITS).tolist(), order, looks, penalties, strict=True
        )
    ]


def colour_text(colours: Sequence[Colour], said: Speech) -> str:
    """How the main colours of an outfit's pieces relate."""
    kind, names = _relation(tuple(dict.fromkeys(colours)))
    spoken = [said.colour(each).lower() if said.language == "en" else said.colour(each) for each in names]
    first, second = [*spoken, "", ""][:2]
    return said.colours(kind, first=first, second=second, all=", ".join(spoken))


def _of_one(
    scores: Sequence[float], order: Sequence[int], factors: _Factors, look: Look, penalty: float, said: Speech
) -> tuple[Reason, ...]:
    found = []
    special = _special(look, said)
    for at in order:
        name, score = factors.names[at], scores[at]
        text = special.get(name) or said.reason(name, tier_of(score))
        found.append(Reason(name, score, factors.weights[at], text))
    if penalty:
        calm = round(max(0.0, 1.0 - penalty), DIGITS)
        found.append(Reason("restraint", calm, 0.0, said.reason("restraint", tier_of(calm))))
    return tuple(found)


def _special(look: Look, said: Speech) -> dict[str, str]:
    """What is told of factors by the pieces themselves rather than by the score."""
    told = {
        "colour_harmony": colour_text([each.colour for each in look.garments if each.colour is not None], said),
        "pattern": said.reason("pattern", _tier_of_patterns(look)),
    }
    if look.accessories:
        told[ACCESSORIES] = said.accessories([(each.piece, each.purpose) for each in look.accessories])
    return told


def _tier_of_patterns(look: Look) -> int:
    """Of the two that fight most: the score is a mean over all pairs, and most pieces are plain."""
    shown = [each.details.pattern for each in look.garments if each.details.pattern not in {None, Pattern.PLAIN}]
    peace = [peace_of(one, other) for one, other in combinations(shown, 2) if one is not None and other is not None]
    return (2 if min(peace) < COMPETING else 1) if peace else 0


def _pair_factors(board: Board, worn: _Worn) -> dict[str, Array]:
    """The mean over the pairs that each outfit has, weighted by how much one sees them together."""
    rows, pairs = np.nonzero(worn.there[:, _ONE] & worn.there[:, _OTHER])
    both = (worn.numbers[rows, side[pairs]] for side in (_ONE, _OTHER))
    scores = board.pair_scores(*(board.everything.one_by_one(each) for each in both))
    shares, count = _SHARES[pairs], len(worn.there)
    seen = np.bincount(rows, shares, minlength=count)
    found = {}
    for name, score in scores.items():
        total = np.bincount(rows, shares * score[:, 0, 0], minlength=count)
        found[name] = np.where(seen > 0, total / np.maximum(seen, 1e-12), ALONE if name in PAIRWISE else 0.0)
    return found


def _single_factors(board: Board, worn: _Worn) -> dict[str, Array]:
    """The mean over the pieces."""
    scores = np.array(list(board.scores.values())).reshape(len(board.scores), -1)
    total = np.where(worn.there, scores[:, worn.numbers], 0.0).sum(axis=2)
    return dict(zip(board.scores, total / np.maximum(worn.there.sum(axis=1), 1), strict=True))


def _penalties(board: Board, worn: _Worn) -> Array:
    families = np.where(worn.there, board.everything.families[worn.numbers], 0)
    louds = worn.there & (board.everything.loud[worn.numbers] >= LOUD)
    return set_penalty(np.bitwise_or.reduce(families, axis=1), louds.sum(axis=1).astype(float))


@lru_cache(4096)
def _relation(colours: tuple[Colour, ...]) -> tuple[str, tuple[Colour, ...]]:
    """The kind of relation, and the colours that it is about."""
    if not colours:
        return "unknown", ()
    if len(colours) == 1:
        return "single", colours
    lch = lch_of([REFERENCES[each][0] for each in colours])
    order = np.argsort(-lch[:, 1], kind="stable")
    vivid = [int(at) for at in order if chromaticity(lch[at, 1]) >= ACCENT]
    if not vivid:
        return "neutral", colours
    if len(vivid) == 1:
        return "accent", (colours[vivid[0]],)
    apart = abs(float(lch[vivid[0], 2] - lch[vivid[1], 2]))
    return relation(min(apart, 360.0 - apart)), (colours[vivid[0]], colours[vivid[1]])
