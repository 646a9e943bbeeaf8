"""Outfits from a wardrobe: valid by slot, the longest unworn first, and no piece in all of them if others would do.

Pure and deterministic: equal wardrobes get equal outfits, in whatever order their rows come. The outfits come in
order of proposal, so the first ten of fifty are the ten that asking for ten would give.

How they are chosen: the next is always the one whose pieces are in the fewest outfits so far, of those the longest
unworn one. Used pieces so go to the end of the row, as clothes do that come back from the wash. Of n tops and m
bottoms only the first ``most`` of each can be reached before enough outfits are found, so the time does not grow
with the square of the wardrobe.
"""

from __future__ import annotations

import heapq
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain

from aura.stylist.pieces import Piece
from aura.stylist.slots import Closet, Pieces

MOST = 50
Layer = Piece | None


@dataclass(frozen=True, slots=True)
class Look:
    """What is worn together: the core (top and bottom, or one piece), shoes and an outer layer where there are any."""

    core: Pieces
    shoes: Piece | None = None
    outer: Layer = None

    @property
    def pieces(self) -> Pieces:
        """Every piece, from the top down, the outer layer last."""
        return tuple(each for each in (*self.core, self.shoes, self.outer) if each is not None)


def looks(wardrobe: Closet, most: int = MOST) -> tuple[Look, ...]:
    """Up to ``most`` different outfits, in order of proposal; empty when nobody could be dressed from the wardrobe."""
    if most <= 0:
        return ()
    found: list[Look] = []
    finishing = _Finishing(wardrobe, most)
    cores = tuple(_cores(wardrobe, most))
    for core in finishing.rounds(cores):
        found.append(finishing.look(core, layered=len(found) % 2 == 1))
        if len(found) == most:
            break
    return tuple(found)


@dataclass(slots=True)
class _Tally:
    """How often each piece is used, and its place among all pieces of its kind."""

    places: dict[str, int]
    uses: Counter[str] = field(default_factory=Counter)

    @classmethod
    def of(cls, pieces: Iterable[Piece]) -> _Tally:
        return cls({each.id: place for place, each in enumerate(sorted(pieces, key=lambda each: each.order))})

    def used(self, core: Pieces) -> int:
        """How often a core's pieces are used, doubled for a single one, so that it compares with a pair."""
        return sum(self.uses[each.id] for each in core) * 2 // len(core)

    def placed(self, core: Pieces) -> int:
        """The places of a core's pieces, doubled in the same way."""
        return sum(self.places[each.id] for each in core) * 2 // len(core)

    def first(self, pieces: Iterable[Piece]) -> Piece | None:
        """The least used, of those the longest unworn."""
        return min(pieces, key=lambda each: (self.uses[each.id], self.places[each.id]), default=None)


def _cores(wardrobe: Closet, most: int) -> Iterator[Pieces]:
    """Up to ``most`` cores. Uses only ever grow, so a core is due when its uses are still what they were."""
    tops, bottoms, full_body = (kind[:most] for kind in (wardrobe.tops, wardrobe.bottoms, wardrobe.full_body))
    tally = _Tally.of(chain(tops, bottoms, full_body))
    pairs = ((top, bottom) for top in tops for bottom in bottoms)
    waiting = [(0, tally.placed(core), _ids(core), core) for core in chain(pairs, ((each,) for each in full_body))]
    heapq.heapify(waiting)
    while waiting and most:
        uses, placed, ids, core = waiting[0]
        now = tally.used(core)
        if now > uses:
            heapq.heapreplace(waiting, (now, placed, ids, core))
            continue
        heapq.heappop(waiting)
        tally.uses.update(ids)
        most -= 1
        yield core


class _Finishing:
    """Gives each core shoes and an outer layer, a different choice each time the core comes round again."""

    def __init__(self, wardrobe: Closet, most: int) -> None:
        self._shoes = wardrobe.shoes[:most]
        self._layers: tuple[Layer, ...] = (None, *wardrobe.outer[:most])
        self._tally = _Tally.of((*self._shoes, *wardrobe.outer[:most]))
        self._worn: defaultdict[tuple[Pieces, str | None], set[str | None]] = defaultdict(set)

    def rounds(self, cores: tuple[Pieces, ...]) -> Iterator[Pieces]:
        """Every core as often as there are different ways to finish it."""
        for _ in range(max(1, len(self._shoes)) * len(self._layers)):
            yield from cores

    def look(self, core: Pieces, *, layered: bool) -> Look:
        """The core with shoes and, if ``layered`` and there is a new one for it, an outer layer."""
        shoes = self._shoes_for(core)
        outer = self._layer_for(core, shoes, layered=layered)
        self._worn[core, _id(shoes)].add(_id(outer))
        self._tally.uses.update(each.id for each in (shoes, outer) if each is not None)
        return Look(core, shoes, outer)

    def _shoes_for(self, core: Pieces) -> Piece | None:
        """Shoes that the core was seen with least often."""
        times = {each.id: len(self._worn[core, each.id]) for each in self._shoes}
        least = min(times.values(), default=0)
        return self._tally.first(each for each in self._shoes if times[each.id] == least)

    def _layer_for(self, core: Pieces, shoes: Piece | None, *, layered: bool) -> Layer:
        """A layer (which may be none) that the core was not seen with in these shoes."""
        worn = self._worn[core, _id(shoes)]
        layers = [each for each in self._layers if each is not None and each.id not in worn]
        bare_is_left = None not in worn
        return self._tally.first(layers) if layered or not bare_is_left else None


def _ids(pieces: Pieces) -> tuple[str, ...]:
    return tuple(each.id for each in pieces)


def _id(each: Piece | None) -> str | None:
    return None if each is None else each.id
