"""Outfits to propose from a wardrobe: the best by score, chosen to differ, and why each.

Pure and deterministic: equal wardrobes get equal outfits, in whatever order their rows come, and the first ten of
fifty are the ten that asking for ten would give.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from aura.stylist.board import SLOTS, board
from aura.stylist.choosing import MOST_CHOSEN, Chosen, choose
from aura.stylist.kinds import kinds, narrowed
from aura.stylist.looks import Look
from aura.stylist.person import NOBODY, Person
from aura.stylist.pieces import Piece
from aura.stylist.reasons import Reason, reasons
from aura.stylist.search import NONE
from aura.stylist.slots import Closet
from aura.stylist.speech import Speech, speech
from aura.stylist.weights import Weights
from aura.stylist.wishes import ANY_DAY, Wish
from aura.vision.vocabulary import Slot

MOST = MOST_CHOSEN


@dataclass(frozen=True, slots=True)
class Proposal:
    """An outfit, its score (0 to 1) and what that is made of."""

    look: Look
    score: float
    why: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Proposals:
    """In order of proposal. ``gap``: by how much outfits not looked at may be better; 0: all were considered."""

    outfits: tuple[Proposal, ...] = ()
    gap: float = 0.0
    anchored: bool = True


def propose(
    wardrobe: Closet,
    wish: Wish = ANY_DAY,
    person: Person = NOBODY,
    weights: Weights | None = None,
    *,
    most: int = MOST,
    said: Speech | None = None,
) -> Proposals:
    """Up to ``most`` different outfits; none when nobody could be dressed from the wardrobe.

    ``anchored`` is False where the piece to build around is not among those that outfits are made of.
    """
    weights = weights or Weights()
    considered, slot = narrowed(wardrobe, wish.anchor) if wish.anchor else (wardrobe, None)
    if wish.anchor and slot is None:
        return Proposals(anchored=False)
    laid = board(considered, person, wish, weights)
    chosen = choose(laid, kinds(considered, wish, slot), weights, wish.day, most, wish.anchor)
    looks = [
        _look({s: laid.pieces[s][at] for s, at in zip(SLOTS, row, strict=True) if at != NONE}) for row in _rows(chosen)
    ]
    why = reasons(laid, chosen.places, looks, said or speech())
    scores = np.clip(chosen.scores, 0.0, 1.0).round(4).tolist()
    return Proposals(tuple(map(Proposal, looks, scores, why)), round(chosen.gap, 4))


def _rows(chosen: Chosen) -> list[list[int]]:
    found: list[list[int]] = chosen.places.tolist()
    return found


def _look(worn: dict[Slot, Piece]) -> Look:
    core = tuple(worn[slot] for slot in (Slot.TOP, Slot.BOTTOM, Slot.FULL_BODY) if slot in worn)
    return Look(core, worn.get(Slot.SHOES), worn.get(Slot.OUTER))
