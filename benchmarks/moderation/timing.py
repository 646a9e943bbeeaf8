"""How long a review takes, and how its time grows with the text, also with texts made to be slow."""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter, process_time
from typing import Any

from aura.market.listing import Image, Listing
from aura.market.review import review_listing
from aura.market.texts import find_in_text
from benchmarks.moderation.lines import SETS, flagged_by_library, lines
from benchmarks.report import Table, milliseconds, spread

LENGTHS = (500, 1_000, 2_000, 4_000)
ROUNDS, QUICK_ROUNDS = 5, 1
REPEATED = {
    "prose": " ".join(line.text for line in lines("tuned") if line.label == "clean") + " ",
    "letters apart": "f u c k ",
    "one word": "f",
    "masks": "f*k ",
    "digits": "0 5 3 2 ",
    "number words": "beş ",
    "nearly an IBAN": "TR33 0006 1005 1978 6457 8413 2 ",
    "signs as letters": "s1k ",
    "zero-width": "f\u200b",
    "signs, gaps and names": "s1k f11k 1nst@gr4m s e l l ",
}


def times(*, quick: bool) -> Table:
    """Wall-clock time of reviews of whole listings, each line once as a description."""
    listings = [_listing(line.text) for name in SETS for line in lines(name)]
    review_listing(listings[0], "en")  # what is read once, is read before
    rounds = QUICK_ROUNDS if quick else ROUNDS
    aura = [_seconds(lambda each=each: review_listing(each, "en")) for _ in range(rounds) for each in listings]  # type: ignore[misc]
    texts = [each.description or "" for each in listings]
    library = [_seconds(lambda text=text: flagged_by_library(text)) for _ in range(rounds) for text in texts]  # type: ignore[misc]
    return Table("time of a review", [{"judge": "aura"} | spread(aura), {"judge": "safetype"} | spread(library)])


def _listing(text: str) -> Listing:
    return Listing(title=text[:40], description=text, condition="good", images=(Image("https://x.test/a.jpg", True),))


def _seconds(work: Callable[[], object]) -> float:
    started = perf_counter()
    work()
    return perf_counter() - started


def growth(*, quick: bool) -> Table:
    """Processor time by length, and how many times longer eight times the text takes."""
    return Table(
        "processor time of a text by its length, milliseconds",
        [_grown(name, text, 1 if quick else 3) for name, text in REPEATED.items()],
    )


def _grown(name: str, text: str, rounds: int) -> dict[str, Any]:
    row: dict[str, Any] = {"text": name}
    for length in LENGTHS:
        said = (text * (length // len(text) + 1))[:length]
        row[str(length)] = milliseconds(min(_cpu(said) for _ in range(rounds)))
    return row | {"ratio": round(row[str(LENGTHS[-1])] / row[str(LENGTHS[0])], 1)}


def _cpu(text: str) -> float:
    started = process_time()
    find_in_text(text, "description")
    return process_time() - started
