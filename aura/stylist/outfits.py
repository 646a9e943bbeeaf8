"""Outfits to propose from a wardrobe: the best by score, chosen to differ, and why each.

Pure and deterministic: equal wardrobes get equal outfits, in whatever order their rows come, and the first ten of
fifty are the ten that asking for ten would give.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from aura.stylist.board import SLOTS, Board, board
from aura.stylist.choosing import MOST_CHOSEN, Chosen, choose
from aura.stylist.finishing import Finish
from aura.stylist.kinds import kinds, narrowed
from aura.stylist.looks import Accessory, Look
from aura.stylist.person import NOBODY, Person
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

    ``anchored`` is False where there is a piece to build around and no outfit has it.
    """
    weights = weights or Weights()
    considered, slot = narrowed(wardrobe, wish.anchor) if wish.anchor else (wardrobe, None)
    if wish.anchor and slot is None:
        return Proposals(anchored=False)
    laid = board(considered, person, wish, weights)
    chosen = choose(laid, kinds(considered, wish, slot), weights, wish.day, most, wish.anchor)
    looks = [_look(laid, row, finish) for row, finish in zip(_rows(chosen), chosen.finished, strict=True)]
    why = reasons(laid, chosen, looks, said or speech())
    scores = np.clip(chosen.scores, 0.0, 1.0).round(4).tolist()
    return Proposals(tuple(map(Proposal, looks, scores, why)), round(chosen.gap, 4), not wish.anchor or bool(looks))


def _rows(chosen: Chosen) -> list[list[int]]:
    found: list[list[int]] = chosen.places.tolist()
    return found


def _look(laid: Board, places: Sequence[int], finish: Finish) -> Look:
    worn = {slot: laid.pieces[slot][at] for slot, at in zip(SLOTS, places, strict=True) if at != NONE}
    core = tuple(worn[slot] for slot in (Slot.TOP, Slot.BOTTOM, Slot.FULL_BODY) if slot in worn)
    extras = tuple(
        Accessory(extra.pieces[finish.worn[place]], extra.purpose)
        for place, extra in laid.extras.items()
        if place in finish.worn
    )
    return Look(core, worn.get(Slot.SHOES), worn.get(Slot.OUTER), extras)
