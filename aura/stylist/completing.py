"""Completes outfits with accessories, exactly: of all that may be worn with the garments, what suits them best.

What an accessory is worth beside a garment is what a garment would be: the weighted mean of the same factors, 0 to 1.
A place of which nothing is worth ``LEAST`` stays empty and counts as that. Accessories are quiet, that is plain and of
no hue that the garments have not; one may be an accent, where the whole then has no more than ``MOST_FAMILIES`` hue
families and one loud pattern. So what the accessories add is the sum of the best quiet ones, and the most that one
accent in the place of a quiet one is better: no combination need be tried, and every one has been considered.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from aura.stylist.accessories import RULES, Place, Purpose, is_worn
from aura.stylist.harmony import MOST_FAMILIES, count_families
from aura.stylist.pieces import Piece
from aura.vision.vocabulary import Slot

Array = NDArray[np.float64]
Places = NDArray[np.intp]
Flags = NDArray[np.bool_]
# What a place is worth that stays empty, and all of them where a kind of outfit has none.
LEAST, NO_PLACES = 0.5, 0.75
NONE = -1


@dataclass(frozen=True, slots=True)
class Extra:
    """What may be worn at one place (n pieces), by id.

    ``worth``: by slot, how good each is beside each garment there, shape (garments, n); ``families`` and ``loud``: its
    hue families as bits and whether its pattern is loud; ``carried``: of the slot that ``RULES`` say it needs, which
    garments it may be worn with; ``fixed``: it is to be built around, and worn whatever it does to the rest.
    """

    pieces: tuple[Piece, ...]
    purpose: Purpose | None
    worth: Mapping[Slot, Array]
    families: NDArray[np.int64]
    loud: Flags
    carried: Flags | None = None
    fixed: bool = False


class Completion:
    """The accessories of one kind of outfit.

    Args:
        share: of the score of an outfit that is about its accessories.
    """

    def __init__(self, extras: Mapping[Place, Extra], slots: Sequence[Slot], share: float) -> None:
        self.places = {place: _Fit(place, extra, slots) for place, extra in extras.items() if is_worn(place, slots)}
        self._share = share / max(len(self.places), 1)
        self.alone = 0.0 if self.places else share * NO_PLACES

    def at_most(self, slot: Slot) -> Array | float:
        """What accessories that are seen with a slot's garments add to an outfit at most, for each garment there."""
        added = [fit.at_most for fit in self.places.values() if fit.slot is slot]
        return self._share * sum(added[1:], added[0]) if added else 0.0

    def missed(self, chosen: Mapping[Slot, Places], families: NDArray[np.int64], louds: Array) -> Array:
        """How much less than ``at_most`` accessories add to each of k outfits.

        Args:
            chosen: the places of their garments.
            families: all hue families of their garments, as bits.
            louds: how many loud patterns they have.
        """
        short, accent = np.zeros(len(families)), np.zeros(len(families))
        for fit in self.places.values():
            quiet, loud = fit.best(chosen, families, louds)
            short += fit.at_most[chosen[fit.slot]] - quiet
            np.maximum(accent, loud - quiet, out=accent)
        return np.asarray(self._share * (short - accent))

    def complete(
        self, chosen: Mapping[Slot, int], families: int, louds: float, free: Mapping[Place, Flags]
    ) -> tuple[float, dict[Place, int]]:
        """What is worn with one outfit, by place, and what it adds to the score.

        Args:
            free: which pieces of each place may still be used; the others only where these leave a place empty.
        """
        found = {place: fit.options(chosen, families, louds, free[place]) for place, fit in self.places.items()}
        gains = {place: accent[0] - quiet[0] for place, (quiet, accent) in found.items()}
        daring = max(gains, key=gains.__getitem__, default=None)
        worn = {
            place: accent if place is daring and gains[place] > 0 else quiet for place, (quiet, accent) in found.items()
        }
        worth = self._share * sum(value for value, _ in worn.values()) + self.alone
        return worth, {place: at for place, (_, at) in worn.items() if at != NONE}


class _Fit:
    """What may be worn at one place of one kind of outfit; ``at_most`` it is worth, by the garment it is seen with."""

    def __init__(self, place: Place, extra: Extra, slots: Sequence[Slot]) -> None:
        self._extra = extra
        self.slot = next(slot for slot in RULES[place].seen_with if slot in slots)
        needs = RULES[place].needs
        self._needed = needs[0] if needs else self.slot
        self._worth = extra.worth[self.slot]
        self.at_most = self._worth.max(axis=1) if extra.fixed else np.maximum(self._worth.max(axis=1), LEAST)
        self._table, self._families, self._loud = _by_look(self._worth, extra)

    def best(self, chosen: Mapping[Slot, Places], families: NDArray[np.int64], louds: Array) -> tuple[Array, Array]:
        """What the best quiet piece is worth with each outfit, and the best accent (minus infinity if none may be)."""
        worth, carried = self._table[:, chosen[self.slot]], self._carried(chosen)
        if self._extra.fixed:
            return np.where(carried, worth[0], 0.0), np.full(len(families), -np.inf)
        quiet, accent = _roles(families, louds > 0, self._families[:, None], self._loud[:, None])
        best, daring = (np.where(able & carried, worth, -np.inf).max(axis=0) for able in (quiet, accent))
        return np.maximum(best, LEAST), daring

    def options(
        self, chosen: Mapping[Slot, int], families: int, louds: float, free: Flags
    ) -> tuple[tuple[float, int], tuple[float, int]]:
        """The best quiet piece for one outfit and what it is worth, and the best accent; -1 where there is none."""
        worth, carried = self._worth[chosen[self.slot]], self._carries(chosen)
        nothing = (-np.inf, NONE)
        if self._extra.fixed:
            return (float(worth[0]) if carried else 0.0, 0), nothing
        if not carried:
            return (LEAST, NONE), nothing
        extra = self._extra
        quiet, accent = _roles(np.int64(families), np.bool_(louds > 0), extra.families, extra.loud)
        first, fresh = _best(worth, quiet & free, LEAST), _best(worth, accent & free, -np.inf)
        if max(first[0], fresh[0]) > LEAST:
            return first, fresh
        return _best(worth, quiet, LEAST), _best(worth, accent, -np.inf)

    def _carried(self, chosen: Mapping[Slot, Places]) -> Flags:
        flags = self._extra.carried
        return np.ones(len(chosen[self.slot]), np.bool_) if flags is None else flags[chosen[self._needed]]

    def _carries(self, chosen: Mapping[Slot, int]) -> bool:
        flags = self._extra.carried
        return flags is None or bool(flags[chosen[self._needed]])


def _by_look(worth: Array, extra: Extra) -> tuple[Array, NDArray[np.int64], Flags]:
    """Of pieces that the rules cannot tell apart what the best is worth, shape (looks, garments), and how they look."""
    looks, which = np.unique(extra.families * 2 + extra.loud, return_inverse=True)
    table = np.stack([worth[:, which == number].max(axis=1) for number in range(len(looks))])
    return table, looks // 2, looks % 2 == 1


def _roles(
    worn: NDArray[np.int64] | np.int64, loudly: Flags | np.bool_, families: NDArray[np.int64], loud: Flags
) -> tuple[Flags, Flags]:
    """Which pieces are quiet beside garments of these families and patterns, and which may be their accent."""
    quiet = ((families & ~worn) == 0) & ~loud
    fits = (count_families(families | worn) <= MOST_FAMILIES) & ~(loud & loudly)
    return quiet, fits & ~quiet


def _best(worth: Array, able: Flags, least: float) -> tuple[float, int]:
    """The first of the best that are worth more than ``least``."""
    at = int(np.argmax(np.where(able, worth, -np.inf)))
    return (float(worth[at]), at) if able[at] and worth[at] > least else (least, NONE)
