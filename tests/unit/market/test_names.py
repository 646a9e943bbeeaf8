# ruff: noqa: RUF001 - Turkish is spoken here
"""Misspelled names of other apps are read as they are meant, everyday words are not, and places stay right."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aura.market.data import load
from aura.market.folding import fold
from aura.market.names import LONGEST_SLIP, misspelled, spelled_out

NAMES = load("any", "names")["names"]


def meant(text: str) -> list[str]:
    """The names that a text means and spells otherwise."""
    return [name for _, _, name in misspelled(fold(text))]


@pytest.mark.parametrize(("name", "spelling"), [(name, each) for name in NAMES for each in NAMES[name]])
def test_every_spelling_in_the_file_means_its_name(name: str, spelling: str) -> None:
    for text in (spelling, spelling.upper(), f"bana {spelling}'dan yaz", f"{spelling}!"):
        assert meant(text) == [name]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("tele gram", "telegram"),
        ("i.n.s.t.a.g.r.a.m", "instagram"),
        ("whatsaap", "whatsapp"),
        ("insatgram", "instagram"),
        ("fcebook", "facebook"),
        ("tlgrmdan", "telegram"),
        ("ınstagram", "instagram"),
        ("snapchaat", "snapchat"),
    ],
)
def test_slips_gaps_and_missing_vowels(text: str, name: str) -> None:
    assert meant(f"yaz {text} olur") == [name]


@pytest.mark.parametrize(
    "text",
    [
        "telegram",
        "a telegraph pole print",
        "massager",
        "passenger seat",
        "papa ve anne",
        "installed",
        "in a star",
        "tiki top",
        "message",
        "para",
    ],
)
def test_names_as_they_are_and_other_words_are_left_alone(text: str) -> None:
    assert meant(text) == []


@given(st.sampled_from([name for name in NAMES if len(name) >= LONGEST_SLIP]), st.data())
def test_one_slip_after_the_first_letter_still_means_the_name(name: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(1, len(name) - 1))
    letter = data.draw(st.sampled_from("bcdfkmnprtz"))
    written = data.draw(st.sampled_from([name[:at] + name[at + 1 :], name[:at] + letter + name[at:]]))
    if written not in NAMES:
        assert meant(f"see {written} ok") == [name]


@given(st.text(alphabet="tele grampyI\u0301\u200bşı.", max_size=40))
@settings(deadline=None)
def test_every_letter_of_the_reading_knows_where_it_came_from(text: str) -> None:
    folded = fold(f"{text} tele gram {text}")
    read = spelled_out(folded, misspelled(folded))
    assert "telegram" in read.text
    assert len(read.text) == len(read.starts) == len(read.ends)
    assert list(read.starts) == sorted(read.starts)
    assert all(0 <= start < end <= len(folded.original) for start, end in zip(read.starts, read.ends, strict=True))
    assert all(read.text[place] in "iI" for place in read.either_i)
