"""Guards for paid analyzers, as the settings ask for, whose state shows in the metrics."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import datetime
from typing import get_args

from aura.settings import AnalysisSettings
from aura.telemetry.metrics import Metrics
from aura.vision.analyzer import Analyzer
from aura.vision.guarding.breaker import BreakerPolicy, State
from aura.vision.guarding.guard import AnalyzerGuard, GuardPolicy, GuardState

STATES: tuple[State, ...] = get_args(State)


def guards(
    settings: AnalysisSettings, metrics: Metrics, clock: Callable[[], datetime], rng: random.Random
) -> Callable[[Analyzer], AnalyzerGuard]:
    """Makes the guard of an analyzer."""
    breaker = BreakerPolicy(settings.pause_after_failures, settings.pause_seconds, settings.pause_max_seconds)
    policy = GuardPolicy(breaker, settings.max_at_once)

    def guard(analyzer: Analyzer) -> AnalyzerGuard:
        return AnalyzerGuard(analyzer.name, policy, clock=clock, chance=rng.random, watch=_shown(metrics))

    return guard


def _shown(metrics: Metrics) -> Callable[[GuardState], None]:
    def show(state: GuardState) -> None:
        for each in STATES:
            metrics.breaker_state.labels(state.name, each).set(each == state.breaker)
        metrics.analyzer_limit.labels(state.name).set(state.places)
        metrics.analyzer_under_way.labels(state.name).set(state.under_way)

    return show
