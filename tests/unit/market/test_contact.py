# ruff: noqa: RUF001 - Turkish is spoken here
"""Phone numbers, accounts and addresses are found however they are written; sizes, codes and prices are not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aura.market.texts import find_in_text


def found(text: str) -> dict[str, str]:
    """What was found, by code."""
    return {finding.code: text[finding.start : finding.end] for finding in find_in_text(text, "description")}


@pytest.mark.parametrize(
    "number",
    [
        "0532 123 45 67",
        "05321234567",
        "5321234567",
        "532 123 45 67",
        "(0532) 123-45-67",
        "+90 532 123 45 67",
        "00905321234567",
        "0.532.123.45.67",
        "0 5 3 2 1 2 3 4 5 6 7",
        "o5o5 123 45 67",
        "sıfır beş üç iki bir iki üç dört beş altı yedi",
        "sifir bes uc iki bir iki uc dort bes alti yedi",
        "sıfır beş yüz otuz iki yüz yirmi üç kırk beş altmış yedi",
        "sıfır beşyüz otuziki yüzyirmiüç kırkbeş altmışyedi",
        "beş üç iki 123 45 67",
        "07700 900123",
        "+44 7700 900 123",
        "(415) 555-2671",
        "415.555.2671",
        "+1-415-555-0123",
        "zero seven seven double zero nine zero zero one two three",
        "five five five one two three four",
        "0７７００　９００１２３",
    ],
)
def test_phone_numbers(number: str) -> None:
    for before, after in (("", ""), ("güzel elbise, ", " bekliyorum"), ("Lovely 🧥: ", "!")):
        assert found(f"{before}{number}{after}").get("contact.phone") == number


@pytest.mark.parametrize(
    "gap", ["\u200b", "\u200c", "\u200d", "\u2060", "\ufeff", "\u00ad", "\u2063", "\u180e", "\u2800"]
)
@pytest.mark.parametrize("digits", ["05392714806", "０５３９２７１４８０６", "٠٥٣٩٢٧١٤٨٠٦", "𝟎𝟓𝟑𝟗𝟐𝟕𝟏𝟒𝟖𝟎𝟔"])
@pytest.mark.parametrize("before", ["S beden ", "size M ", "dress, style 12, ref "])
def test_digits_with_something_unseen_between_them(before: str, digits: str, gap: str) -> None:
    number = gap.join(digits)
    assert found(before + number) == {"contact.phone": number}


@pytest.mark.parametrize("space", " \u00a0\u2002\u2003\u2007\u2009\u200a\u202f\u205f\u3000\t")
def test_digits_of_another_width_with_any_space_between_groups(space: str) -> None:
    number = f"０７７００{space}９００５１８"
    for before in ("size 16. Tel ", "size 16 ", "38 beden, tel: ", "UK size 8 or 10, "):
        assert found(before + number) == {"contact.phone": number}


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("numaranın ilk yarısı 0549 312, ikinci yarısı 70 45", "0549 312, ikinci yarısı 70 45"),
        ("0549 ile başlıyor 312 ile devam ediyor 70 45", "0549 ile başlıyor 312 ile devam ediyor 70 45"),
        ("first bit is 07700, last bit is 900412", "07700, last bit is 900412"),
        ("mine starts with 0770 09 and the other half is 00 412", "0770 09 and the other half is 00 412"),
    ],
)
def test_a_number_in_parts_that_are_announced(text: str, number: str) -> None:
    assert found(text) == {"contact.phone": number}


@pytest.mark.parametrize(
    "text",
    [
        "sizes 36 38 40 42 44 46",
        "text me for the style number 77388012",
        "sipariş numaram 12345678",
        "bedeni 40, boyu 110, eni 55, kol 60",
        "size 38, other sizes 40 42, worn first in 2019",
        "US sizes 0 2 4 6 8 10 12 14",
        "bust 88 waist 66 hips 94 length 102",
        "90-60-90, 34/36/38",
        "Ref. 2712/152/800, style 501-0114, RN 77388 CA 07149",
        "EAN 4006381333931, barkod 8690123456789",
        "12.05.2023 - 14.06.2023",
        "2019 2020 2021 yılında",
        "1.250.000 TL değerinde değil, 1.299 TL idi",
        "beş altı kez giydim, iki üç kere yıkandı",
        "W32 L34, 100% cotton, 10k/10k",
        "worn 2 or 3 times, EU 38 / UK 5 / US 7.5",
    ],
)
def test_numbers_that_are_no_phones(text: str) -> None:
    assert "contact.phone" not in found(text)


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("IBAN TR33 0006 1005 1978 6457 8413 26 olsun", "TR33 0006 1005 1978 6457 8413 26"),
        ("tr330006100519786457841326", "tr330006100519786457841326"),
        ("to GB82 WEST 1234 5698 7654 32.", "GB82 WEST 1234 5698 7654 32"),
        ("DE89370400440532013000", "DE89370400440532013000"),
        ("TR12 0000 1111 2222 3333 4444 55", "TR12 0000 1111 2222 3333 4444 55"),  # a wrong digit, meant as one
    ],
)
def test_ibans(text: str, span: str) -> None:
    assert found(text).get("payment.iban") == span
    assert {code.partition(".")[0] for code in found(text)} == {"payment"}


def test_cards_by_their_checksum() -> None:
    assert found("4111 1111 1111 1111") == {"payment.card": "4111 1111 1111 1111"}
    assert "payment.card" not in found("4111 1111 1111 1112")


@pytest.mark.parametrize("text", ["GB00 WEST 1234 5698 7654 32", "DE12 3704 0044 0532 0130 00", "XX12ABCDEFGHIJKLMN"])
def test_what_only_looks_like_an_iban(text: str) -> None:
    assert "payment.iban" not in found(text)


@given(st.integers(200, 998), st.integers(1_000_000, 9_999_999), st.sampled_from(["", " ", "-", "."]))
def test_turkish_mobiles_in_any_grouping(prefix: int, rest: int, gap: str) -> None:
    digits = f"{500 + prefix % 60}{rest}"
    written = gap.join((f"0{digits[:3]}", digits[3:6], digits[6:8], digits[8:]))
    assert "contact.phone" in found(f"bana {written} yeter")


@given(st.text("0123456789 +-()/.beşüç altı", max_size=60))
def test_findings_lie_in_the_text(text: str) -> None:
    for finding in find_in_text(text, "title"):
        assert 0 <= (finding.start or 0) < (finding.end or 0) <= len(text)
