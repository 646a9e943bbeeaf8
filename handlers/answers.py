"""Gets the answer for a photo and pays for it at most once.

Decode, look into the cache, reserve a call of the daily limits, ask, and keep an answer that was paid for before
anything else is done with it: a process that is killed right after the answer finds it in the cache. An answer that
cost nothing can wait until the tags are written.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from tenacity import AsyncRetrying, retry_if_exception_type, stop_after_delay, wait_random_exponential

from aura.errors import Failure, RetryAt, Transient
from aura.gateway.analyses import cached_answer, store_answer
from aura.gateway.errors import Unavailable
from aura.settings import Settings
from aura.vision.analyzer import Analysis
from aura.vision.photo import Photo, content_hash
from handlers.acting import Acting
from handlers.ahead import ahead
from handlers.findings import from_cache, to_cache
from handlers.services import Services

# Hashed in less than 2 ms, less than the way to another thread and back while it is decoding.
SMALL_BYTES = 1024 * 1024
Guard = Callable[[float], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Answer:
    """An analysis, the hash of the bytes it is about, what it took (0 ms from the cache), and whether it is in the
    cache already."""

    analysis: Analysis
    content_hash: str
    duration_ms: int
    kept: bool


async def answer_for(
    fetched: Awaitable[bytes], acting: Acting, services: Services, *, guard: Guard, force: bool
) -> Answer:
    """The analysis of a photo.

    Args:
        fetched: the photo's bytes, or the failure to get them.
        guard: called with the seconds for which this process must be the only one at it, before the analyzer is
            asked and before a known answer is used; raises if it may not go on.
        force: ask even if the answer is known.

    Raises:
        Failure: the photo, the analyzer or a limit stands in the way.
    """
    photo, known = await _looked_at(await fetched, services, guard, force=force)
    if known is not None:
        services.metrics.cache_hits.inc()
        return Answer(known, photo.content_hash, 0, kept=True)
    await guard(services.analyzer.timeout)
    await _reserve(acting.owner, services)
    started = time.monotonic()
    analysis = await _ask(photo, services)
    took = round((time.monotonic() - started) * 1000)
    answer = Answer(analysis, photo.content_hash, took, kept=services.analyzer.paid)
    if answer.kept:
        await keep(answer, services)
    return answer


async def keep(answer: Answer, services: Services) -> None:
    """Store an answer, patiently: it may be paid for, and a short trouble of the database must not waste it."""
    analyzer = services.analyzer
    patience = services.settings.analysis.lease_margin_seconds / 2
    async for attempt in AsyncRetrying(
        stop=stop_after_delay(patience),
        wait=wait_random_exponential(multiplier=0.1, max=2.0),
        retry=retry_if_exception_type(Unavailable),
        reraise=True,
    ):
        with attempt:
            cached = to_cache(answer.analysis)
            await store_answer(services.gateway, answer.content_hash, analyzer.name, analyzer.version, cached)


async def _looked_at(data: bytes, services: Services, guard: Guard, *, force: bool) -> tuple[Photo, Analysis | None]:
    """The photo, and what is known about it."""
    if force:
        return await _decode(data, services), None
    async with ahead(_known(data, services, guard)) as looking:
        return await _decode(data, services), await looking


async def _decode(data: bytes, services: Services) -> Photo:
    return await asyncio.get_running_loop().run_in_executor(services.executor, _decoded, data, services.settings)


def _decoded(data: bytes, settings: Settings) -> Photo:
    """Imports what it needs on its own thread: the daemon is up before the image libraries are."""
    from aura.vision.image import DecodeLimits, decode_photo

    photos = settings.photos
    return decode_photo(data, DecodeLimits(photos.max_bytes, photos.max_pixels, settings.analysis.max_side_px))


async def _known(data: bytes, services: Services, guard: Guard) -> Analysis | None:
    """Looks only when nobody else is at it: whoever was before has kept their answer by then."""
    analyzer = services.analyzer
    digest = content_hash(data) if len(data) <= SMALL_BYTES else await asyncio.to_thread(content_hash, data)
    await guard(analyzer.timeout)
    cached = await cached_answer(services.gateway, digest, analyzer.name, analyzer.version)
    return None if cached is None else from_cache(cached)


async def _reserve(owner: str, services: Services) -> None:
    """Count a call that costs money.

    Raises:
        RetryAt: ``daily_limit``, until the next day (UTC).
    """
    if not services.analyzer.paid:
        return
    limits = services.settings.analysis
    asked = await services.ledger.reserve_call(owner, limits.daily_calls_project, limits.daily_calls_user)
    if not asked.granted:
        whose = "The person's" if asked.scope == "user" else "The project's"
        raise RetryAt("daily_limit", f"{whose} analyses for today are used up.", asked.resets_at)


async def _ask(photo: Photo, services: Services) -> Analysis:
    analyzer, metrics = services.analyzer, services.metrics
    metrics.analyzer_calls.labels(analyzer.name).inc()
    try:
        with metrics.analyzer_seconds.labels(analyzer.name).time():
            analysis = await _in_time(photo, services)
    except Failure as failure:
        metrics.analyzer_errors.labels(analyzer.name, failure.code).inc()
        raise
    metrics.analyzer_tokens.labels(analyzer.name, "input").inc(analysis.usage.input_tokens)
    metrics.analyzer_tokens.labels(analyzer.name, "output").inc(analysis.usage.output_tokens)
    metrics.analyzer_cost.labels(analyzer.name).inc(analysis.usage.cost_usd)
    return analysis


async def _in_time(photo: Photo, services: Services) -> Analysis:
    limit = services.analyzer.timeout
    try:
        async with asyncio.timeout(limit):
            return await services.analyzer.analyze(photo)
    except TimeoutError:
        raise Transient("analyzer_timeout", f"The analyzer did not answer within {limit:g} s.") from None
