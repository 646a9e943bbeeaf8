"""Accessories come as weather and occasion ask for them, suit the outfit, and are found exactly: none is better."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date
from itertools import product
from uuid import UUID

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aura.stylist.accessories import MOST, RULES, Place, asked_for, is_worn, place_of
from aura.stylist.advice import advise
from aura.stylist.board import ACCESSORIES, LOUD, Board, board, pairs_of, set_penalty
from aura.stylist.choosing import MOST_CHOSEN
from aura.stylist.completing import LEAST, NO_PLACES
from aura.stylist.features import features
from aura.stylist.kinds import CORES
from aura.stylist.outfits import propose
from aura.stylist.pairs import PAIRWISE, matching
from aura.stylist.person import NOBODY
from aura.stylist.pieces import Piece
from aura.stylist.search import search
from aura.stylist.slots import closet
from aura.stylist.taste import wanted
from aura.stylist.weights import Weights
from aura.stylist.wishes import Occasion, Wish
from aura.vision.vocabulary import SUBCATEGORIES, Colour, Pattern, Season, Slot
from tests.support.closets import Row, rows_of

TODAY = date(2026, 5, 1)
GARMENTS = ("shirt", "hoodie", "jeans", "leggings", "dress", "boots", "heels", "coat")
EXTRAS = ("scarf", "tie", "tote", "clutch", "beanie", "sun hat", "necklace", "sunglasses", "belt", "gloves", "watch")
KINDS = [core + sides for core in CORES for sides in ((), (Slot.SHOES,), (Slot.OUTER,), (Slot.SHOES, Slot.OUTER))]
SUIT = ("white shirt", "navy pants", "black dress shoes")
LOOKS = st.fixed_dictionaries(
    {"color": st.sampled_from([*Colour, None]), "pattern": st.sampled_from([Pattern.PLAIN, Pattern.PLAIN, *Pattern])},
    optional={"is_favorite": st.booleans()},
)


def items(words: tuple[str, ...], first: int, most: int) -> st.SearchStrategy[list[Row]]:
    row = st.tuples(st.sampled_from(words), LOOKS).map(lambda both: {"category": both[0], **both[1]})
    return st.lists(row, max_size=most).map(
        lambda rows: [{"id": str(UUID(int=number)), **each} for number, each in enumerate(rows, first)]
    )


WARDROBES = st.tuples(items(GARMENTS, 1, 9), items(EXTRAS, 100, 9)).map(lambda both: both[0] + both[1])
WISHES = st.builds(
    Wish,
    day=st.just(TODAY),
    occasion=st.sampled_from([None, *Occasion]),
    temperature_c=st.sampled_from([None, -5, 4, 15, 30]),
    anchor=st.sampled_from([None, None, str(UUID(int=100)), str(UUID(int=103))]),
)


def beside(laid: Board, worn: Piece, garment: Piece, wish: Wish, *, alike: bool) -> float:
    """What an accessory is worth beside a garment, as the definition says it."""
    one, other = features([garment]), features([worn])
    alone = wanted([worn], other, NOBODY, wish)
    scores = {name: score(one, other).item() for name, score in PAIRWISE.items()}
    scores |= {name: score.item() for name, score in alone.items()}
    scores["colour_harmony"] += matching(one, other).item() * alike
    weights = {name: weight for name, weight in laid.weights.items() if name != ACCESSORIES}
    return sum(weight * scores[name] for name, weight in weights.items()) / sum(weights.values())


def hues(piece: Piece) -> int:
    return int(features([piece]).families[0])


def is_loud(piece: Piece) -> bool:
    return bool(features([piece]).loud[0] >= LOUD)


def may_be_worn(worn: list[Piece], garments: list[Piece], anchor: str | None) -> bool:
    """At most one that is not quiet, and that leaves the whole with three hues and one loud pattern."""
    families = int(np.bitwise_or.reduce([hues(each) for each in garments]))
    free = [each for each in worn if each.id != anchor]
    accents = [each for each in free if hues(each) & ~families or is_loud(each)]
    for each in accents:
        if (hues(each) | families).bit_count() > 3 or (is_loud(each) and any(map(is_loud, garments))):
            return False
    return len(accents) <= 1


def completed(laid: Board, chosen: Mapping[Slot, int], wish: Wish) -> Iterator[float]:
    """What each set of accessories that may be worn makes of an outfit's accessories."""
    garments = {slot: laid.pieces[slot][at] for slot, at in chosen.items()}
    places = [place for place in laid.extras if is_worn(place, tuple(chosen))]
    if not places:
        yield NO_PLACES
        return
    fixed = {place: laid.extras[place].pieces[0].id == wish.anchor for place in places}
    options = [[*([] if fixed[place] else [None]), *laid.extras[place].pieces] for place in places]
    for worn in product(*options):
        there = [each for each in worn if each is not None]
        if may_be_worn(there, list(garments.values()), wish.anchor):
            found = [worth_of(laid, place, each, garments, wish) for place, each in zip(places, worn, strict=True)]
            if None not in found:
                yield sum(value for value in found if value is not None) / len(found)


def worth_of(laid: Board, place: Place, worn: Piece | None, garments: Mapping[Slot, Piece], wish: Wish) -> float | None:
    if worn is None:
        return LEAST
    rule = RULES[place]
    if rule.needs is not None and garments[rule.needs[0]].subcategory not in rule.needs[1]:
        return 0.0 if worn.id == wish.anchor else None
    slot = next(slot for slot in rule.seen_with if slot in garments)
    return beside(laid, worn, garments[slot], wish, alike=rule.matches and slot is Slot.SHOES)


def everything(laid: Board, wish: Wish) -> list[float]:
    """The score of every outfit with the best accessories for it, the best first."""
    share = laid.weights.get(ACCESSORIES, 0.0)
    found = []
    for kind in KINDS:
        for places in product(*(range(len(laid.pieces[slot])) for slot in kind)):
            chosen = dict(zip(kind, places, strict=True))
            extra = share * max(completed(laid, chosen, wish)) if share else 0.0
            found.append(of_garments(laid, chosen) + extra)
    return sorted(found, reverse=True)


def of_garments(laid: Board, chosen: Mapping[Slot, int]) -> float:
    single = float(np.mean([laid.single[slot][at] for slot, at in chosen.items()]))
    pairs = pairs_of(tuple(chosen))
    together = sum(share * float(laid.pairs[a, b][chosen[a], chosen[b]]) for (a, b), share in pairs.items())
    families = np.bitwise_or.reduce([laid.seen[slot].families[at] for slot, at in chosen.items()])
    louds = sum(float(laid.seen[slot].loud[at] >= LOUD) for slot, at in chosen.items())
    penalty = float(set_penalty(np.array([families]), np.array([louds]))[0])
    return single + (together if pairs else laid.alone) - penalty


@settings(max_examples=60)
@given(WARDROBES, WISHES, st.integers(1, 30))
def test_no_outfit_with_any_accessories_is_better_than_those_found(rows: list[Row], wish: Wish, most: int) -> None:
    laid = board(closet(rows), NOBODY, wish, Weights())
    found = search(laid, KINDS, most=most)
    assert found.scores == pytest.approx(everything(laid, wish)[:most], abs=1e-9)


@settings(max_examples=60)
@given(WARDROBES, WISHES)
def test_an_outfits_score_is_that_of_what_it_names(rows: list[Row], wish: Wish) -> None:
    """The accessories it names may be worn, and are worth what ``why`` says."""
    wardrobe = closet(rows)
    laid = board(wardrobe, NOBODY, wish, Weights())
    for each in propose(wardrobe, wish, most=5).outfits:
        told = {why.factor: why.score for why in each.why}
        assert sum(why.score * why.weight for why in each.why) == pytest.approx(each.score + penalty(told), abs=0.012)
        worn = [accessory.piece for accessory in each.look.accessories]
        assert may_be_worn(worn, list(each.look.garments), wish.anchor)
        assert (ACCESSORIES in told) == bool(laid.extras)


def penalty(told: Mapping[str, float]) -> float:
    return 1.0 - told.get("restraint", 1.0)


@settings(max_examples=60)
@given(WARDROBES, WISHES)
def test_one_of_each_place_and_never_too_many(rows: list[Row], wish: Wish) -> None:
    for each in propose(closet(rows), wish).outfits:
        places = [place_of(accessory.piece) for accessory in each.look.accessories]
        assert None not in places
        assert len(set(places)) == len(places) <= MOST
        ids = [piece.id for piece in each.look.pieces]
        assert len(set(ids)) == len(ids)


@settings(max_examples=40)
@given(items(GARMENTS, 1, 9), items(EXTRAS, 100, 6), WISHES)
def test_accessories_take_no_outfit_away(garments: list[Row], extras: list[Row], wish: Wish) -> None:
    bare = Wish(TODAY, wish.occasion, temperature_c=wish.temperature_c)
    without, together = propose(closet(garments), bare), propose(closet(garments + extras), bare)
    assert len(without.outfits) == len(together.outfits)
    assert not any(each.look.accessories for each in without.outfits)
    assert all(ACCESSORIES not in {why.factor for why in each.why} for each in without.outfits)


@settings(max_examples=30)
@given(WARDROBES, WISHES)
def test_an_accessory_to_build_around_is_in_every_outfit(rows: list[Row], wish: Wish) -> None:
    for each in propose(closet(rows), wish).outfits:
        assert wish.anchor is None or wish.anchor in {piece.id for piece in each.look.pieces}


def first(wish: Wish, *extras: str) -> list[str]:
    """What of these is worn with a suit and a coat."""
    rows = rows_of(*SUIT, "navy coat", *extras)
    extra = {row["id"]: row["category"] for row in rows[4:]}
    return [extra[item] for item in advise(rows, (), wish).outfits[0].items if item in extra]


@pytest.mark.parametrize(
    ("wish", "offered", "expected"),
    [
        (Wish(TODAY, temperature_c=-4), ("grey scarf", "black beanie", "black gloves"), 3),
        (Wish(TODAY, temperature_c=8), ("grey scarf", "black beanie", "black gloves"), 1),
        (Wish(TODAY, season=Season.WINTER), ("grey scarf", "black beanie", "straw hat"), 2),
        (Wish(TODAY, temperature_c=30), ("grey scarf", "black beanie", "beige sun hat", "black sunglasses"), 2),
        (Wish(TODAY, Occasion.WORK, temperature_c=30), ("beige sun hat", "black sunglasses"), 0),
        (Wish(TODAY, temperature_c=15), ("grey scarf", "black beanie", "black gloves", "black sunglasses"), 0),
        (Wish(TODAY), ("black bag", "black belt", "red tie", "gold necklace"), 1),
        (Wish(TODAY, Occasion.FORMAL), ("black clutch", "navy tie", "silver watch", "black socks"), 3),
        (Wish(TODAY, Occasion.HOME), ("black bag", "navy tie", "black belt"), 0),
    ],
)
def test_weather_and_occasion_ask(wish: Wish, offered: tuple[str, ...], expected: int) -> None:
    assert len(first(wish, *offered)) == expected


def test_no_more_than_sensible() -> None:
    wish = Wish(TODAY, Occasion.FORMAL, temperature_c=0)
    everything_there_is = ("grey scarf", "navy tie", "black clutch", "black beanie", "black belt", "black gloves")
    assert first(wish, *everything_there_is) == ["grey scarf", "navy tie", "black clutch"]


def test_what_suits_is_taken_and_what_does_not_stays_at_home() -> None:
    work = Wish(TODAY, Occasion.WORK)
    assert first(work, "orange backpack", "black handbag") == ["black handbag"]
    assert first(work, "black clutch") == []  # an evening bag
    assert first(Wish(TODAY, Occasion.PARTY), "black clutch", "black tote") == ["black clutch"]
    assert first(work, "brown belt", "black belt") == ["black belt"]  # the shoes are black
    sporty = rows_of("grey hoodie", "black leggings", "white sneakers", "black belt", "navy tie")
    assert worn_with(sporty, work) == set()  # nothing to wear them with
    loud: list[Row] = [{**row, "pattern": "leopard"} for row in rows_of("red shirt", "green pants")]
    loud += [{**row, "id": str(UUID(int=9)), "pattern": "floral"} for row in rows_of("magenta tote bag")]
    assert worn_with(loud, work) == set()  # much at once already


def worn_with(rows: list[Row], wish: Wish) -> set[str]:
    accessories = {each.id for each in closet(rows).accessories}
    return set(advise(rows, (), wish).outfits[0].items) & accessories


def test_accessories_take_turns() -> None:
    """None is in more than its share of the outfits, while another would do as well."""
    garments = (*(f"{colour} shirt" for colour in ("white", "navy", "black", "grey", "beige")), "navy pants",
                "black pants", "grey jeans", "black dress shoes")  # fmt: skip
    rows = rows_of(*garments, *["black handbag"] * 10)
    bags = {each.id for each in closet(rows).accessories}
    outfits = advise(rows, (), Wish(TODAY, Occasion.WORK)).outfits
    uses = Counter(item for outfit in outfits for item in outfit.items if item in bags)
    assert sum(uses.values()) == len(outfits) == 15
    assert max(uses.values()) <= max(Weights().most_uses, MOST_CHOSEN // 10)


def test_why_names_them_and_what_they_are_for_in_both_languages() -> None:
    rows = rows_of("white shirt", "navy pants", "black boots", "navy coat", "grey scarf", "black bag")
    texts = [
        next(why.text for why in advise(rows, (), Wish(TODAY, temperature_c=5), language=language).outfits[0].why
             if why.factor == ACCESSORIES)
        for language in ("en", "tr")
    ]  # fmt: skip
    assert texts == [
        "with Gray Scarf against the cold and Black Bag",
        "so\u011fu\u011fa kar\u015f\u0131 Gri Atk\u0131 ve Siyah Çanta ile",
    ]


def test_turkish_words_are_accessories_too() -> None:
    rows = rows_of(
        "beyaz gömlek", "lacivert pantolon", "siyah ayakkab\u0131", "kaban", "gri atk\u0131m", "siyah çantam", "bere"
    )
    found = advise(rows, (), Wish(TODAY, temperature_c=2)).outfits[0]
    assert len(found.items) == 7


@pytest.mark.parametrize("subcategory", SUBCATEGORIES)
def test_every_accessory_the_tagger_can_name_has_its_place_or_none(subcategory: str) -> None:
    (piece,) = closet([{"id": "1", "ai_subcategory": subcategory}]).accessories or (None,)
    if piece is None:
        return
    asked = {place for wish in every_wish() for place in asked_for([piece], wish)}
    assert asked == ({place_of(piece)} if place_of(piece) else set())


def every_wish() -> Iterator[Wish]:
    for occasion in (None, *Occasion):
        for celsius in (None, -5, 8, 30):
            yield Wish(TODAY, occasion, temperature_c=celsius)


def test_a_wardrobe_of_accessories_alone_is_answered() -> None:
    advice = advise(rows_of("scarf", "belt", "black bag"), (), Wish(TODAY, Occasion.WORK, temperature_c=1))
    assert advice.outfits == ()
    assert {each.what for each in advice.missing} >= {"top", "bottom"}


@pytest.mark.parametrize("anchor", [5, 6])
def test_what_is_anchored_is_worn_whatever_the_weather(anchor: int) -> None:
    item = str(UUID(int=anchor))
    rows = rows_of("white shirt", "navy pants", "red dress", "black boots", "grey scarf", "navy tie")
    advice = advise(rows, (), Wish(TODAY, temperature_c=30, anchor=item))
    assert advice.outfits
    assert all(item in each.items for each in advice.outfits)
    dresses = advise(rows_of("red dress", "black boots", "navy tie"), (), Wish(TODAY, anchor=str(UUID(int=3))))
    assert dresses.outfits == ()  # no shirt to wear it with
    assert dresses.missing[0].what == "anchor"
