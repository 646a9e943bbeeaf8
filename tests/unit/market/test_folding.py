# ruff: noqa: RUF001 - letters that look alike are what this is about
"""Texts are read as people read them, and every place leads back to the characters that were written."""

from __future__ import annotations

from string import ascii_lowercase

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aura.market.characters import fold_character
from aura.market.folding import by_sound, fold

TEXTS = st.text(max_size=60) | st.text("fuck şıkİİç\u0327\u200b\u0301🧥ＦａΑ0", max_size=60)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("FUCK", "fuck"),
        ("ｆｕｃｋ", "fuck"),
        ("𝓯𝓾𝓬𝓴 𝔣𝔲𝔠𝔨 ᶠᵘᶜᵏ", "fuck fuck fuck"),
        ("🅵🆄🅲🅺", "fuck"),
        ("🇫🇺🇨🇰", "fuck"),
        ("ⓕⓤⓒⓚ", "fuck"),
        ("fᴜᴄᴋ", "fuck"),
        ("fuсk", "fuck"),  # with a Cyrillic letter
        ("f\u200bu\u2060c\u00adk", "fuck"),
        ("f̶u̶c̶k̶", "fuck"),
        ("1️⃣2️⃣ ➀➁ ٣٤", "12 12 34"),
        ("ŞIK şık ÇİÇEK", "şik şık çiçek"),
        ("s\u0327ık", "şık"),
        ("İSTANBUL", "istanbul"),
        ("café ñandú straße", "cafe nandu strasse"),
        ("ﬁne", "fine"),
        ("⒡⒰⒞⒦", "fuck"),
        ("千ㄩ匚Ҝ ꎇꀎꉓꀘ ᎰᏬᏨᏦ ⲥⲩⲛⲧ", "fuck fuck fuck cynt"),
        ("SΙKTΙR ЅІКТІR ꓢꓲK", "siktir siktir sik"),  # capitals that look like I, of three scripts
    ],
)
def test_look_alikes_are_read_as_what_they_look_like(written: str, read: str) -> None:
    assert fold(written).text == read


@pytest.mark.parametrize(
    "alphabet",
    [
        "卂乃匚ᗪ乇千Ꮆ卄丨ﾌҜㄥ爪几ㄖ卩Ɋ尺丂ㄒㄩᐯ山乂ㄚ乙",
        "ꍏꌃꉓꀸꍟꎇꁅꃅꀤꀭꀘ꒒ꂵꈤꂦꉣꆰꋪꌗ꓄ꀎꃴꅏꊼꌩꁴ",
        "ᎯᏰᏨᎠᎬᎰᎶᎻᎨᏠᏦᏝᎷᏁᎾᏢᏅᏒᏕᎿᏬᏉᏯᎲᎽᏃ",
        "ДҔҪԀЄҒԌҢІЈКԼМИОРԚЯЅТЏѴѠХҮZ",
        "ΑΒϹDΕϜGΗΙЈΚLΜΝΟΡQRЅΤUVWΧΥΖ",
        "ꓮꓐꓚꓓꓰꓝꓖꓧꓲꓙꓗꓡꓟꓠꓳꓑQꓣꓢꓔꓴꓦꓪꓫꓬꓜ",
        "⒜⒝⒞⒟⒠⒡⒢⒣⒤⒥⒦⒧⒨⒩⒪⒫⒬⒭⒮⒯⒰⒱⒲⒳⒴⒵",
        "🄰🄱🄲🄳🄴🄵🄶🄷🄸🄹🄺🄻🄼🄽🄾🄿🅀🅁🅂🅃🅄🅅🅆🅇🅈🅉",
        "ȺɃȻĐɆFǤĦƗɈꝀŁMNØⱣꝖɌSŦᵾVWXɎƵ",
        "𝕬𝕭𝕮𝕯𝕰𝕱𝕲𝕳𝕴𝕵𝕶𝕷𝕸𝕹𝕺𝕻𝕼𝕽𝕾𝕿𝖀𝖁𝖂𝖃𝖄𝖅",
        "ａｂｃｄｅｆｇｈｉｊｋｌｍｎｏｐｑｒｓｔｕｖｗｘｙｚ",
    ],
)
def test_whole_alphabets_of_look_alikes(alphabet: str) -> None:
    assert fold(alphabet).text == ascii_lowercase


def test_letters_of_another_script_may_be_read_aloud() -> None:
    heard, places = by_sound(fold("oрoѕpu, СИКТИР"))
    assert heard.text == "orospu, siktir"
    assert places == [1, 8, 9, 12, 13]  # к and т look as they sound
    assert by_sound(fold("şık ipek")) == (fold("şık ipek"), [])


@pytest.mark.parametrize("letter", "çğıöşü")
def test_turkish_letters_stay_letters_of_their_own(letter: str) -> None:
    assert fold(letter).text == letter


def test_a_place_in_the_reading_is_a_place_in_what_was_written() -> None:
    folded = fold("so 🅵\u200bu\u0301ck!")
    start = folded.text.index("fuck")
    first, last = folded.span(start, start + 4)
    assert folded.original[first:last] == "🅵\u200bu\u0301ck"


def test_a_capital_i_may_be_either() -> None:
    folded = fold("SIK İP")
    assert {folded.text[place] for place in folded.either_i} == {"i"}
    assert len(folded.either_i) == 1


@given(TEXTS)
def test_folding_twice_is_folding_once(text: str) -> None:
    once = fold(text).text
    assert fold(once).text == once


@given(TEXTS)
def test_places_never_leave_the_text_nor_go_back(text: str) -> None:
    folded = fold(text)
    assert len(folded.text) == len(folded.starts) == len(folded.ends)
    bounds = list(zip(folded.starts, folded.ends, strict=True))
    assert all(0 <= start < end <= len(text) for start, end in bounds)
    assert bounds == sorted(bounds)


@given(TEXTS)
def test_each_character_stands_for_the_ones_it_came_from(text: str) -> None:
    folded = fold(text)
    for place, char in enumerate(folded.text):
        start, end = folded.span(place, place + 1)
        assert char in fold(text[start:end]).text


@given(st.characters(codec="utf-8"))
def test_no_character_needs_folding_twice(char: str) -> None:
    folded = fold_character(char)
    assert "".join(map(fold_character, folded)) == folded
