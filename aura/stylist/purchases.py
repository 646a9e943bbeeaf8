"""What to buy: the single pieces that would open the most good new outfits, unlike each other and what is there.

Each hypothetical piece (``hypotheses.py``) is worth the scores of the good outfits that it alone would open
(``openings.py``), more if the person likes such pieces and less if they have one that looks like it. The next to be
proposed is the one worth most that is unlike those before it (maximal marginal relevance, as in ``choosing.py``), on a
logarithmic scale: to whoever has two pairs of shoes a third opens more than all else, but not all advice is shoes.
Where a shop sells what comes close, its product is judged in the same way and takes the place.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import log1p
from typing import Any

import numpy as np

from aura.stylist.alike import alike, most_alike
from aura.stylist.features import features
from aura.stylist.gaps import Missing, lacking, missing
from aura.stylist.hypotheses import hypotheses, wears_kindred
from aura.stylist.openings import GOOD, Opening, by_slot, openings, standard
from aura.stylist.person import NOBODY, Person
from aura.stylist.pieces import Piece
from aura.stylist.products import Product, Shelf
from aura.stylist.slots import Closet, closet, slot_of
from aura.stylist.speech import DEFAULT, Speech, speech
from aura.stylist.taste import wanted
from aura.stylist.weights import Weights
from aura.stylist.wishes import ANY_DAY, Wish
from aura.vision.vocabulary import Slot

VERSION = "2"
MOST_IDEAS = 20
# Pieces of each slot that are looked at to find what is worth proposing, and to count what is proposed.
SKETCHED, COUNTED = 12, 40
# How many close products are judged for each idea, and how much of its worth one must have to take its place.
PRODUCTS, AS_GOOD = 6, 0.7
# How much of the choice of the next is being unlike those before it, and how alike two are at least that share this.
DIVERSITY, SAME_SLOT, SAME_KIND, SAME_COLOUR = 0.45, 0.4, 0.7, 0.3
# Of a piece that looks just like one that is there so much of its worth is left.
TWIN = 0.1
# From here on two pieces are one: what is sold already is not proposed again without a shop.
TWINS = 0.8
MOST_PARTNERS = 20
# Where no purchase opens a good outfit, the score from which one counts all the same: some advice is better than none.
LOWER_STANDARDS = (GOOD, 0.6, 0.0)


@dataclass(frozen=True, slots=True)
class Idea:
    """A piece to get. ``goes_with``: ids of own pieces, the best partners first; ``product`` if a shop sells it."""

    name: str
    description: str
    unlocks: int
    goes_with: tuple[str, ...]
    product: Product | None = None


@dataclass(frozen=True, slots=True)
class Purchases:
    """What to get, in order of proposal, and what the wardrobe lacks to make whole outfits."""

    ideas: tuple[Idea, ...]
    missing: tuple[Missing, ...]


def suggest(
    rows: Iterable[Mapping[str, Any]],
    away: Collection[str] = (),
    wish: Wish = ANY_DAY,
    person: Person = NOBODY,
    weights: Weights | None = None,
    language: str = DEFAULT,
    shelf: Shelf | None = None,
    most: int = MOST_IDEAS,
) -> Purchases:
    """What would help this wardrobe most; the same for the same rows in any order, and never an error.

    Args:
        rows: items as ``aura.stylist.pieces.Reader`` reads them.
        away: ids of items to leave out, beside those that the wish leaves out.
        shelf: what a shop sells.
    """
    said = speech(language)
    wardrobe = closet(rows, {*away, *wish.without})
    judge = _Judge(wardrobe, person, wish, weights or Weights())
    offered = hypotheses(wardrobe, person)
    chosen = diverse(offered, judge.first_worth(offered), min(most, MOST_IDEAS))
    pieces, products = _bought(chosen, judge, shelf or Shelf())
    counted = judge.openings(pieces, COUNTED)
    ideas = [_idea(counted[each.id], products.get(each.id), judge, said) for each in pieces]
    covered = {slot_of(each) for each in pieces}
    needed = [_needed(slot, offered, judge, said) for slot in lacking(wardrobe) if slot not in covered]
    return Purchases((*ideas, *needed), missing(wardrobe, said))


class _Judge:
    """What pieces are worth to one person."""

    def __init__(self, wardrobe: Closet, person: Person, wish: Wish, weights: Weights) -> None:
        self._wardrobe, self._person, self._wish, self._weights = wardrobe, person, wish, weights
        self._good = standard(wardrobe, wish, weights, SKETCHED)
        self.own = by_slot(wardrobe)
        self.owned = {each.id: each for pieces in self.own.values() for each in pieces}
        # Of pieces that look alike one is enough to compare with.
        self._looks = {slot: _looks(pieces) for slot, pieces in self.own.items()}
        self.sure = all(len(pieces) <= COUNTED for pieces in self.own.values())

    def openings(self, pieces: Sequence[Piece], per_slot: int) -> dict[str, Opening]:
        """What each would open, by id."""
        return openings(self._wardrobe, pieces, self._wish, self._weights, per_slot, self._good)

    def first_worth(self, offered: Sequence[Piece]) -> dict[str, float]:
        """As ``worth``, by the person's standard, or the next that anything meets."""
        found = self.worth(offered)
        for lower in LOWER_STANDARDS:
            if not found:
                self._good = lower
                found = self.worth(offered)
        return found

    def worth(self, offered: Sequence[Piece]) -> dict[str, float]:
        """What each piece that opens anything is worth, by id."""
        opened = self.openings(offered, SKETCHED)
        useful = [each for each in offered if each.id in opened and opened[each.id].unlocks > 0]
        new = [1.0 - (1.0 - TWIN) * most_alike(each, self._looks[slot_of(each)]) for each in useful]
        parts = zip(useful, self.liking(useful), new, strict=True)
        return {each.id: opened[each.id].worth * (0.5 + liking) * novelty for each, liking, novelty in parts}

    def liking(self, pieces: Sequence[Piece]) -> list[float]:
        """How much the person is known to like each, 0 to 1; 0.5 where nothing is known."""
        scores = wanted(pieces, features(pieces), self._person, self._wish) if pieces else {}
        known = {"preferences": 1.0, "style_dna": self._person.confidence}
        parts = {name: self._weights.of(name) * sure for name, sure in known.items() if name in scores}
        total = sum(parts.values())
        if total == 0:
            return [0.5] * len(pieces)
        found: list[float] = np.sum([share / total * scores[name] for name, share in parts.items()], axis=0).tolist()
        return found


def diverse(offered: Sequence[Piece], worth: Mapping[str, float], most: int) -> list[Piece]:
    """By worth, each as unlike those before it as may be; equals in the order in which they are offered."""
    top = log1p(max(worth.values(), default=1.0))
    value = {item: log1p(each) / top for item, each in worth.items()}
    left = [each for each in offered if each.id in worth]
    closest = dict.fromkeys(worth, 0.0)
    chosen: list[Piece] = []
    while left and len(chosen) < most:
        best = max(left, key=lambda each: (1 - DIVERSITY) * value[each.id] - DIVERSITY * closest[each.id])
        chosen.append(best)
        left.remove(best)
        for each in left:
            closest[each.id] = max(closest[each.id], _close(each, best))
    return chosen


def _close(one: Piece, other: Piece) -> float:
    """How little news one is beside the other."""
    shared = (
        SAME_SLOT * (slot_of(one) is slot_of(other)),
        SAME_KIND * (one.subcategory == other.subcategory),
        SAME_COLOUR * (one.colour == other.colour),
    )
    return max(*shared, alike(one, other))


def _bought(chosen: Sequence[Piece], judge: _Judge, shelf: Shelf) -> tuple[list[Piece], dict[str, Product]]:
    """The ideas, each replaced by the best product that comes close, if that is about as good; no product twice."""
    kindred = wears_kindred(judge.owned.values())
    near = {idea.id: shelf.near(idea, PRODUCTS, kindred=kindred) for idea in chosen}
    offered = {each.piece.id: each for products in near.values() for each in products}
    worth = judge.worth([*chosen, *(each.piece for each in offered.values())]) if offered else {}
    pieces: list[Piece] = []
    taken: dict[str, Product] = {}
    for idea in chosen:
        able = [each for each in near[idea.id] if each.piece.id not in taken]
        best = max(able, key=lambda each: worth.get(each.piece.id, 0.0), default=None)
        if best is not None and worth.get(best.piece.id, 0.0) >= AS_GOOD * worth[idea.id]:
            taken[best.piece.id] = best
            pieces.append(best.piece)
        elif most_alike(idea, pieces) < TWINS:
            pieces.append(idea)
    return pieces, taken


def _idea(opening: Opening, product: Product | None, judge: _Judge, said: Speech) -> Idea:
    unlocks = _rounded(opening.unlocks, judge.sure)
    text = said.idea(
        partners=_rounded(opening.fits, judge.sure),
        examples=[said.piece(judge.owned[each]) for each in opening.partners],
        unlocks=unlocks,
        completes=slot_of(opening.piece) is Slot.SHOES and not judge.own[Slot.SHOES],
        sure=judge.sure,
    )
    name = product.name if product else said.piece(opening.piece)
    return Idea(name, text, unlocks, tuple(opening.partners)[:MOST_PARTNERS], product)


def _needed(slot: Slot, offered: Sequence[Piece], judge: _Judge, said: Speech) -> Idea:
    """A piece without which there is no outfit at all, though it alone opens none: the best liked of its slot."""
    able = [each for each in offered if slot_of(each) is slot]
    likings = judge.liking(able)
    best = max(range(len(able)), key=likings.__getitem__)
    return Idea(said.piece(able[best]), said.needed(), 0, ())


def _looks(pieces: Iterable[Piece]) -> tuple[Piece, ...]:
    return tuple({(each.subcategory, each.colour): each for each in pieces}.values())


def _rounded(count: float, sure: bool) -> int:
    """To two digits where it was inferred from a part."""
    whole = round(count)
    return whole if sure or whole < 100 else round(whole, 2 - len(str(whole)))
