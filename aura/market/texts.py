"""Everything that may be wrong with what a text says, whatever it is about."""

from __future__ import annotations

from aura.market.accounts import find_accounts
from aura.market.findings import Finding, without_nested
from aura.market.folding import fold
from aura.market.offensive import find_offensive
from aura.market.phones import find_phones
from aura.market.rules import rule_book


def find_in_text(text: str, field: str) -> list[Finding]:
    """Offensive language, contact and payment details, and what the rules forbid, in the order of the text.

    CPU only; time is linear in the length of the text.
    """
    folded = fold(text)
    found = [*find_phones(folded, field), *find_accounts(folded, field), *rule_book().find(folded, field)]
    return sorted(
        [*find_offensive(folded, field), *without_nested(found)],
        key=lambda finding: (finding.start or 0, finding.end or 0),
    )
