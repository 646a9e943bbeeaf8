# ruff: noqa: RUF001 - Turkish is spoken here, in Cyrillic letters too
"""No text holds a review up: hostile texts of full length are done within a bound that only runaway time breaks."""

from __future__ import annotations

from time import process_time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aura.market.listing import Listing
from aura.market.review import review_listing

LENGTH, SECONDS = 4_000, 3.0  # a review of this length takes some 0.1 s: what is quadratic takes minutes
PIECES = [
    "f",
    "f u c k ",
    "f*k ",
    "s1k",
    "bu11sh1t ",
    "0 5 3 2 ",
    "1",
    "beş ",
    "a@",
    "a.",
    "I",
    "\u200b",
    "\u0301",
    "@a",
    "www.",
    "şı",
]
PIECES += [
    "TR33 0006 1005 1978 6457 8413 2 ",
    "selling for $5 ",
    "çok sık ",
    "no stains ",
    "tele gram ",
    "1nst@gr4m j a n e ",
    "message me on ",
    "my number in the ",
    "numara için ",
    "0532 and then ",
    "pi* ku",
    "dress with ",
    "-",
    "   ",
    "\n",
    "сиктир ",
    "0\u200b",
    "size 38 ref ",
    "takas yok ",
    "line id ",
    "nilnil0 5 3 2 ",
    "no swaps ",
]


def seconds(text: str) -> float:
    started = process_time()
    review_listing(Listing(title=text[:1_000], description=text[:LENGTH], condition="new"), "en")
    return process_time() - started


@pytest.mark.parametrize("piece", PIECES)
def test_one_thing_over_and_over_is_done_and_four_times_as_much_takes_about_four_times_as_long(piece: str) -> None:
    text = piece * (LENGTH // len(piece) + 1)
    short = min(seconds(text[: LENGTH // 4]) for _ in range(3))
    bound = min(7 * short + 0.05, SECONDS)  # quadratic would be sixteen times
    assert any(seconds(text[:LENGTH]) < bound for _ in range(3))  # again only where something came in between


@settings(max_examples=15, deadline=None)  # each is a review of full length
@given(st.lists(st.sampled_from(PIECES) | st.text(min_size=1, max_size=6), min_size=1, max_size=6))
def test_anything_over_and_over(pieces: list[str]) -> None:
    text = "".join(pieces)
    assert seconds(text * (LENGTH // len(text) + 1)) < SECONDS
