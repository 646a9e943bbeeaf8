"""Why an outfit: each factor's score and what it means in words, for many outfits at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from aura.stylist.board import ACCESSORIES, ALONE, LOUD, SEEN_TOGETHER, SLOTS, Board, set_penalty
from aura.stylist.choosing import Chosen
from aura.stylist.features import lch_of
from aura.stylist.harmony import chromaticity, relation
from aura.stylist.looks import Look
from aura.stylist.pairs import PAIRWISE
from aura.stylist.search import NONE
from aura.stylist.speech import Speech
from aura.vision.colours import REFERENCES
from aura.vision.vocabulary import Colour

Array = NDArray[np.float64]
Places = NDArray[np.intp]
DIGITS = 3
# Half of what makes a colour count as one: from here on it is called an accent.
ACCENT = 0.5


@dataclass(frozen=True, slots=True)
class Reason:
    """One factor: its score and weight (0 to 1; the outfit's score is their weighted mean) and a few words."""

    factor: str
    score: float
    weight: float
    text: str


class _Factors(NamedTuple):
    """The factors that say something, by name, and their weights."""

    names: tuple[str, ...]
    weights: tuple[float, ...]


def reasons(board: Board, chosen: Chosen, looks: Sequence[Look], said: Speech) -> list[tuple[Reason, ...]]:
    """The reasons of each outfit, what contributed most first; "restraint" where something was subtracted."""
    places = chosen.places
    scores = _pair_factors(board, places) | _single_factors(board, places)
    if board.extras:
        scores[ACCESSORIES] = np.array([each.worth for each in chosen.finished])
    names = sorted(name for name in scores if board.weights[name])
    factors = _Factors(tuple(names), tuple(board.weights[name] for name in names))
    table = np.array([scores[name] for name in names]).T.reshape(len(looks), len(names))
    order = np.argsort(-table * factors.weights, axis=1, kind="stable").tolist()
    penalties = _penalties(board, places).tolist()
    return [
        _of_one(table_row, order_row, factors, look, penalty, said)
        for table_row, order_row, look, penalty in zip(table.tolist(), order, looks, penalties, strict=True)
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
    found = [_reason(factors.names[at], scores[at], factors.weights[at], look, said) for at in order]
    return (*found, _reason("restraint", 1.0 - penalty, 0.0, look, said)) if penalty else tuple(found)


def _reason(factor: str, score: float, weight: float, look: Look, said: Speech) -> Reason:
    if factor == "colour_harmony":
        text = colour_text([each.colour for each in look.garments if each.colour is not None], said)
    elif factor == ACCESSORIES and look.accessories:
        text = said.accessories([(each.piece, each.purpose) for each in look.accessories])
    else:
        text = said.reason(factor, score)
    return Reason(factor, round(min(1.0, max(0.0, score)), DIGITS), round(weight, DIGITS), text)


def _pair_factors(board: Board, places: Places) -> dict[str, Array]:
    """The mean over the pairs that each outfit has, weighted by how much one sees them together."""
    rows, one, other, shares = _worn_together(board, places)
    seen = np.bincount(rows, shares, minlength=len(places))
    found = {}
    for name, score in board.pair_scores(*(board.everything.one_by_one(each) for each in (one, other))).items():
        total = np.bincount(rows, shares * score[:, 0, 0], minlength=len(places))
        found[name] = np.where(seen > 0, total / np.maximum(seen, 1e-12), ALONE if name in PAIRWISE else 0.0)
    return found


def _worn_together(board: Board, places: Places) -> tuple[Places, Places, Places, Array]:
    """Every pair of every outfit: the outfit, the numbers of both pieces and how much one sees them together."""
    found = []
    for pair, share in SEEN_TOGETHER.items():
        at = [places[:, SLOTS.index(slot)] for slot in pair]
        rows = np.flatnonzero((at[0] != NONE) & (at[1] != NONE))
        one, other = (board.seen[slot].number[each[rows]] for slot, each in zip(pair, at, strict=True))
        found.append((rows, one, other, np.full(len(rows), share)))
    rows, one, other, shares = (np.concatenate(each) for each in zip(*found, strict=True))
    return rows, one, other, shares


def _single_factors(board: Board, places: Places) -> dict[str, Array]:
    """The mean over the pieces."""
    sizes = np.maximum((places != NONE).sum(axis=1), 1)
    found: dict[str, Array] = {}
    for slot, at in zip(SLOTS, places.T, strict=True):
        for name, score in board.scores.get(slot, {}).items():
            found[name] = found.get(name, np.zeros(len(places))) + np.where(at == NONE, 0.0, score[at])
    return {name: total / sizes for name, total in found.items()}


def _penalties(board: Board, places: Places) -> Array:
    families, louds = np.zeros(len(places), np.int64), np.zeros(len(places))
    for slot, at in zip(SLOTS, places.T, strict=True):
        if slot in board.scores:
            families |= np.where(at == NONE, 0, board.seen[slot].families[at])
            louds += (at != NONE) & (board.seen[slot].loud[at] >= LOUD)
    return set_penalty(families, louds)


@lru_cache(4096)
def _relation(colours: tuple[Colour, ...]) -> tuple[str, tuple[Colour, ...]]:
    """The kind of relation, and the colours that it is about."""
    if not colours:
        return "unknown", ()
    lch = lch_of([REFERENCES[each][0] for each in colours])
    order = np.argsort(-lch[:, 1], kind="stable")
    vivid = [int(at) for at in order if chromaticity(lch[at, 1]) >= ACCENT]
    if not vivid:
        return "neutral", colours
    if len(vivid) == 1:
        return "accent", (colours[vivid[0]],)
    apart = abs(float(lch[vivid[0], 2] - lch[vivid[1], 2]))
    return relation(min(apart, 360.0 - apart)), (colours[vivid[0]], colours[vivid[1]])
