"""Keeps what analyses cost within the day's limits, in all processes together.

Before a paid call one call and the most that it may cost are set aside in the database; after it what it did cost is
booked. Nobody can pass the limit meanwhile, and who is killed in between leaves it a little short for the day.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, time

import structlog

from aura.errors import Failure, Permanent, Transient
from aura.gateway.work_rows import Reservation
from aura.settings import Settings
from aura.vision.analyzer import Analyzer, Billed
from handlers.services import Services
from handlers.spent import ParkedElsewhere, Spent

log = structlog.get_logger(__name__)

# Gemini bills a photo of up to 1,024 px as four tiles of 258 tokens (Vertex AI, "Understand images"); the rest
# is the instruction. Answers are short; 300 tokens hold every field of the vocabulary.
INPUT_TOKENS = 4 * 258 + 700
OUTPUT_TOKENS = 300
# An answer that cannot be used is asked for once more.
ANSWERS = 2
ANALYZER = "analyzer"
# Failures that the service does not bill: it has not answered.
UNBILLED = frozenset({"analyzer_quota", "analyzer_unavailable"})


@dataclass
class Booking:
    """What is set aside for one call; ``spent_usd`` is what it did cost, once that is known."""

    held_usd: float
    spent_usd: float = 0.0


def likely_cost(settings: Settings) -> float:
    """What one call is likely to cost, in US dollars."""
    return _cost(settings, OUTPUT_TOKENS)


def highest_cost(settings: Settings) -> float:
    """The most that one call may cost: every answer that is asked for, each as long as it may be."""
    return ANSWERS * _cost(settings, settings.vertexai.max_output_tokens)


def _cost(settings: Settings, output_tokens: int) -> float:
    prices = settings.vertexai
    given, made = prices.input_usd_per_million_tokens, prices.output_usd_per_million_tokens
    return (INPUT_TOKENS * given + output_tokens * made) / 1_000_000


@asynccontextmanager
async def one_call(owner: str, analyzer: Analyzer, services: Services) -> AsyncIterator[Booking]:
    """The right to call ``analyzer`` once for a person; set ``spent_usd`` in the block.

    A failure inside it is booked at what it cost, as far as that is known. Being cancelled leaves all set aside.

    Raises:
        RetryAt: ``daily_limit``, until the next day (UTC), or for a minute where others have set aside the rest;
            ``analyzer_quota``, until the moment that another process was told.
    """
    if not analyzer.paid:
        yield Booking(0.0)
        return
    booking = Booking(highest_cost(services.settings))
    reserved = await _reserve(owner, analyzer, booking, services)
    try:
        yield booking
    except Failure as failure:
        if booking.spent_usd == 0.0:
            booking.spent_usd = _cost_of(failure, services.settings)
        await _settle(owner, reserved, booking, services)
        raise
    await _settle(owner, reserved, booking, services)


async def _reserve(owner: str, analyzer: Analyzer, booking: Booking, services: Services) -> Reservation:
    limits = services.settings.analysis
    asked = await services.ledger.reserve_call(
        owner,
        limits.daily_calls_project,
        limits.daily_calls_user,
        hold_usd=booking.held_usd,
        project_usd=limits.daily_cost_usd_project,
        user_usd=limits.daily_cost_usd_user,
        analyzer=analyzer.name,
        asked_at=services.clock(),
    )
    _show(asked, services)
    if not asked.granted:
        raise ParkedElsewhere(asked) if asked.scope == ANALYZER else Spent(asked)
    return asked


def _show(asked: Reservation, services: Services) -> None:
    limits, metrics = services.settings.analysis, services.metrics
    metrics.daily_start.set(datetime.combine(asked.day, time.min, UTC).timestamp())
    metrics.daily_used.labels("calls").set(asked.project_calls)
    metrics.daily_used.labels("usd").set(asked.project_spent_usd)
    metrics.daily_limit.labels("calls").set(limits.daily_calls_project)
    metrics.daily_limit.labels("usd").set(limits.daily_cost_usd_project)


def _cost_of(failure: Failure, settings: Settings) -> float:
    """What a failed call cost: as billed; else nothing, or, where nobody says, what a call is likely to cost."""
    if isinstance(failure, Billed):
        return failure.usage.cost_usd
    answered = isinstance(failure, Permanent) or failure.code not in UNBILLED
    return likely_cost(settings) if answered else 0.0


async def _settle(owner: str, reserved: Reservation, booking: Booking, services: Services) -> None:
    try:
        await services.ledger.settle_call(owner, reserved.day, booking.held_usd, booking.spent_usd)
    except Transient as error:  # what was set aside stays so until the end of the day
        log.warning("call_not_settled", code=error.code)
