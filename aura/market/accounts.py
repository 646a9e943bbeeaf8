# ruff: noqa: RUF001 - letters that look alike are what this is about
"""Finds bank accounts and payment cards by their checksums, so that article codes are not taken for them.

An IBAN is checked as ISO 13616 says and a card by Luhn's formula, both by python-stdnum. A Turkish IBAN with a wrong
digit, or anything called an IBAN, is reported as well: it was meant to be one.
"""

from __future__ import annotations

from collections.abc import Iterator

import re2  # type: ignore[import-untyped]
from stdnum import iban, luhn

from aura.market.findings import Finding, Severity
from aura.market.folding import Folded

_IBAN = re2.compile(r"(?:^|[^\pL\pN])([a-z]{2} ?[o0-9]{2}(?:[ .-]{0,2}[a-z0-9]){11,32})")
_TURKISH = re2.compile(r"(?:^|[^\pL\pN])(tr ?[o0-9]{2}(?:[ .-]{0,2}[o0-9]){22})")
_NAMED = re2.compile(
    r"(?:^|[^\pL\pN])iban(?:[ıi]m)?(?: no| numaram| numaras[ıi])?"
    r"[^\pL\pN]{0,3}((?:[a-z]{2})?(?:[ .-]{0,2}[0-9]){12,28})"
)
_CARD = re2.compile(r"(?:^|[^\pL\pN])([3-6][0-9]{3}(?:[ -]?[0-9]{4}){3})(?:[^\pL\pN]|$)")
_SHORTEST, _LONGEST = 15, 34


def find_accounts(folded: Folded, field: str) -> list[Finding]:
    """IBANs and card numbers."""
    ibans = [Finding("payment.iban", field, Severity.FIX, *folded.span(*span)) for span in _ibans(folded.text)]
    cards = [Finding("payment.card", field, Severity.FIX, *folded.span(*span)) for span in _cards(folded.text)]
    return [*ibans, *cards]


def _ibans(text: str) -> Iterator[tuple[int, int]]:
    for match in _IBAN.finditer(text):
        start = match.start(1)
        length = _iban_length(match.group(1))
        if length:
            yield start, start + length
    for pattern in (_TURKISH, _NAMED):
        for match in pattern.finditer(text):
            yield match.span(1)


def _iban_length(candidate: str) -> int:
    """How many characters of ``candidate``, from its first, are a valid IBAN; 0: none."""
    compact = ""
    for place, char in enumerate(candidate):
        if char in " .-":
            continue
        compact += char
        if _SHORTEST <= len(compact) <= _LONGEST and iban.is_valid(compact, check_country=False):
            return place + 1
    return 0


def _cards(text: str) -> Iterator[tuple[int, int]]:
    for match in _CARD.finditer(text):
        if luhn.is_valid(match.group(1).replace(" ", "").replace("-", "")):
            yield match.span(1)
