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
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from aura.stylist.pieces import Piece
from aura.stylist.slots import Closet, Pieces

MOST = 50
Layer = Piece | None
_Waiting = tuple[int, int, tuple[str, ...], Pieces]  # uses, places, ids (so that no two are equal), the core
Worn = defaultdict[str | None, set[str | None]]  # with which shoes a core was seen in which layers


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


class _Tally:
    """How often each piece is used, and its place among all pieces of its kind."""

    def __init__(self, pieces: Iterable[Piece]) -> None:
        ordered = sorted(pieces, key=lambda each: each.order)
        self.places = {each.id: place for place, each in enumerate(ordered)}
        self.uses = dict.fromkeys(self.places, 0)

    def use(self, pieces: Iterable[Piece | None]) -> None:
        """Count these pieces as used once more."""
        for each in pieces:
            if each is not None:
                self.uses[each.id] += 1

    def first(self, pieces: Iterable[Piece]) -> Piece | None:
        """The least used, of those the longest unworn."""
        return min(pieces, key=lambda each: (self.uses[each.id], self.places[each.id]), default=None)


def _cores(wardrobe: Closet, most: int) -> Iterator[Pieces]:
    """Up to ``most`` cores. Uses only ever grow, so a core is due when its uses are still what they were.

    Places are those among all pieces: among the first ``most`` of each kind they would depend on ``most``.
    """
    tally = _Tally((*wardrobe.tops, *wardrobe.bottoms, *wardrobe.full_body))
    waiting = _waiting(wardrobe, most, tally.places)
    heapq.heapify(waiting)
    while waiting and most:
        before, place, ids, core = waiting[0]
        now = tally.uses[core[0].id] + tally.uses[core[-1].id]
        if now > before:
            heapq.heapreplace(waiting, (now, place, ids, core))
            continue
        heapq.heappop(waiting)
        tally.use(core)
        most -= 1
        yield core


def _waiting(wardrobe: Closet, most: int, places: Mapping[str, int]) -> list[_Waiting]:
    """Every core that may be reached. A single piece counts twice, so that it compares with a pair."""
    tops, bottoms, full_body = (kind[:most] for kind in (wardrobe.tops, wardrobe.bottoms, wardrobe.full_body))
    waiting: list[_Waiting] = [
        (0, places[top.id] + places[bottom.id], (top.id, bottom.id), (top, bottom))
        for top in tops
        for bottom in bottoms
    ]
    return waiting + [(0, 2 * places[each.id], (each.id,), (each,)) for each in full_body]


class _Finishing:
    """Gives each core shoes and an outer layer, a different choice each time the core comes round again."""

    def __init__(self, wardrobe: Closet, most: int) -> None:
        self._shoes = wardrobe.shoes[:most]
        self._layers: tuple[Layer, ...] = (None, *wardrobe.outer[:most])
        self._tally = _Tally((*self._shoes, *wardrobe.outer[:most]))
        self._worn: defaultdict[tuple[str, ...], Worn] = defaultdict(lambda: defaultdict(set))

    def rounds(self, cores: tuple[Pieces, ...]) -> Iterator[Pieces]:
        """Every core as often as there are different ways to finish it."""
        for _ in range(max(1, len(self._shoes)) * len(self._layers)):
            yield from cores

    def look(self, core: Pieces, *, layered: bool) -> Look:
        """The core with shoes and, if ``layered`` and there is a new one for it, an outer layer."""
        worn = self._worn[tuple(each.id for each in core)]
        shoes = self._shoes_for(worn)
        outer = self._layer_for(worn[_id(shoes)], layered=layered)
        worn[_id(shoes)].add(_id(outer))
        self._tally.use((shoes, outer))
        return Look(core, shoes, outer)

    def _shoes_for(self, worn: Worn) -> Piece | None:
        """Shoes that the core was seen with least often."""
        least = min((len(worn[each.id]) for each in self._shoes), default=0)
        return self._tally.first(each for each in self._shoes if len(worn[each.id]) == least)

    def _layer_for(self, seen: set[str | None], *, layered: bool) -> Layer:
        """A layer (which may be none) that the core was not seen with in these shoes."""
        layers = [each for each in self._layers if each is not None and each.id not in seen]
        bare_is_left = None not in seen
        return self._tally.first(layers) if layered or not bare_is_left else None


def _id(each: Piece | None) -> str | None:
    return None if each is None else each.id
