"""The best outfits of a wardrobe, exactly: branch and bound over cores, their shoes and their outer layers.

An outfit is a core (top and bottom, or one piece) with up to two sides (shoes, outer layer), and counts with the
accessories that suit it best (``completing.py``); what they may add at most is part of every bound. For a core, the
best that any sides could add is bounded from above twice: first loosely, from the best partner of each of its pieces
alone (cheap, for all cores at once), then tightly, from the best shoes and layer for the whole core. Cores are taken in
order of the loose bound and given up where the tight one cannot reach the best ``most`` found so far; the search ends
when no loose bound can. What is subtracted for an outfit as a whole only makes it worse, so the bounds hold.

Beyond ``exact_up_to`` pieces the work is capped, and the answer says how much better than the last of the outfits
found any outfit not looked at could be at most (``gap``, 0 if the search ended by itself).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from aura.stylist.board import ACCESSORIES, LOUD, SLOTS, Board, pairs_of, set_penalty
from aura.stylist.completing import Completion
from aura.vision.vocabulary import Slot

Array = NDArray[np.float64]
Places = NDArray[np.intp]
MOST, EXACT_UP_TO = 200, 500
# Cores looked at between two rounds of sorting out, and combinations looked at in a capped search.
CHUNK, FIRST, CAP = 64, 4096, 3_000_000
# Cores that are bounded in one operation.
BATCH = 512
# Scores that differ by less are equal: sums of the same terms in another order do.
ROUNDING, DIGITS = 1e-9, 9
# Spreads the places of an outfit over one number (primes).
SPREAD = np.array([1_000_003, 10_007, 7_919, 104_729, 15_485_863])
# Partners of a core that are tried at first, to have a threshold before the search begins.
SCOUTED = 8
# Outfits of one kind that are all looked at, without bounds.
DIRECT = 15_000
# How many times as many as are wanted are held before they are sorted out.
ROOM = 8
# Of how many times as many as are wanted the worth is found first, to have a threshold for all others.
AHEAD = 4
# Combinations that are looked at in one operation, and not core by core.
SMALL = 60_000
# Combinations that are looked at in one operation at most: two megabytes.
BLOCK = 250_000
SIDES = (Slot.SHOES, Slot.OUTER)
NONE = -1
IMPOSSIBLE = -1e9


@dataclass(frozen=True, slots=True)
class Found:
    """Outfits, the best first: their scores, and of each slot (in the order of ``SLOTS``) the piece's place or -1."""

    scores: Array
    places: Places
    gap: float = 0.0


@dataclass(slots=True)
class _Best:
    """The best found so far, in no order and with some more of them, and the score that others must exceed."""

    most: int
    scores: Array = field(default_factory=lambda: np.empty(0))
    places: Places = field(default_factory=lambda: np.empty((0, len(SLOTS)), np.intp))
    floor: float = IMPOSSIBLE / 2
    looked_at: int = 0

    @property
    def full(self) -> bool:
        """Whether there are as many as are wanted."""
        return len(self.scores) >= self.most

    def add(self, scores: Array, places: Places) -> None:
        """Some more; sorted only when there are many."""
        self.scores, self.places = np.concatenate([self.scores, scores]), np.concatenate([self.places, places])
        if self.full:
            self.floor = max(self.floor, float(np.partition(self.scores, -self.most)[-self.most]))
        if len(self.scores) > ROOM * self.most:
            self.sort()

    def add_above(self, scores: Array, places: Places) -> None:
        """Of many, those above the floor."""
        good = scores > self.floor
        self.add(scores[good], places[good])

    def sort(self) -> None:
        """No more than are wanted, the best first; of equals always the same."""
        able = np.flatnonzero(self.scores > self.floor - 2 * ROUNDING)
        scores, places = self.scores[able], self.places[able]
        order = np.lexsort((_mixed(places @ SPREAD), -scores.round(DIGITS)))[: self.most]
        self.scores, self.places = scores[order], places[order]


def search(
    board: Board,
    kinds: Sequence[tuple[Slot, ...]],
    banned: Mapping[Slot, Places] | None = None,
    most: int = MOST,
    exact_up_to: int = EXACT_UP_TO,
) -> Found:
    """The best ``most`` outfits of these kinds (slots in the order of ``SLOTS``); of equals any, always the same.

    Args:
        banned: places that must not be used.
    """
    size = sum(len(pieces) for pieces in board.pieces.values())
    cap = None if size <= exact_up_to else CAP
    best, missed = _Best(most), IMPOSSIBLE
    louds = {slot: (seen.loud >= LOUD).astype(float) for slot, seen in board.seen.items()}
    for kind in kinds:
        if all(board.pieces[slot] for slot in kind):
            missed = max(missed, _Kind(board, kind, banned or {}, louds).search(best, cap))
    best.sort()
    last = float(best.scores[-1]) if len(best.scores) else 0.0
    return Found(best.scores, best.places, max(0.0, missed - last) / last if last > 0 else 0.0)


class _Sides(NamedTuple):
    """Cores (a place for each of their slots), what they are worth and what each shoe and layer adds to them."""

    core: tuple[Places, ...]
    base: Array
    shoes: Array
    layers: Array

    def part(self, rows: slice | Places) -> _Sides:
        """Some of the cores."""
        core = tuple(places[rows] for places in self.core)
        return _Sides(core, self.base[rows], self.shoes[rows], self.layers[rows])

    @property
    def tight(self) -> Array:
        """What the cores are worth at most with any sides, but for what these are to each other."""
        return np.asarray(self.base + self.shoes.max(axis=1) + self.layers.max(axis=1))


class _Kind:
    """All outfits of one kind. ``single`` and ``pairs`` are shares of the board's, so that they simply add up.

    ``single`` holds what accessories that are seen with the piece add at most.
    """

    def __init__(
        self, board: Board, slots: tuple[Slot, ...], banned: Mapping[Slot, Places], louds: Mapping[Slot, Array]
    ) -> None:
        self.slots = slots
        self.core = tuple(slot for slot in slots if slot not in SIDES)
        self.single = {slot: board.single[slot] / len(slots) for slot in slots}
        for slot in set(banned) & set(slots):
            self.single[slot][banned[slot]] = IMPOSSIBLE
        self.families = {slot: board.seen[slot].families for slot in slots}
        self.loud = {slot: louds[slot] for slot in slots}
        self.pairs = {pair: share * board.pairs[pair] for pair, share in pairs_of(slots).items()}
        counts = [len(self.single[slot]) if slot in slots else 1 for slot in SIDES]
        self.between = self.pairs.get(SIDES, np.zeros(counts))  # a side that is not there is one that adds nothing
        self.extra = float(self.between.max())
        self.completion = Completion(board.extras, slots, board.weights.get(ACCESSORIES, 0.0))
        self.alone = self.completion.alone + (0.0 if self.pairs else board.alone)
        for slot in slots:
            self.single[slot] = self.single[slot] + self.completion.at_most(slot)

    def search(self, best: _Best, cap: int | None) -> float:
        """Add the best of this kind to ``best``; the best that may have been missed, if there was a cap."""
        base = self._base()
        if base.size * self.between.size <= DIRECT:
            self._look_at_all(base, best)
            return IMPOSSIBLE
        loose = (base + self._loose()).ravel()
        for cores in self._in_order(loose, best):
            sides = self._sides(cores, base)
            for start in range(0, len(cores), CHUNK):
                if loose[cores[start]] <= best.floor + ROUNDING:
                    break
                if cap is not None and best.looked_at > cap and best.full:
                    return float(loose[cores[start]])
                self._look_at(sides.part(slice(start, start + CHUNK)), best)
        return IMPOSSIBLE

    def _look_at_all(self, base: Array, best: _Best) -> None:
        """Everything at once, where there is so little that bounds would cost more than they save."""
        at_most = self._all_at_most(base)
        if best.floor < 0 and at_most.size > AHEAD * best.most:
            first = np.argpartition(at_most, -AHEAD * best.most)[-AHEAD * best.most :]
            scores = at_most.take(first) - self._less(self._all_chosen(first, base))
            best.floor = float(np.partition(scores, -best.most)[-best.most]) - 2 * ROUNDING
        rows = np.flatnonzero(at_most > best.floor + ROUNDING)
        if len(rows):
            chosen = self._all_chosen(rows, base)
            best.add(at_most.take(rows) - self._less(chosen), _placed(chosen, len(rows)))

    def _all_at_most(self, base: Array) -> Array:
        """What all outfits are worth at most: the core's pieces, the shoes and the layer in turn, in one row."""
        found = base[..., None, None] + self.between
        for at, slot in enumerate(self.core):
            before, after = (1,) * at, (1,) * (len(self.core) - 1 - at)
            for side, shape in zip(SIDES, ((-1, 1), (1, -1)), strict=True):
                if side in self.slots:
                    worth = self.pairs[slot, side] + (0.0 if at else self.single[side])
                    found += worth.reshape(*before, len(worth), *after, *shape)
        return found.ravel()

    def _all_chosen(self, rows: Places, base: Array) -> dict[Slot, Places]:
        *core, shoe, layer = np.unravel_index(rows, (*base.shape, *self.between.shape))
        return self._chosen(tuple(core), shoe, layer)

    def _at_most(self, sides: _Sides) -> Array:
        """What outfits are worth at most, with an axis each for the core, the shoes and the layer."""
        cores = sides.shoes + sides.base[:, None]
        return cores[:, :, None] + (sides.layers[:, None, :] + self.between)

    def _scored_at(self, rows: Places, at_most: Array, sides: _Sides) -> tuple[Array, Places]:
        row, shoe, layer = np.unravel_index(rows, at_most.shape)
        chosen = self._chosen(tuple(places.take(row) for places in sides.core), shoe, layer)
        return at_most.take(rows) - self._less(chosen), _placed(chosen, len(rows))

    def _base(self) -> Array:
        """What each core is worth by itself, with an axis for each of its pieces."""
        if len(self.core) == 1:
            return self.single[self.core[0]] + self.alone
        top, bottom = self.core
        return self.single[top][:, None] + self.single[bottom] + self.pairs[top, bottom] + self.alone

    def _loose(self) -> Array:
        """At least what sides can add to each core: the best for each of its pieces alone."""
        parts = []
        for slot in self.core:
            sides = [
                self.pairs[slot, side] + self.single[side] / len(self.core) for side in SIDES if side in self.slots
            ]
            parts.append(sum((side.max(axis=1) for side in sides), np.zeros(len(self.single[slot]))))
        both = parts[0] if len(parts) == 1 else np.add.outer(*parts)
        return np.asarray(both + self.extra)

    def _in_order(self, loose: Array, best: _Best) -> Iterator[Places]:
        """Cores by loose bound: the best first, and with what they lead to, as many of the others as still may count.

        All are sorted only if some thousands do not suffice.
        """
        first = _first(loose, CHUNK)
        yield first
        rest = _without(first, loose > best.floor + ROUNDING)
        if len(rest) > FIRST - CHUNK:
            shuffled = loose[rest] - ROUNDING * 0.1 * _mixed(rest) / 2**32
            head = rest[np.argpartition(-shuffled, FIRST - CHUNK)[: FIRST - CHUNK]]
            yield from _batches(_ordered(head, loose))
            rest = rest[_without(np.searchsorted(rest, head), loose[rest] > best.floor + ROUNDING)]
        yield from _batches(_ordered(rest, loose))

    def _sides(self, cores: Places, base: Array) -> _Sides:
        """What sides can add to these cores."""
        places = np.unravel_index(cores, base.shape)
        shoes, layers = (self._side(side, places) for side in SIDES)
        return _Sides(places, base.ravel()[cores], shoes, layers)

    def _look_at(self, sides: _Sides, best: _Best) -> None:
        """Everything that can be among the best with these cores."""
        if best.floor < 0:
            self._scout(sides, best)
        rows = np.flatnonzero(sides.tight + self.extra > best.floor + ROUNDING)
        if not len(rows):
            return
        some = sides.part(rows)
        look = self._together if rows.size * self.between.size <= SMALL else self._apart
        look(some, best)

    def _side(self, side: Slot, core: tuple[Places, ...]) -> Array:
        """What each piece of a side adds to each of these cores, shape (cores, pieces)."""
        if side not in self.slots:
            return np.zeros((len(core[0]), 1))
        worth = (self.pairs[slot, side].take(places, axis=0) for slot, places in zip(self.core, core, strict=True))
        return np.asarray(sum(worth, self.single[side][None, :]))

    def _scout(self, sides: _Sides, best: _Best) -> None:
        """A threshold to begin with: the score that so many outfits of good parts have already."""
        picked = [np.argsort(-side, axis=1, kind="stable")[:, :SCOUTED] for side in (sides.shoes, sides.layers)]
        rows = np.arange(len(sides.base))[:, None, None]
        row, shoe, layer = (
            each.ravel() for each in np.broadcast_arrays(rows, picked[0][:, :, None], picked[1][:, None])
        )
        scores, _ = self._scored(tuple(places[row] for places in sides.core), shoe, layer)
        if len(scores) >= best.most:
            best.floor = float(np.partition(scores, -best.most)[-best.most]) - 2 * ROUNDING

    def _together(self, sides: _Sides, best: _Best) -> None:
        """As ``_apart`` where there are few sides: nothing is won by leaving some out."""
        at_most = self._at_most(sides)
        best.looked_at += at_most.size
        rows = np.flatnonzero(at_most > best.floor + ROUNDING)
        if len(rows):
            best.add_above(*self._scored_at(rows, at_most, sides))

    def _apart(self, sides: _Sides, best: _Best) -> None:
        """The sides with which cores may be among the best: row, shoes and layer of each.

        Those that even the best of the other side cannot make good enough are left out before all are combined.
        """
        room = (sides.base + (self.extra - best.floor - ROUNDING))[:, None]
        some = sides.shoes + sides.layers.max(axis=1, keepdims=True) + room > 0
        others = sides.layers + sides.shoes.max(axis=1, keepdims=True) + room > 0
        best.looked_at += int(some.sum(axis=1) @ others.sum(axis=1))
        columns = np.flatnonzero(others.any(axis=0))
        row, shoe = np.nonzero(some)
        least = best.floor + ROUNDING - sides.base
        found = [
            self._combined(row[part], shoe[part], columns, sides, least)
            for part in _parts(len(row), max(1, BLOCK // len(columns)))
        ]
        row, shoe, layer = (np.concatenate(each) for each in zip(*found, strict=True))
        if len(row):
            self._judge(tuple(places[row] for places in sides.core), shoe, layer, best)

    def _combined(
        self, row: Places, shoe: Places, columns: Places, sides: _Sides, least: Array
    ) -> tuple[Places, Places, Places]:
        """Rows and shoes with every layer of ``columns``, where together they add more than ``least``."""
        block = sides.layers[row[:, None], columns]
        block += self.between[shoe[:, None], columns]
        at, layer = np.nonzero(block > (least[row] - sides.shoes[row, shoe])[:, None])
        return row[at], shoe[at], columns[layer]

    def _judge(self, core: tuple[Places, ...], shoe: Places, layer: Places, best: _Best) -> None:
        best.add_above(*self._scored(core, shoe, layer))

    def _scored(self, core: tuple[Places, ...], shoe: Places, layer: Places) -> tuple[Array, Places]:
        """The scores of outfits, penalties and all, and their places by slot."""
        chosen = self._chosen(core, shoe, layer)
        scores = sum((self.single[slot][at] for slot, at in chosen.items()), np.zeros(len(shoe)))
        scores = sum((worth[chosen[one], chosen[other]] for (one, other), worth in self.pairs.items()), scores)
        return scores + self.alone - self._less(chosen), _placed(chosen, len(shoe))

    def _chosen(self, core: tuple[Places, ...], shoe: Places, layer: Places) -> dict[Slot, Places]:
        places = dict(zip((*self.core, *SIDES), (*core, shoe, layer), strict=True))
        return {slot: places[slot] for slot in self.slots}

    def _less(self, chosen: Mapping[Slot, Places]) -> Array:
        """By how much outfits are worth less than the sum of their parts."""
        families = reduce(np.bitwise_or, [self.families[slot].take(at) for slot, at in chosen.items()])
        louds = reduce(np.add, [self.loud[slot].take(at) for slot, at in chosen.items()])
        less = set_penalty(families, louds)
        return less + self.completion.missed(chosen, families, louds) if self.completion.places else less


def _placed(chosen: Mapping[Slot, Places], count: int) -> Places:
    """The places of outfits, a column for each of ``SLOTS``."""
    places = np.full((count, len(SLOTS)), NONE, np.intp)
    for slot, at in chosen.items():
        places[:, SLOTS.index(slot)] = at
    return places


def _mixed(numbers: NDArray[np.int64]) -> NDArray[np.int64]:
    """A fixed shuffle (Knuth's multiplicative hash), so that of many equals those taken have different pieces."""
    return numbers * 2_654_435_761 % 2**32


def _first(loose: Array, count: int) -> Places:
    """The first of ``_ordered`` of all places, without sorting all."""
    if len(loose) <= count:
        return _ordered(np.arange(len(loose)), loose)
    least = np.partition(loose, -count)[-count] - ROUNDING
    return _ordered(np.flatnonzero(loose >= least), loose)[:count]


def _ordered(places: Places, loose: Array) -> Places:
    return places[np.lexsort((_mixed(places), -loose[places].round(DIGITS)))]


def _without(places: Places, able: NDArray[np.bool_]) -> Places:
    """Where ``able`` is true, but for these places."""
    able[places] = False
    return np.flatnonzero(able)


def _batches(places: Places) -> Iterator[Places]:
    return (places[part] for part in _parts(len(places), BATCH))


def _parts(count: int, size: int) -> Iterator[slice]:
    return (slice(start, start + size) for start in range(0, count, size))
