"""Gets the answer for a photo and pays for it at most once.

Decode, look into the cache, then ask the analyzers of the chain in their order until one answers. An answer that was
paid for is kept before anything else is done with it: a process that is killed right after the answer finds it in the
cache. An answer that cost nothing can wait until the tags are written.

The next analyzer is asked where the one before is out, over quota or over budget. Never where it refuses the photo:
that is an answer.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Protocol

from tenacity import AsyncRetrying, retry_if_exception_type, stop_after_delay, wait_random_exponential

from aura.errors import Failure, RetryAt, Transient
from aura.gateway.analyses import store_answer
from aura.gateway.errors import Unavailable
from aura.settings import Settings
from aura.vision.analyzer import Analysis
from aura.vision.chain import Link
from aura.vision.photo import Photo, content_hash
from handlers.acting import Acting
from handlers.ahead import ahead
from handlers.asking import ask
from handlers.findings import from_cache, to_cache
from handlers.services import Services
from handlers.spending import one_call
from handlers.spent import DAILY_LIMIT, ParkedElsewhere

# Hashed in less than 2 ms, less than the way to another thread and back while it is decoding.
SMALL_BYTES = 1024 * 1024
FALLS_THROUGH = frozenset(
    {"analyzer_quota", "analyzer_unavailable", "analyzer_timeout", "analyzer_bad_answer", DAILY_LIMIT}
)
Known = Mapping[str, Mapping[str, Any]]


class Guard(Protocol):
    """What keeps others from the same photo (``leases.HeldLease``)."""

    async def ensure(self, seconds: float) -> None:
        """Be the only one at it for ``seconds``, or raise."""
        ...

    async def open(self, seconds: float, content_hash: str, versions: Collection[str]) -> Known:
        """That, and the known answers about these bytes by version."""
        ...


@dataclass(frozen=True, slots=True)
class Answer:
    """An analysis, who made it, the hash of the bytes it is about, what it took (0 ms from the cache), and whether it
    is in the cache already."""

    analysis: Analysis
    link: Link
    content_hash: str
    duration_ms: int
    kept: bool


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked about a photo.

    Attributes:
        links: whom to ask, in order.
        guard: asked before an analyzer is, and before a known answer is used.
        force: ask even if the answer is known.
        renewal: the photo has an answer, and a better one is wanted.
    """

    links: Sequence[Link]
    guard: Guard
    force: bool = False
    renewal: bool = False


async def answer_for(fetched: Awaitable[bytes], question: Question, acting: Acting, services: Services) -> Answer:
    """The analysis of a photo.

    Args:
        fetched: the photo's bytes, or the failure to get them.

    Raises:
        Failure: the photo, every analyzer or a limit stands in the way; of several, the one that ends first.
    """
    photo, known = await _looked_at(await fetched, question, services)
    refused: list[Failure] = []
    for link in question.links:
        if (analysis := known.get(link.analyzer.version)) is not None:
            services.metrics.cache_hits.inc()
            return Answer(analysis, link, photo.content_hash, 0, kept=True)
        try:
            return await _asked(photo, link, question, acting, services)
        except (Transient, RetryAt) as failure:
            if failure.code not in FALLS_THROUGH:
                raise
            await _pass_on(link, failure, services)
            refused.append(failure)
            if link is not question.links[-1]:
                services.metrics.analyzer_fallbacks.labels(link.analyzer.name, failure.code).inc()
    raise _ends_first(refused)


async def _pass_on(link: Link, failure: Failure, services: Services) -> None:
    """What another process was told is learnt here; what this one was told is said to the others."""
    if isinstance(failure, ParkedElsewhere) and link.guard is not None:
        link.guard.told(failure)
    await services.renewals.missed(link, failure)


def _ends_first(refused: Sequence[Failure]) -> Failure:
    """A failure without a known end is worth another try before one that has one. At first sight the first choice's."""
    return min(refused, key=lambda failure: failure.at.timestamp() if isinstance(failure, RetryAt) else 0.0)


async def _asked(photo: Photo, link: Link, question: Question, acting: Acting, services: Services) -> Answer:
    analyzer = link.analyzer
    patience = services.settings.analysis.wait_seconds
    async with link.turn(patience, join_probe=link is question.links[-1]) as turn:
        await question.guard.ensure(analyzer.timeout)
        async with one_call(acting.owner, analyzer, services) as booking:
            analysis, took = await ask(photo, analyzer, turn, services)
            booking.spent_usd = analysis.usage.cost_usd
            answer = Answer(analysis, link, photo.content_hash, round(took / timedelta(milliseconds=1)), analyzer.paid)
            if answer.kept:
                await keep(answer, services)
    await services.renewals.answered(analyzer, renewal=question.renewal)
    return answer


async def keep(answer: Answer, services: Services) -> None:
    """Store an answer, patiently: it may be paid for, and a short trouble of the database must not waste it."""
    analyzer = answer.link.analyzer
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


async def _looked_at(data: bytes, question: Question, services: Services) -> tuple[Photo, Mapping[str, Analysis]]:
    """The photo, and what is known about it, by the version of who said so."""
    if question.force:
        return await _decode(data, services), {}
    async with ahead(_known(data, question, services)) as looking:
        return await _decode(data, services), await looking


async def _decode(data: bytes, services: Services) -> Photo:
    return await asyncio.get_running_loop().run_in_executor(services.executor, _decoded, data, services.settings)


def _decoded(data: bytes, settings: Settings) -> Photo:
    """Imports what it needs on its own thread: the daemon is up before the image libraries are."""
    from aura.vision.image import DecodeLimits, decode_photo

    photos = settings.photos
    return decode_photo(data, DecodeLimits(photos.max_bytes, photos.max_pixels, settings.analysis.max_side_px))


async def _known(data: bytes, question: Question, services: Services) -> Mapping[str, Analysis]:
    """Looks only when nobody else is at it: whoever was before has kept their answer by then."""
    digest = content_hash(data) if len(data) <= SMALL_BYTES else await asyncio.to_thread(content_hash, data)
    versions = [link.analyzer.version for link in question.links]
    cached = await question.guard.open(services.analyzer.timeout, digest, versions)
    return {version: known for version, answer in cached.items() if (known := from_cache(answer)) is not None}
