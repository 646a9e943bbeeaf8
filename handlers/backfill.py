"""Photos from before the installation: how many there are, what tagging them would cost, and admitting them.

Nothing older than the installation is analysed by itself (no surprise bill). Admitting makes items
outstanding; the daemon then works on them after all live work, within the daily limits.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass

from aura.gateway.work import WorkLedger
from aura.settings import Settings
from aura.vision.analyzer import Analyzer
from handlers.spending import likely_cost

BATCH = 1000


@dataclass(frozen=True, slots=True)
class Plan:
    """What a backfill would do: items that could be admitted, calls it would make, and what they cost."""

    candidates: int
    calls: int
    cost_usd: float
    days: int


async def plan_backfill(
    ledger: WorkLedger, settings: Settings, analyzer: Analyzer, *, max_calls: int, stale_version: bool
) -> Plan:
    """Count, and estimate.

    Args:
        stale_version: also items that another version of the analyzer has tagged.
    """
    candidates = await ledger.backfill_count(analyzer.version if stale_version else None)
    calls = min(candidates, max_calls)
    return Plan(candidates, calls, calls * cost_per_call(settings, analyzer), _days(calls, settings, analyzer))


def cost_per_call(settings: Settings, analyzer: Analyzer) -> float:
    """What one analysis is likely to cost, in US dollars."""
    return likely_cost(settings) if analyzer.paid else 0.0


def _days(calls: int, settings: Settings, analyzer: Analyzer) -> int:
    """How many days the project's daily limits spread the calls over, if nothing else is analysed."""
    limits, cost = settings.analysis, cost_per_call(settings, analyzer)
    by_cost = int(limits.daily_cost_usd_project / cost) if cost else limits.daily_calls_project
    limit = min(limits.daily_calls_project, by_cost)
    if not analyzer.paid or limit == 0:
        return 0
    return -(-calls // limit)


async def admit(ledger: WorkLedger, analyzer: Analyzer, *, max_calls: int, stale_version: bool) -> AsyncIterator[int]:
    """Admit up to ``max_calls`` items, newest first, in batches; yields how many each batch had."""
    left = max_calls
    while left > 0:
        version = analyzer.version if stale_version else None
        admitted = await ledger.admit_backfill(min(BATCH, left), version)
        if admitted == 0:
            return
        left -= admitted
        yield admitted
