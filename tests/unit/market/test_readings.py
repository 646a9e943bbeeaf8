# ruff: noqa: RUF001 - Turkish is spoken here
"""A text is read in further ways, and what is found there lies on the right characters of the original."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aura.market.folding import fold
from aura.market.readings import readings
from aura.market.texts import find_in_text


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("s a t ı l ı k elbise", "satılık elbise"),
        ("t e x t  m e now", "text me now"),
        ("w.h.a.t.s.a.p.p me", "whatsapp me"),
        ("so s-a-l-e  it is", "so sale  it is"),
    ],
)
def test_letters_written_apart_are_put_together(text: str, read: str) -> None:
    assert {reading.folded.text for reading in readings(fold(text))} == {read}


@pytest.mark.parametrize("text", ["S M L XL", "size 3 4 5 6 7", "a b", "A - B", "plain words, nothing else"])
def test_few_letters_and_digits_are_left_apart(text: str) -> None:
    assert list(readings(fold(text))) == []


@pytest.mark.parametrize(
    ("text", "code", "marked"),
    [
        ("Elbise s a t ı l ı k, temiz.", "money.selling", "s a t ı l ı k"),
        ("just t e x t  m e", "contact.outside", "t e x t  m e"),
        ("please wh@tsapp me", "contact.outside", "wh@tsapp me"),
        ("1nsta: janedoe", "contact.handle", "1nsta: janedoe"),
    ],
)
def test_rules_find_what_is_disguised_where_it_stands(text: str, code: str, marked: str) -> None:
    found = {finding.code: text[finding.start : finding.end] for finding in find_in_text(text, "description")}
    assert found.get(code) == marked


@pytest.mark.parametrize("text", ["s a t ı l ı k  d e ğ i l", "n o t  f o r  s a l e", "V I N T A G E  D E N I M"])
def test_what_excuses_does_so_in_letters_apart_too(text: str) -> None:
    assert find_in_text(text, "title") == []


@given(st.text(alphabet="abı ş1@.-_ \u200b", max_size=60))
@settings(deadline=None)
def test_every_character_of_a_reading_knows_where_it_came_from(text: str) -> None:
    for reading in readings(fold(text)):
        folded = reading.folded
        assert len(folded.text) == len(folded.starts) == len(folded.ends)
        assert list(folded.starts) == sorted(folded.starts)
        assert all(0 <= start < end <= len(text) for start, end in zip(folded.starts, folded.ends, strict=True))
        assert all(0 <= start < end <= len(text) for start, end in reading.spans)
