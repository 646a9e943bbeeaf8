"""Asks one analyzer about one photo, within its time, and counts what that took."""

from __future__ import annotations

import asyncio
import time
from datetime import timedelta

from aura.errors import Failure, Transient
from aura.telemetry.metrics import Metrics
from aura.vision.analyzer import Analysis, Analyzer, Billed, Usage
from aura.vision.chain import MayAsk
from aura.vision.photo import Photo
from handlers.services import Services


async def ask(photo: Photo, analyzer: Analyzer, turn: MayAsk, services: Services) -> tuple[Analysis, timedelta]:
    """The analysis, and how long it took.

    Raises:
        Failure: as ``Analyzer.analyze``; ``analyzer_timeout`` when its time is over.
    """
    metrics, started = services.metrics, time.monotonic()
    metrics.analyzer_calls.labels(analyzer.name).inc()
    try:
        with metrics.analyzer_seconds.labels(analyzer.name).time():
            analysis = await turn.ask(_in_time(photo, analyzer))
    except Failure as failure:
        metrics.analyzer_errors.labels(analyzer.name, failure.code).inc()
        if isinstance(failure, Billed):
            _count(failure.usage, analyzer, metrics)
        raise
    _count(analysis.usage, analyzer, metrics)
    return analysis, timedelta(seconds=time.monotonic() - started)


def _count(usage: Usage, analyzer: Analyzer, metrics: Metrics) -> None:
    metrics.analyzer_tokens.labels(analyzer.name, "input").inc(usage.input_tokens)
    metrics.analyzer_tokens.labels(analyzer.name, "output").inc(usage.output_tokens)
    metrics.analyzer_cost.labels(analyzer.name).inc(usage.cost_usd)


async def _in_time(photo: Photo, analyzer: Analyzer) -> Analysis:
    try:
        async with asyncio.timeout(analyzer.timeout):
            return await analyzer.analyze(photo)
    except TimeoutError:
        raise Transient("analyzer_timeout", f"The analyzer did not answer within {analyzer.timeout:g} s.") from None
