# ruff: noqa: RUF002 - letters that look alike are what this is about
"""Finds phone numbers among the numbers of a text.

Wardrobes are full of numbers: sizes, measurements, years, article codes, prices. A number is taken for a phone's
when it is written as phone numbers are (an international prefix, a trunk zero, a mobile's or a usual grouping), or
when the words before it say so; the library phonenumbers says which numbers a country can have.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

import phonenumbers
import re2  # type: ignore[import-untyped]

from aura.market.announcing import Announced, announced, calls
from aura.market.findings import Finding, Severity
from aura.market.folding import Folded
from aura.market.numerals import Number, streams

FEWEST, MOST = 7, 15  # digits; 15 is E.164's longest
MOST_GROUPS = 15
LONGEST_SIZE = 3  # digits
LONGEST_MEASURE = 4  # digits of what a word for sizes may announce
FEW_UNSEEN = 3  # characters that nobody sees, between digits: fewer may be there by accident
FEWEST_DIFFERENT = 3  # digits that a phone number has, whatever it is
CONTEXT, CONTEXT_AFTER = 40, 25  # characters before and after a number in which words may say what it is
REGIONS = ("TR", "GB", "US", "DE", "NL", "FR")
_CENTURIES = ("19", "20")
_PHONES = frozenset("\N{TELEPHONE RECEIVER}\N{BLACK TELEPHONE}\N{WHITE TELEPHONE}\N{MOBILE PHONE}")
_PHONES |= {"\N{MOBILE PHONE WITH RIGHTWARDS ARROW AT LEFT}", "\N{PAGER}"}
# The beginning of a Turkish mobile's number, which in words means nothing else.
_PREFIX = re2.compile(r"05[0-5]\d\d*|5[345]\d\d{4,}")
# How people group numbers that begin with no 0, from the left: mobiles, and those of some country.
_MOBILE = frozenset({(10,), (3, 7), (3, 3, 4), (3, 3, 2, 2), (3, 4, 3), (3, 2, 2, 3), (3, 2, 3, 2)})
_NATIONAL = frozenset(
    {(10,), (3, 3, 4), (1, 3, 3, 4), (3, 3, 2, 2), (3, 2, 2, 2), (2, 3, 3, 2, 2), (2, 3, 3, 4), (2, 10), (12,)}
)

# The same with their trunk zero: article codes that begin with one are grouped otherwise.
_TRUNK = frozenset(
    {
        (1, 3, 3, 2, 2),
        (1, 3, 3, 4),
        (4, 3, 2, 2),
        (4, 3, 4),
        (4, 3, 3),
        (3, 4, 4),
        (4, 2, 2, 3),
        (5, 3, 3),
        (5, 2, 2, 2),
    }
) | {(1,) * 10, (1,) * 11}


def find_phones(folded: Folded, field: str) -> list[Finding]:
    """Phone numbers, from the left; at most one for each run of numbers."""
    found: list[Finding] = []
    for stream in streams(folded.text):
        window = _phone(folded, stream)
        if window is not None:
            start, end = _with_prefix(folded.text, window)
            found.append(Finding("contact.phone", field, Severity.FIX, *folded.span(start, end)))
    return found


def _with_prefix(text: str, window: Sequence[Number]) -> tuple[int, int]:
    start = window[0].start
    while start > 0 and text[start - 1] in "+(":
        start -= 1
    return start, window[-1].end


def _phone(folded: Folded, stream: list[Number]) -> Sequence[Number] | None:
    """The longest part of a stream that looks like a phone number, the leftmost of equally long ones."""
    if sum(len(number.digits) for number in stream) < FEWEST:
        return stream if _is_spelled_prefix(stream) else None
    if _is_series(stream):
        return None
    windows = sorted(_windows(stream), key=lambda window: -sum(len(number.digits) for number in window))
    return next((window for window in windows if _is_phone(folded, window)), None)


def _windows(stream: list[Number]) -> Iterator[list[Number]]:
    for first in range(len(stream)):
        digits = 0
        for last in range(first, min(len(stream), first + MOST_GROUPS)):
            digits += len(stream[last].digits)
            if digits > MOST:
                break
            if digits >= FEWEST:
                yield stream[first : last + 1]


def _is_series(numbers: Sequence[Number]) -> bool:
    """Whether numbers are sizes rather than digits: each the same step above the one before."""
    values = [int(number.digits) for number in numbers[:40] if len(number.digits) <= LONGEST_SIZE]
    steps = {after - before for before, after in pairwise(values)}
    return len(values) >= 4 and len(steps) == 1 and 0 < min(steps) <= 10


def _has_year(numbers: Sequence[Number]) -> bool:
    """Whether one of several numbers is a year, as in dates and seasons: "12.05.2023", "2019 2020 2021"."""
    years = sum(len(number.digits) == 4 and number.digits.startswith(_CENTURIES) for number in numbers)
    return years > 1 or (years == 1 and all(len(number.digits) in (1, 2, 4) for number in numbers))


def _is_phone(folded: Folded, window: Sequence[Number]) -> bool:
    text = folded.text
    digits = "".join(number.digits for number in window)
    start, end = window[0].start, window[-1].end
    if len(set(digits)) < FEWEST_DIFFERENT or _is_series(window) or _has_year(window):
        return False
    before = text[max(0, start - CONTEXT) : start]
    if before[-3:].rstrip(" (").endswith("+") or digits.startswith("00"):
        return _is_possible("+" + digits.removeprefix("00"))
    groups = tuple(len(number.digits) for number in window)
    unseen = _unseen(folded, start, end)
    if unseen >= FEW_UNSEEN:
        return True
    return not _is_article(groups, text[start:end]) and _is_said_to_be(folded, window, before, unseen)


def _is_said_to_be(folded: Folded, window: Sequence[Number], before: str, unseen: int) -> bool:
    """Whether the words around, or the way in which it is written, make it a phone number."""
    digits, groups = "".join(number.digits for number in window), tuple(len(number.digits) for number in window)
    said = announced(before)
    if said is Announced.OTHER or (said is Announced.SIZE and max(groups) <= LONGEST_MEASURE):
        return len(groups) > 2 and (groups in _TRUNK or _is_mobile(digits)) and _is_national(digits, groups)
    if said is Announced.PHONE or unseen > 0 or not _PHONES.isdisjoint(before) or _is_spelled(window):
        return True
    return _is_national(digits, groups) or calls(folded.text[window[0].start : window[-1].end + CONTEXT_AFTER])


def _is_article(groups: tuple[int, ...], written: str) -> bool:
    """Whether it is written as a large retailer writes its article codes: "2712/152/800"."""
    return groups == (4, 3, 3) and written.count("/") == 2


def _unseen(folded: Folded, start: int, end: int) -> int:
    """How many characters that nobody sees, or signs drawn onto digits, somebody put between them."""
    return (folded.starts[end - 1] - folded.starts[start]) - (end - 1 - start)


def _is_spelled_prefix(stream: Sequence[Number]) -> bool:
    """Whether only the beginning of a number is given, but in words: "sıfır beş yüz otuz iki"."""
    return all(number.spelled for number in stream) and bool(_PREFIX.fullmatch("".join(one.digits for one in stream)))


def _is_spelled(window: Sequence[Number]) -> bool:
    return len(window) >= 3 and sum(number.spelled for number in window) >= 2


def _is_national(digits: str, groups: tuple[int, ...]) -> bool:
    """Whether it is written as national numbers are: digit by digit, or in usual groups."""
    single = all(size == 1 for size in groups)
    if digits[0] == "0" and 10 <= len(digits) <= 12:
        return digits[1] != "0"
    if _is_mobile(digits):
        return single or groups in _MOBILE
    if len(digits) == 12:
        return digits.startswith("90") and digits[2] in "2345" and (single or groups in _NATIONAL)
    return (single or groups in _NATIONAL) and (_is_american(digits) or _is_valid(digits))


def _is_mobile(digits: str) -> bool:
    """Whether it is a Turkish mobile's number without its zero."""
    return len(digits) == 10 and digits[0] == "5"


def _is_american(digits: str) -> bool:
    """The North American plan, numbers reserved for fiction included: 415-555-0123 is meant as one all the same."""
    national = digits.removeprefix("1") if len(digits) == 11 else digits
    return len(national) == 10 and national[0] in "23456789" and national[3] in "23456789"


def _is_valid(digits: str) -> bool:
    return any(_is_number_of(region, digits) for region in REGIONS)


def _is_number_of(region: str, digits: str) -> bool:
    try:
        return phonenumbers.is_valid_number(phonenumbers.parse(digits, region))
    except phonenumbers.NumberParseException:
        return False


def _is_possible(number: str) -> bool:
    try:
        return phonenumbers.is_possible_number(phonenumbers.parse(number, None))
    except phonenumbers.NumberParseException:
        return False
