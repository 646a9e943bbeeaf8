"""Finds offensive language in a text, with the maintained dictionary of the library safetype."""

from __future__ import annotations

from functools import cache

from safetype import ModerationEngine, create_moderation_engine

from aura.market.fields import DESCRIPTION_MAX
from aura.market.findings import Finding, Severity

SEVERITIES = {"low": Severity.FIX, "medium": Severity.FIX, "high": Severity.BLOCK, "critical": Severity.BLOCK}


def find_offensive(text: str, field: str) -> list[Finding]:
    """Offensive words of the first ``DESCRIPTION_MAX`` characters; longer texts are refused for their length."""
    matches = _engine().moderate(text[:DESCRIPTION_MAX]).matches
    severities = [(match, SEVERITIES[match.severity]) for match in matches]
    return [
        Finding(
            f"offensive.{'strong' if severity is Severity.BLOCK else 'mild'}", field, severity, match.start, match.end
        )
        for match, severity in severities
    ]


@cache
def _engine() -> ModerationEngine:
    return create_moderation_engine(mode="mask")
