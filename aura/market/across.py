"""Finds contact and payment details of which the title has the beginning and the description the rest.

Only what is an address by itself is looked for, a number, an account, an e-mail, a handle: words that merely belong
together are found within one text, because a title and a description are two sentences.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from aura.market.findings import Finding
from aura.market.folding import fold
from aura.market.numerals import numerals
from aura.market.texts import find_said

SEAM = 20  # characters on either side of it that show whether an address may lie over it
LONGEST_PART = 80  # characters of the title's end and of the description's beginning that are read together
ADDRESSES = frozenset({"contact.phone", "contact.email", "contact.handle", "payment.iban", "payment.card"})


def find_across(title: str, description: str) -> list[Finding]:
    """Addresses that reach from the end of the title into the description: a finding in each of the two."""
    tail = title.rstrip()[-LONGEST_PART:]
    if not tail or not description.strip():
        return []
    offset = len(title.rstrip()) - len(tail)
    together = f"{tail} {description[:LONGEST_PART]}"
    if not _may_go_on(fold(tail[-SEAM:]).text, fold(description[:SEAM]).text):
        return []
    found = [each for each in find_said(fold(together), "title") if each.code in ADDRESSES]
    return [part for each in found for part in _parts(each, len(tail), offset)]


def _may_go_on(before: str, after: str) -> bool:
    """Whether both sides of the seam have something that numbers and addresses are made of."""
    return _has_piece(before) and _has_piece(after)


def _has_piece(text: str) -> bool:
    known = numerals().values
    words = text.split()
    return any(char.isdigit() or char in "@:" for char in text) or any(word in known or "." in word for word in words)


def _parts(finding: Finding, seam: int, offset: int) -> Iterator[Finding]:
    """The two parts of a finding that reaches over the seam; none of one that does not."""
    start, end = finding.start or 0, finding.end or 0
    if start < seam and end > seam + 1:
        yield replace(finding, start=start + offset, end=seam + offset)
        yield replace(finding, field="description", start=0, end=end - seam - 1)
