"""The search finds the best outfits there are: as looking at every one does, on any small wardrobe."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from itertools import product
from typing import Any
from uuid import UUID

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aura.stylist.board import ALONE, LOUD, SLOTS, Board, board, pairs_of, set_penalty
from aura.stylist.pairs import PAIRWISE
from aura.stylist.person import NOBODY, Person
from aura.stylist.search import NONE, search
from aura.stylist.slots import closet
from aura.stylist.weights import Weights
from aura.stylist.wishes import Occasion, Wish
from aura.vision.vocabulary import Colour, Pattern, Season, Slot, Style

Row = Mapping[str, Any]
TODAY = date(2026, 5, 1)
CORES = ((Slot.TOP, Slot.BOTTOM), (Slot.FULL_BODY,))
SIDES = ((), (Slot.SHOES,), (Slot.OUTER,), (Slot.SHOES, Slot.OUTER))
KINDS = [core + sides for core in CORES for sides in SIDES]
WORDS = (
    "shirt",
    "hoodie",
    "blouse",
    "jeans",
    "chinos",
    "skirt",
    "dress",
    "boots",
    "heels",
    "sneakers",
    "coat",
    "blazer",
)
ROWS = st.fixed_dictionaries(
    {"category": st.sampled_from(WORDS), "color": st.sampled_from([*Colour, None])},
    optional={
        "pattern": st.sampled_from(list(Pattern)),
        "is_favorite": st.booleans(),
        "last_worn_date": st.dates(date(2026, 1, 1), TODAY).map(str),
        "ai_styles": st.lists(st.sampled_from(list(Style)).map(lambda style: {"value": str(style)}), max_size=2),
    },
)
WARDROBES = st.lists(ROWS, max_size=14).map(
    lambda rows: [{"id": str(UUID(int=number)), **row} for number, row in enumerate(rows, 1)]
)
WISHES = st.builds(
    Wish,
    day=st.just(TODAY),
    occasion=st.none() | st.sampled_from(list(Occasion)),
    season=st.none() | st.sampled_from(list(Season)),
    temperature_c=st.none() | st.integers(-20, 40),
)
PEOPLE = st.builds(
    Person,
    styles=st.frozensets(st.sampled_from(list(Style)), max_size=2),
    colours=st.frozensets(st.sampled_from(list(Colour)), max_size=2),
    outfits=st.lists(st.frozensets(st.integers(1, 14).map(lambda n: str(UUID(int=n))), max_size=4), max_size=3).map(
        tuple
    ),
)


def score(laid: Board, chosen: Mapping[Slot, int]) -> float:
    """An outfit's score as its definition says it, factor by factor."""
    one = {slot: laid.seen[slot].one_by_one(np.array([place])) for slot, place in chosen.items()}
    shares = pairs_of(tuple(chosen))
    total = 0.0
    for factor, weight in laid.weights.items():
        if factor in PAIRWISE or factor == "combinations":
            if shares:
                pairs = {(a, b): laid.pair_scores(one[a], one[b])[factor].item() for a, b in shares}
                total += weight * sum(shares[pair] * worth for pair, worth in pairs.items())
            elif factor in PAIRWISE:
                total += weight * ALONE
        else:
            total += weight * float(
                np.mean([laid.scores[factor][laid.seen[slot].number[at]] for slot, at in chosen.items()])
            )
    families = np.bitwise_or.reduce([laid.seen[slot].families[at] for slot, at in chosen.items()])
    louds = sum(float(laid.seen[slot].loud[at] >= LOUD) for slot, at in chosen.items())
    return total - float(set_penalty(np.array([families]), np.array([louds]))[0])


def everything(laid: Board) -> list[tuple[float, tuple[int, ...]]]:
    """Every outfit there is with its score, the best first."""
    found = []
    for kind in KINDS:
        for places in product(*(range(len(laid.pieces[slot])) for slot in kind)):
            chosen = dict(zip(kind, places, strict=True))
            found.append((score(laid, chosen), tuple(chosen.get(slot, NONE) for slot in SLOTS)))
    return sorted(found, key=lambda each: (-each[0], each[1]))


@settings(max_examples=60)
@given(WARDROBES, PEOPLE, WISHES, st.integers(1, 40))
def test_what_is_found_is_what_looking_at_everything_finds(
    rows: list[Row], person: Person, wish: Wish, most: int
) -> None:
    laid = board(closet(rows), person, wish, Weights())
    found, all_there_are = search(laid, KINDS, most=most), everything(laid)
    best = [each for each, _ in all_there_are[:most]]
    assert found.gap == 0.0
    assert found.scores == pytest.approx(best, abs=1e-9)
    truth = {places: each for each, places in all_there_are}
    places = [tuple(int(at) for at in each) for each in found.places]
    assert len(set(places)) == len(places)
    assert [truth[each] for each in places] == pytest.approx(list(found.scores), abs=1e-9)


@settings(max_examples=40)
@given(WARDROBES, PEOPLE, st.integers(1, 4), st.integers(1, 5))
def test_what_pairs_are_worth_does_not_depend_on_how_many_are_computed_at_once(
    rows: list[Row], person: Person, height: int, width: int
) -> None:
    whole = board(closet(rows), person, Wish(TODAY), Weights())
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("aura.stylist.board.TILE", height * width)
        patched.setattr("aura.stylist.board.TILE_WIDTH", width)
        parts = board(closet(rows), person, Wish(TODAY), Weights())
    assert parts.pairs.keys() == whole.pairs.keys()
    assert all(np.allclose(parts.pairs[pair], whole.pairs[pair], atol=1e-12) for pair in whole.pairs)


@settings(max_examples=20)
@given(WARDROBES, PEOPLE, st.integers(1, 40))
def test_large_boards_are_searched_as_small_ones_are(rows: list[Row], person: Person, most: int) -> None:
    laid = board(closet(rows), person, Wish(TODAY), Weights())
    together = search(laid, KINDS, most=most)
    with pytest.MonkeyPatch.context() as patched:
        for name, value in (("SMALL", 0), ("BLOCK", 5), ("CHUNK", 3), ("BATCH", 6), ("FIRST", 9)):
            patched.setattr(f"aura.stylist.search.{name}", value)
        apart = search(laid, KINDS, most=most)
    assert apart.scores == pytest.approx(list(together.scores), abs=1e-9)


@given(WARDROBES, PEOPLE, WISHES)
def test_scores_are_between_0_and_1(rows: list[Row], person: Person, wish: Wish) -> None:
    laid = board(closet(rows), person, wish, Weights())
    assert sum(laid.weights.values()) == pytest.approx(1.0)
    for matrix in (*laid.single.values(), *laid.pairs.values()):
        assert (matrix >= 0).all()
        assert (matrix <= 1 + 1e-9).all()


@settings(max_examples=60)
@given(WARDROBES, st.data())
def test_a_favourite_never_ranks_lower_for_being_one(rows: list[Row], data: st.DataObject) -> None:
    if not rows:
        return
    chosen = data.draw(st.integers(0, len(rows) - 1))
    ranks = []
    for favourite in (False, True):
        changed = [{**row, "is_favorite": favourite} if n == chosen else row for n, row in enumerate(rows)]
        ranks.append(rank(changed, rows[chosen]["id"]))
    before, after = ranks
    assert after <= before


def rank(rows: list[Row], item: str) -> int:
    """How many outfits are better than the best one with this item; with a margin for rounding."""
    laid = board(closet(rows), NOBODY, Wish(TODAY), Weights())
    found = search(laid, KINDS, most=100_000)
    ids = [
        {laid.pieces[slot][at].id for slot, at in zip(SLOTS, places, strict=True) if at != NONE}
        for places in found.places
    ]
    own = [score for score, worn in zip(found.scores, ids, strict=True) if item in worn]
    return sum(score > max(own) + 1e-9 for score in found.scores) if own else 0


@given(WARDROBES)
def test_banned_pieces_are_not_used(rows: list[Row]) -> None:
    laid = board(closet(rows), NOBODY, Wish(TODAY), Weights())
    found = search(laid, KINDS, {Slot.TOP: np.array([0])} if laid.pieces[Slot.TOP] else {})
    assert not (found.places[:, 0] == 0).any()


def test_a_capped_search_says_by_how_much_it_may_be_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [{"id": str(UUID(int=n)), "category": WORDS[n % 12], "color": list(Colour)[n % 31]} for n in range(600)]
    laid = board(closet(rows), NOBODY, Wish(TODAY), Weights())
    layered = [(Slot.TOP, Slot.BOTTOM, Slot.SHOES, Slot.OUTER)]
    exact = search(laid, layered, exact_up_to=600)
    assert exact.gap == 0.0
    monkeypatch.setattr("aura.stylist.search.CAP", 0)
    capped = search(laid, layered)
    assert capped.gap > 0
    assert capped.scores[-1] * (1 + capped.gap) >= exact.scores[-1] >= capped.scores[-1]
