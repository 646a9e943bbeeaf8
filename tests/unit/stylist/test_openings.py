"""How many good outfits a piece opens is what looking at every outfit, one by one, comes to."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from itertools import product
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aura.stylist import openings as counting
from aura.stylist.hypotheses import hypothesis
from aura.stylist.openings import ALWAYS_GOOD, GOOD, Opening, by_slot, openings, standard
from aura.stylist.outfits import propose
from aura.stylist.pieces import Piece, everyday_reader
from aura.stylist.slots import Closet, closet, slot_of
from aura.stylist.weights import Weights
from aura.stylist.wishes import ANY_DAY, Occasion, Wish
from aura.vision.vocabulary import Colour, Season, Slot
from tests.support.closets import GARMENTS, Row, rows_of, wardrobes

ALL = replace(Weights(), diversity=0, most_uses=50)
PAIRS_ALONE = replace(ALL, recency=0, favourite=0, under_used=0, combinations=0, preferences=0, style_dna=0)
WISHES = (
    ANY_DAY,
    Wish(date(2026, 5, 1), occasion=Occasion.WORK),
    Wish(date(2026, 1, 1), temperature_c=2),
    Wish(date(2026, 7, 1), season=Season.SUMMER),
)
CANDIDATES = [hypothesis(kind, Colour.NAVY) for kind in ("shirt", "jeans", "dress", "boots", "coat")]
NEW = "ffffffff-ffff-4fff-8fff-ffffffffffff"


def closet_with(wardrobe: Closet, piece: Piece) -> Closet:
    filled = by_slot(wardrobe)
    filled[slot_of(piece)] += (piece,)
    tops, bottoms, full_body, shoes, outer = filled.values()
    return Closet(tops=tops, bottoms=bottoms, full_body=full_body, shoes=shoes, outer=outer)


def one_by_one(wardrobe: Closet, piece: Piece, wish: Wish) -> list[tuple[float, frozenset[str]]]:
    """The scores of all good outfits with the piece, each scored alone, and what they are made of."""
    everything = by_slot(closet_with(wardrobe, piece))
    found = []
    for core in ((Slot.TOP, Slot.BOTTOM), (Slot.FULL_BODY,)):
        shoes = [Slot.SHOES] if everything[Slot.SHOES] else []
        for layer in ([], [Slot.OUTER]):
            if layer and (wish.layered is False or not everything[Slot.OUTER]):
                continue
            if not layer and wish.layered is True and everything[Slot.OUTER]:
                continue
            for worn in product(*(everything[slot] for slot in (*core, *shoes, *layer))):
                if piece in worn:
                    found += score_alone(worn, wish)
    return found


def score_alone(worn: tuple[Piece, ...], wish: Wish) -> list[tuple[float, frozenset[str]]]:
    bare = Closet()
    for each in worn:
        bare = closet_with(bare, each)
    every = propose(bare, wish, weights=PAIRS_ALONE).outfits
    whole = [each for each in every if len(each.look.pieces) == len(worn)]
    return [
        (each.score, frozenset(piece.id for piece in each.look.pieces)) for each in whole if each.score >= GOOD - 1e-4
    ]


@settings(deadline=None, max_examples=40)
@given(wardrobes(8), st.sampled_from(WISHES), st.sampled_from(CANDIDATES))
def test_every_outfit_is_counted_once(rows: list[Row], wish: Wish, piece: Piece) -> None:
    wardrobe = closet(rows)
    if slot_of(piece) is Slot.OUTER and wish.layered is False:
        return  # none is worn in this weather
    found = openings(wardrobe, [piece], wish, Weights(), 50)[piece.id]
    expected = one_by_one(wardrobe, piece, wish)
    sure = [score for score, _ in expected if abs(score - GOOD) > 2e-4]  # scores are told to four digits
    assert len([score for score in sure if score > GOOD]) <= found.unlocks <= len(expected)
    partners = {each for score, worn in expected if score > GOOD + 2e-4 for each in worn} - {piece.id}
    assert partners <= set(found.partners) <= {each for _, worn in expected for each in worn}
    assert found.fits == len(found.partners)


def test_plain_counts() -> None:
    wardrobe = closet(rows_of("white shirt", "white shirt", "navy jeans", "navy jeans", "navy jeans", "black boots"))
    found = openings(wardrobe, CANDIDATES, ANY_DAY, Weights(), 50)
    assert {each.piece.subcategory: each.unlocks for each in found.values()} == {
        "shirt": 3,
        "jeans": 2,
        "dress": 1,
        "boots": 6,
        "coat": 6,
    }


def test_the_best_partner_comes_first() -> None:
    wardrobe = closet(rows_of("white shirt", "red shirt"))
    (found,) = openings(wardrobe, [hypothesis("jeans", Colour.NAVY)], ANY_DAY, Weights(), 50).values()
    assert next(iter(found.partners)) == str(UUID(int=1))


def test_a_part_stands_for_the_whole() -> None:
    """Of 300 like pieces a slot, counting 10 gives what counting all would."""
    rows = rows_of(*["white shirt"] * 300, *["navy jeans"] * 300, *["black boots"] * 300)
    piece = hypothesis("shirt", Colour.CREAM)
    found = openings(closet(rows), [piece], ANY_DAY, Weights(), 10)[piece.id]
    assert (found.unlocks, found.fits) == (300 * 300, 600)


def test_what_is_good_follows_what_somebody_is_used_to() -> None:
    """Between what is good for everybody and what nobody need exceed."""

    def of(*garments: str, pattern: str = "plain") -> float:
        rows = [{**row, "pattern": pattern} for row in rows_of(*garments)]
        return standard(closet(rows), ANY_DAY, Weights(), 20)

    assert of() == of("white shirt", "black boots") == GOOD
    assert of("red shirt", "green jeans", "magenta heels", pattern="floral") == GOOD
    assert GOOD < of("red shirt", "navy jeans", "brown boots") <= ALWAYS_GOOD
    assert of("white shirt", "navy pants", "black dress shoes") == ALWAYS_GOOD


def test_which_part_does_not_depend_on_the_order() -> None:
    rows = rows_of(*(f"{colour} {kind}" for colour in ("white", "red", "navy") for kind in GARMENTS.values())) * 1
    rows += [{**row, "id": f"{row['id']}x"} for row in rows]
    both = [openings(closet(each), CANDIDATES, ANY_DAY, Weights(), 2) for each in (rows, rows[::-1])]
    assert both[0] == both[1]


def test_the_work_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """However large the wardrobe, no more outfits are scored in one operation than a block holds."""
    rows = rows_of(*["white shirt"] * 60, *["navy jeans"] * 60, *["black boots"] * 60, *["navy coat"] * 60)
    whole = openings(closet(rows), CANDIDATES, ANY_DAY, Weights(), 20)
    monkeypatch.setattr(counting, "BLOCK", 1)
    assert openings(closet(rows), CANDIDATES, ANY_DAY, Weights(), 20) == whole


def test_what_outfits_are_not_made_of_opens_none() -> None:
    hat = everyday_reader().piece({"id": NEW, "category": "hat"})
    assert hat is not None
    assert openings(closet(rows_of("shirt", "jeans")), [hat], ANY_DAY, Weights(), 50) == {}
    assert isinstance(openings(Closet(), CANDIDATES, ANY_DAY, Weights(), 50)[CANDIDATES[0].id], Opening)
