"""Asks a model for further suggestions about a listing that is allowed, within a short time and the day's budget.

Never more than a suggestion: whatever goes wrong, the review is answered as the rules made it. Calls are counted
together with those for photos, against lower limits: suggestions end before tags do. What a call that failed has cost
is not known; what was set aside for it stays so for the day.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import structlog

from aura.assistant.vertexai import Assistant, Reply
from aura.errors import Failure, RetryAt, Transient
from aura.market.listing import Listing
from handlers.services import Services
from handlers.spending import Booking

if TYPE_CHECKING:
    from aura.market.review import Review

Run = Callable[[Callable[[Listing, str], "Review"], Listing, str], Awaitable["Review"]]
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Asking:
    """Who asks, whom, and where the answer is worked into the review."""

    user_id: str
    services: Services
    assistant: Assistant
    run: Run


async def suggested(review: Review, listing: Listing, language: str, asking: Asking) -> Review:
    """The review with the model's suggestions, or as it is."""
    metrics, name = asking.services.metrics, asking.assistant.name
    try:
        async with asyncio.timeout(asking.assistant.seconds):
            async with _one_call(asking) as booking:
                reply = await _ask(review, listing, language, asking)
                booking.spent_usd = reply.cost_usd
    except (Failure, TimeoutError) as failure:
        code = failure.code if isinstance(failure, Failure) else "model_timeout"
        metrics.analyzer_errors.labels(name, code).inc()
        log.info("listing_not_suggested", code=code)
        return review
    return await asking.run(partial(_enriched, review, reply), listing, language)


@asynccontextmanager
async def _one_call(asking: Asking) -> AsyncIterator[Booking]:
    """The right to ask once; what it may cost is set aside, and what it did cost is booked where it was answered.

    Raises:
        Transient: ``model_busy``, or the database is away.
        RetryAt: ``daily_limit``.
    """
    if asking.assistant.busy:
        raise Transient("model_busy", "All turns at the model are taken.")
    market, analysis = asking.services.settings.market, asking.services.settings.analysis
    ledger, booking = asking.services.ledger, Booking(asking.assistant.highest_cost_usd)
    reserved = await ledger.reserve_call(
        asking.user_id,
        market.model_daily_calls_project,
        market.model_daily_calls_user,
        hold_usd=booking.held_usd,
        project_usd=analysis.daily_cost_usd_project,
        user_usd=analysis.daily_cost_usd_user,
    )
    if not reserved.granted:
        raise RetryAt("daily_limit", "Suggestions for today are used up.", reserved.resets_at)
    yield booking
    await ledger.settle_call(asking.user_id, reserved.day, booking.held_usd, booking.spent_usd)


async def _ask(review: Review, listing: Listing, language: str, asking: Asking) -> Reply:
    from aura.market.suggesting import question, response_schema

    metrics, name = asking.services.metrics, asking.assistant.name
    metrics.analyzer_calls.labels(name).inc()
    with metrics.analyzer_seconds.labels(name).time():
        reply = await asking.assistant.ask(question(listing, review, language), response_schema())
    metrics.analyzer_tokens.labels(name, "input").inc(reply.input_tokens)
    metrics.analyzer_tokens.labels(name, "output").inc(reply.output_tokens)
    metrics.analyzer_cost.labels(name).inc(reply.cost_usd)
    return reply


def _enriched(review: Review, reply: Reply, listing: Listing, _language: str) -> Review:
    """Read the reply where it may take long: its title is held to all the rules."""
    from aura.market.suggesting import enriched, read_suggestion

    suggestion = read_suggestion(reply.text)
    return review if suggestion is None else enriched(review, listing, suggestion)
