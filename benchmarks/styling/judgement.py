"""How well outfits are told from spoilt ones, and the piece that was taken out of one from others.

Outfits put together by hand (``tuned.txt``, which weights may be chosen by, and ``held_out.txt``, which none was). Each
is spoilt by exchanging one piece for one of the same slot from another outfit of the file: any, or one that was worn
for another occasion or in the opposite season. Chance comes to 0.5 (pairs, area under the curve) and 0.25 (blank).

- ``pairs``: how often an outfit scores above itself spoilt, a tie counting half;
- ``AUC``: how often any outfit scores above any spoilt one (area under the receiver operating characteristic);
- ``blank``: how often the piece that was taken out is ranked first among it and three others of its slot (fill in the
  blank, after Han et al. 2017, "Learning Fashion Compatibility with Bidirectional LSTMs").
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from statistics import mean

import numpy as np

from aura.stylist import rank_candidates, score_outfit
from aura.stylist.outside import outside_piece
from aura.vision.vocabulary import SLOT_OF, Slot

TUNED, HELD_OUT = "tuned", "held_out"
SPOILT, CHOICES = 3, 4
OPPOSITE = {("winter", "summer"), ("summer", "winter")}


@dataclass(frozen=True)
class Outfit:
    """What it is for, when it is worn, and its pieces in words."""

    occasion: str
    season: str
    pieces: tuple[str, ...]

    def clashes(self, other: Outfit) -> bool:
        """Whether they are for another occasion or the opposite season."""
        return self.occasion != other.occasion or (self.season, other.season) in OPPOSITE


@dataclass(frozen=True)
class Judgement:
    """What came out, each from 0 to 1."""

    pairs: float
    auc: float
    blank: float


def read(name: str) -> list[Outfit]:
    """The outfits of one file."""
    lines = (files("benchmarks.styling") / f"{name}.txt").read_text(encoding="utf-8").splitlines()
    return [_outfit(line) for line in lines if line and not line.startswith("#")]


def judged(outfits: Sequence[Outfit], *, clashing: bool, seed: int = 0) -> Judgement:
    """How outfits do beside spoilt ones, of which ``seed`` decides."""
    rng = random.Random(seed)
    blanks = [_filled(outfit, at, outfits, rng, clashing=clashing) for outfit, at in _places(outfits)]
    spoilt = [list(_spoilt(outfit, outfits, rng, clashing=clashing)) for outfit in outfits]
    right = [score_outfit(outfit.pieces) for outfit in outfits]
    wrong = [[score_outfit(each) for each in every] for every in spoilt]
    pairs = [_above(score, other) for score, others in zip(right, wrong, strict=True) for other in others]
    every = np.concatenate([np.array(each) for each in wrong])
    auc = np.mean([np.mean(score > every) + 0.5 * np.mean(score == every) for score in right])
    return Judgement(mean(pairs), float(auc), mean(each for each in blanks if each is not None))


def _outfit(line: str) -> Outfit:
    worn, pieces = line.split(": ", 1)
    occasion, season = worn.split()
    return Outfit(occasion, season, tuple(each.strip() for each in pieces.split("|")))


def _places(outfits: Iterable[Outfit]) -> Iterator[tuple[Outfit, int]]:
    return ((outfit, at) for outfit in outfits for at in range(len(outfit.pieces)))


def _above(score: float, other: float) -> float:
    return 0.5 if score == other else float(score > other)


def _filled(outfit: Outfit, at: int, outfits: Sequence[Outfit], rng: random.Random, *, clashing: bool) -> float | None:
    """Whether the piece is found again; None where there are not enough others."""
    others = _others(outfit, at, outfits, clashing=clashing)
    if len(others) < CHOICES - 1:
        return None
    candidates = [*rng.sample(others, CHOICES - 1), outfit.pieces[at]]
    rng.shuffle(candidates)
    partial = [each for place, each in enumerate(outfit.pieces) if place != at]
    return float(candidates[rank_candidates(partial, candidates)[0]] == outfit.pieces[at])


def _spoilt(
    outfit: Outfit, outfits: Sequence[Outfit], rng: random.Random, *, clashing: bool
) -> Iterator[tuple[str, ...]]:
    """The outfit with one piece exchanged, a few times."""
    able = [at for at in range(len(outfit.pieces)) if _others(outfit, at, outfits, clashing=clashing)]
    for _ in range(SPOILT if able else 0):
        at = rng.choice(able)
        other = rng.choice(_others(outfit, at, outfits, clashing=clashing))
        yield (*outfit.pieces[:at], other, *outfit.pieces[at + 1 :])


def _others(outfit: Outfit, at: int, outfits: Sequence[Outfit], *, clashing: bool) -> list[str]:
    """Pieces of other outfits that fill the same slot."""
    slot = _slot(outfit.pieces[at])
    able = [each for each in outfits if each is not outfit and (not clashing or outfit.clashes(each))]
    found = {piece for each in able for piece in each.pieces if _slot(piece) is slot}
    return sorted(found - set(outfit.pieces))


@cache
def _slot(piece: str) -> Slot:
    return SLOT_OF[outside_piece(piece).category]
