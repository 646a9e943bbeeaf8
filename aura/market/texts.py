"""Everything that may be wrong with what a text says, whatever it is about."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from aura.market.accounts import find_accounts
from aura.market.findings import Finding, without_nested
from aura.market.folding import Folded, fold
from aura.market.offensive import find_offensive
from aura.market.phones import find_phones
from aura.market.readings import Reading, readings
from aura.market.rules import rule_book


def find_in_text(text: str, field: str) -> list[Finding]:
    """Offensive language, contact and payment details, and what the rules forbid, in the order of the text.

    CPU only; time is linear in the length of the text.
    """
    folded = fold(text)
    return sorted(
        [*find_offensive(folded, field), *find_said(folded, field)],
        key=lambda finding: (finding.start or 0, finding.end or 0),
    )


def find_said(folded: Folded, field: str) -> list[Finding]:
    """Contact and payment details and what the rules forbid, in the order of the text; not how it is said."""
    further = readings(folded)
    phones = [*find_phones(folded, field), *_news(further, find_phones, field)]
    found = [*phones, *find_accounts(folded, field), *_besides(phones, _by_rules(folded, further, field))]
    return without_nested(found)


def _besides(phones: list[Finding], found: list[Finding]) -> list[Finding]:
    """What the rules find, but for beginnings of numbers that were found whole."""
    return [finding for finding in found if finding.code != "contact.phone" or not _overlaps(finding, phones)]


def _overlaps(finding: Finding, others: list[Finding]) -> bool:
    start, end = finding.start or 0, finding.end or 0
    return any((other.start or 0) < end and start < (other.end or 0) for other in others)


def _by_rules(folded: Folded, further: list[Reading], field: str) -> list[Finding]:
    """What the rules find in the text as it stands, and in whatever else it may be read as."""
    return [*rule_book().find(folded, field), *_news(further, rule_book().find, field)]


def _news(further: list[Reading], find: Callable[[Folded, str], list[Finding]], field: str) -> Iterator[Finding]:
    """What is found in further readings only because they read the text otherwise."""
    for reading in further:
        for finding in find(reading.folded, field):
            if reading.is_news(finding.start or 0, finding.end or 0):
                yield finding
