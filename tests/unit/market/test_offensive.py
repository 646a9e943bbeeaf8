# ruff: noqa: RUF001 - letters that look alike are what this is about
"""Offensive words are found in every disguise, at their exact characters, and innocent ones are left alone."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aura.market.findings import Severity
from aura.market.folding import fold
from aura.market.offensive import find_offensive
from aura.market.words import dictionary

# Found whatever their case, and with a space or a point between all their letters.
PLAIN = ("fuck", "bitch", "asshole", "motherfucker", "siktir", "orospu", "yarrak", "pezevenk", "amına koyayım")


def found(text: str) -> list[str]:
    """The characters that were found fault with."""
    return [text[finding.start : finding.end] for finding in find_offensive(fold(text), "title")]


@pytest.mark.parametrize(
    "text",
    [
        "fuck",
        "FUCK",
        "fucking",
        "f*cking",
        "f**k",
        "f@ck",
        "fu<k",
        "f-ck",
        "f.u.c.k",
        "f u c k",
        "fu ck",
        "fuuuuck",
        "f\u200buck",
        "fуck",
        "ƒµ¢k",
        "$h1t",
        "5hit",
        "a$$hole",
        "b!tch",
        "bi+ch",
        "whatthefuck"[7:],
        "siktir",
        "SİKTİR",
        "SIKTIR",
        "s1kt1r",
        "bu11sh1t",
        "s!ktir",
        "s*ktir",
        "s i k t i r",
        "sik tir",
        "amk",
        "a.m.k",
        "a m k",
        "o.ç",
        "OÇ",
        "p!ç",
        "g0t",
        "göt",
        "yarr@k",
        "0r0spu",
        "or*spu",
        "orospu çocuğu",
        "orospu cocugu",
        "gerizekalı",
        "geri zekalı",
    ],
)
def test_a_word_is_found_at_its_exact_characters(text: str) -> None:
    for before, after in (("", ""), ("so, ", " here"), ("çok şık 🧥 ", "!")):
        assert found(f"{before}{text}{after}") == [text]


@pytest.mark.parametrize(
    "text",
    [
        "cocktail dress with a pussy-bow and nude strap-on heels",
        "Dickies, FCUK, Hancock, Moby Dick, Sussex",
        "it's hit or miss, size S hits mid thigh",
        "as shown, as size S",
        "push it, wash it",
        "classic assorted bass analog Titan spicy",
        "Scunthorpe shiitake peacock",
        "Model A55, 501s, 5XL, B00K",
        "50% wool * 50% silk *see label*",
        "this.Hit me up.Size S",
        "çok şık, sıkı, SIKI, ŞIK, klasik, eksik, müziktir, eksiktir",
        "sıkıldım, sikildim, sikinti yok, ayağımı sıktı, ayagimi siktigi icin",
        "götürmek, Göteborg, sıçan, sıçrar, sıcak",
        "amca, ambalaj, Amina, AMINA, ananas, tamam, dolu, çıkar, allah",
        "siklamen, sikke, dik yaka, kaşar, çingene pembesi, boks, MK, AQ/AQ",
        "pic, pics, got it, oc, mal, malzeme, taşlı, fahiş fiyat",
        "sık giyildi, cok sik giydim, sik dokulu",
    ],
)
def test_innocent_words_are_left_alone(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize(
    ("text", "severity"),
    [("damn", Severity.FIX), ("salak", Severity.FIX), ("cunt", Severity.BLOCK), ("orospu", Severity.BLOCK)],
)
def test_mild_words_are_to_be_mended_and_strong_ones_blocked(text: str, severity: Severity) -> None:
    assert [finding.severity for finding in find_offensive(fold(text), "title")] == [severity]


@given(st.sampled_from(PLAIN), st.lists(st.booleans(), min_size=20, max_size=20))
def test_case_makes_no_difference(word: str, capitals: list[bool]) -> None:
    written = (
        "".join(
            {"i": "İ"}.get(char, char.upper()) if capital else char
            for char, capital in zip(word, capitals, strict=False)
        )
        + word[len(capitals) :]
    )
    assert found(f"a {written} b") == [written]


@given(st.sampled_from([word for word in PLAIN if " " not in word]), st.sampled_from([" ", ".", "-", "_", "*", "  "]))
def test_gaps_between_all_letters_make_no_difference(word: str, gap: str) -> None:
    written = gap.join(word)
    assert found(f"dress: {written} !") == [written]


@given(st.sampled_from([word for word in PLAIN if " " not in word]), st.integers(3, 9), st.data())
def test_repeated_letters_make_no_difference(word: str, times: int, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(word) - 1))
    written = word[:place] + word[place] * times + word[place + 1 :]
    assert found(f"{written}?") == [written]


@given(st.text("fuckşıİI*@1 .s\u200bktira", max_size=80))
def test_findings_lie_in_the_text_and_apart(text: str) -> None:
    spans = [(finding.start or 0, finding.end or 0) for finding in find_offensive(fold(text), "title")]
    assert all(0 <= start < end <= len(text) for start, end in spans)
    assert all(left[1] <= right[0] for left, right in pairwise(spans))


def test_every_entry_is_found_as_it_is_written() -> None:
    innocent = {word.text for word in dictionary().words if word.severity is None}
    missed = [
        word.text
        for word in dictionary().words
        if word.severity is not None and word.text not in innocent and not found(f"x {word.text} x")
    ]
    assert missed == []


@pytest.mark.parametrize(
    "text",
    [
        "mothafucka",
        "bstard",
        "pezewenk",
        "gerzekalı",
        "motherfcker",
        "sl00t",
        "gö*",
        "s ı k t ı r git",
        "sh it",
        "fu ck",
    ],
)
def test_long_words_are_found_in_other_spellings(text: str) -> None:
    assert find_offensive(fold(text), "title"), text


@pytest.mark.parametrize(
    "text",
    ["küçük defolu ürün", "ayakkabı ayağımı sürttüğü için", "fukaranın ceketi", "türdeş renkler", "hookah lounge tee",
     "crape and crêpe", "salt marshland green", "moth free storage", "pronounced shoulders"],
)  # fmt: skip
def test_words_that_other_spellings_meet_are_spared(text: str) -> None:
    assert find_offensive(fold(text), "description") == []
