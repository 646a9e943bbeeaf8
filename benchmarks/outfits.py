"""What outfits cost, and how well they are judged: the ten best of wardrobes of 20 to 5,000 items, beside looking at
every outfit there is, and outfits put together by hand beside spoilt ones (``benchmarks/styling``).

Processor time of one thread from rows as the database gives them to named outfits with reasons, and its parts; memory
by tracemalloc. A target is held to the least of the measurements: what else runs on the core only ever adds to them (as
the documentation of Python's ``timeit`` has it); the median tells how much it added. Looking at everything scores the
same outfits by the same numbers without bounds, where that is feasible, and both must find the same 200 scores.
"Dressed up" is asked for work at 5 °C of wardrobes of which a sixth more are accessories. What to buy is asked for
without a shop. The wardrobes are random with a fixed seed.
"""

from __future__ import annotations

import random
import time
import tracemalloc
from collections.abc import Callable, Sequence
from dataclasses import fields
from datetime import date
from statistics import mean, median
from typing import Any
from uuid import UUID

import numpy as np

from aura.stylist.advice import advise
from aura.stylist.board import LOUD, Board, board, pairs_of, set_penalty
from aura.stylist.kinds import kinds
from aura.stylist.person import Person
from aura.stylist.purchases import suggest
from aura.stylist.search import MOST, search
from aura.stylist.slots import closet
from aura.stylist.weights import Weights
from aura.stylist.wishes import Occasion, Wish
from aura.vision.vocabulary import CATEGORY_OF, Category, Colour, Formality, Pattern, Slot, Style
from benchmarks.report import Report, Table, milliseconds, progress
from benchmarks.styling.judgement import HELD_OUT, TUNED, Judgement, judged
from benchmarks.styling.judgement import read as read_outfits

SIZES, QUICK_SIZES = (20, 100, 500, 2000, 5000), (20, 100)
ROUNDS, QUICK_ROUNDS = 9, 3
# What takes a few milliseconds is measured so much more often: as many times as these items would be looked at.
LOOKED_AT = 20_000
TARGETS = {100: 5.0, 500: 25.0}  # ms
JUDGED = ((TUNED, False), (TUNED, True), (HELD_OUT, False), (HELD_OUT, True))
SEEDS = 3
FEASIBLE = 100  # items up to which everything is looked at
WORN = (Category.TOPS, Category.TOPS, Category.BOTTOMS, Category.SHOES, Category.OUTERWEAR, Category.ONE_PIECE)
EXTRA = (Category.BAGS, Category.ACCESSORIES, Category.HEADWEAR)
KINDS = {category: [name for name, of in CATEGORY_OF.items() if of is category] for category in Category}
PERSON = Person(frozenset({Style.CASUAL}), frozenset({Colour.BLUE}))
WISH = Wish(date(2026, 5, 1))
DRESSED_UP = Wish(date(2026, 5, 1), Occasion.WORK, temperature_c=5)


async def run(quick: bool) -> Report:
    """Each size of wardrobe."""
    sizes, rounds = (QUICK_SIZES, QUICK_ROUNDS) if quick else (SIZES, ROUNDS)
    rows = []
    for size in sizes:
        progress(f"{size} items")
        rows.append(_measured(size, rounds))
    tables = [
        Table("ms of processor time: median and least", rows),
        Table("outfits by hand beside spoilt ones", [_judgement(name, clashing) for name, clashing in JUDGED]),
    ]
    return Report("outfits", {"rounds": rounds, "best": MOST}, tables)


def _judgement(name: str, clashing: bool) -> dict[str, Any]:
    """The mean of a few ways to spoil them."""
    found = [judged(read_outfits(name), clashing=clashing, seed=seed) for seed in range(SEEDS)]
    spoilt = "for another occasion or season" if clashing else "any"
    figures = {each.name: round(mean(getattr(one, each.name) for one in found), 3) for each in fields(Judgement)}
    return {"outfits": name, "exchanged for": spoilt, **figures}


def _measured(size: int, rounds: int) -> dict[str, Any]:
    rows, dressed = wardrobe(size), wardrobe(size, accessories=size // 6)
    read = closet(rows)
    laid, every = board(read, PERSON, WISH, Weights()), kinds(read, WISH)
    often = max(rounds, LOOKED_AT // size)
    whole = _timed(lambda: advise(rows, (), WISH, PERSON, most=10), often)
    searching = _timed(lambda: search(laid, every), often)
    naive = _timed(lambda: everything(laid, every), 1) if size <= FEASIBLE else None
    if naive is not None and not np.allclose(everything(laid, every), search(laid, every).scores):
        raise AssertionError("the search missed an outfit")
    target = TARGETS.get(size)
    return {
        "items": size,
        "rows to answer": whole,
        "target": target or "-",
        "held by the least": "-" if target is None else "yes" if whole[1] <= target else "no",
        "50": _timed(lambda: advise(rows, (), WISH, PERSON), rounds),
        "dressed up": _timed(lambda: advise(dressed, (), DRESSED_UP, PERSON, most=10), rounds),
        "reading": _timed(lambda: closet(rows), often),
        "scoring": _timed(lambda: board(closet(rows), PERSON, WISH, Weights()), often),
        "searching": searching,
        "what to buy": _timed(lambda: suggest(rows, (), WISH, PERSON), rounds),
        "everything": naive or "-",
        "gap": search(laid, every).gap,
        "MiB": _memory(lambda: advise(rows, (), WISH, PERSON, most=10)),
    }


def everything(laid: Board, every: tuple[tuple[Slot, ...], ...]) -> np.ndarray[Any, np.dtype[np.float64]]:
    """The best scores by looking at every outfit."""
    return -np.sort(-np.concatenate([_all_of(laid, kind) for kind in every]))[:MOST]


def _all_of(laid: Board, kind: tuple[Slot, ...]) -> np.ndarray[Any, np.dtype[np.float64]]:
    if not all(laid.pieces[slot] for slot in kind):
        return np.empty(0)
    places = dict(zip(kind, np.indices([len(laid.pieces[slot]) for slot in kind]).reshape(len(kind), -1), strict=True))
    score = np.sum([laid.single[slot][at] for slot, at in places.items()], axis=0) / len(kind)
    for (one, other), share in pairs_of(kind).items():
        score = score + share * laid.pairs[one, other][places[one], places[other]]
    families = np.bitwise_or.reduce([laid.seen[slot].families[at] for slot, at in places.items()])
    louds = np.sum([laid.seen[slot].loud[at] >= LOUD for slot, at in places.items()], axis=0)
    return np.asarray(score + (0.0 if pairs_of(kind) else laid.alone) - set_penalty(families, louds))


def wardrobe(size: int, accessories: int = 0) -> list[dict[str, Any]]:
    """Rows as the database gives them, tagged as an analyzer tags."""
    rng = random.Random(size)
    return [_row(rng, WORN) for _ in range(size)] + [_row(rng, EXTRA) for _ in range(accessories)]


def _row(rng: random.Random, categories: Sequence[Category]) -> dict[str, Any]:
    names = rng.sample(list(Colour), rng.choice((1, 1, 2, 3)))
    shades = [{"name": name, "hex": f"#{rng.randrange(1 << 24):06x}", "share": 0.9 / len(names)} for name in names]
    return {
        "id": str(UUID(int=rng.getrandbits(128))),
        "name": "mine",
        "ai_subcategory": rng.choice(KINDS[rng.choice(categories)]),
        "ai_colors": shades,
        "ai_color": names[0],
        "ai_pattern": rng.choice([*Pattern, *[Pattern.PLAIN] * 12]),
        "ai_formality": rng.choice([*Formality, None]),
        "is_favorite": rng.random() < 0.1,
        "last_worn_date": f"2026-0{rng.randint(1, 4)}-{rng.randint(10, 28)}",
        "created_at": "2025-05-05T10:00:00+00:00",
    }


def _timed(work: Callable[[], object], rounds: int) -> tuple[float, float]:
    """Median and least; beside other work the least is nearest to what it takes alone."""
    taken = []
    for _ in range(rounds):
        began = time.thread_time()
        work()
        taken.append(time.thread_time() - began)
    return milliseconds(median(taken)), milliseconds(min(taken))


def _memory(work: Callable[[], object]) -> float:
    """The most that was held at once."""
    tracemalloc.start()
    work()
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return round(most / 2**20, 1)
