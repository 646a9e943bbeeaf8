"""Books a failed analysis, where its owner and `aura failures` can read it.

What is the photo's own fault is also written onto the row, which then is no longer outstanding. It is
booked first: if the process is killed in between, the row is still outstanding and all is done again.
"""

from __future__ import annotations

from aura.errors import Failure, Permanent, RetryAt
from aura.gateway.analyses import FailureRecord, read_failure
from aura.gateway.items import Item
from aura.photos.identity import photo_identity
from handlers.acting import Acting
from handlers.backoff import Verdict, judge
from handlers.findings import failed_result
from handlers.services import Services
from handlers.work import Outcome
from handlers.writing import write_result


async def fail(failure: Failure, item: Item, acting: Acting, services: Services) -> Outcome:
    """Book ``failure`` of the item's photo.

    Returns:
        ``failed`` when it is final, or how else the row turned out when that was written.

    Raises:
        RetryAt: it is not final; due again at the moment it names.
    """
    verdict = await book(failure, item, services)
    if not verdict.permanent:
        raise RetryAt(verdict.code, verdict.message, verdict.at) from failure
    photo = photo_identity(item.image_url or "")
    final = Permanent(verdict.code, verdict.message)
    result = failed_result(final, photo=photo, analyzer=services.analyzer, at=services.clock())
    outcome = await write_result(item, result, acting)
    if outcome.status in ("gone", "pending"):
        return outcome
    return Outcome("failed", outcome.fields, code=verdict.code, message=verdict.message)


async def book(failure: Failure, item: Item, services: Services) -> Verdict:
    """Judge ``failure`` by what went before and write it into ``analysis_failures``."""
    photo = photo_identity(item.image_url or "")
    before = await _before(item.id, photo, services)
    settings, now = services.settings.analysis, services.clock()
    verdict = judge(failure, before, now=now, settings=settings, rng=services.random)
    await services.ledger.record_failure(
        item.id,
        item.user_id,
        photo,
        code=verdict.code,
        message=verdict.message,
        permanent=verdict.permanent,
        next_attempt_at=verdict.at,
    )
    return verdict


async def _before(item_id: str, photo: str, services: Services) -> FailureRecord | None:
    record = await read_failure(services.gateway, item_id)
    return record if record is not None and record.photo == photo else None
