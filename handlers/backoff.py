"""Decides what becomes of a failure: over for good, or tried again, and when.

Pure. Only the photo's own fault is final. A photo that its host does not have may still be on its way
(uploads trail their row), so it becomes final only after it has been missing for a day.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import datetime, timedelta

from aura.errors import Failure, Permanent, RetryAt
from aura.gateway.analyses import FailureRecord
from aura.settings import AnalysisSettings

MISSING = "photo_missing"
# Everybody waits for the same midnight or quota: spread over a few seconds.
SPREAD_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Verdict:
    """What to book: ``at`` is when to try again, or the moment of giving up."""

    code: str
    message: str
    permanent: bool
    at: datetime


def judge(
    failure: Failure,
    before: FailureRecord | None,
    *,
    now: datetime,
    settings: AnalysisSettings,
    rng: random.Random,
) -> Verdict:
    """What becomes of ``failure``.

    Args:
        before: what is booked for the same photo so far.
    """
    if isinstance(failure, Permanent):
        return Verdict(failure.code, failure.message, permanent=True, at=now)
    if _gone(failure, before, now, settings):
        return Verdict("photo_gone", "The photo is no longer where it was uploaded to.", permanent=True, at=now)
    if isinstance(failure, RetryAt):
        at = max(failure.at, now) + timedelta(seconds=rng.uniform(0, SPREAD_SECONDS))
    else:
        at = now + timedelta(seconds=delay_seconds(before.attempts if before else 0, settings, rng))
    return Verdict(failure.code, failure.message, permanent=False, at=at)


def delay_seconds(failures_before: int, settings: AnalysisSettings, rng: random.Random) -> float:
    """``min(longest, first · 2^n)``, the last half of it by chance so that failures spread."""
    doubled = settings.failure_backoff_seconds * 2.0 ** min(failures_before, 30)
    return min(settings.failure_backoff_max_seconds, doubled) * rng.uniform(0.5, 1.0)


def _gone(failure: Failure, before: FailureRecord | None, now: datetime, settings: AnalysisSettings) -> bool:
    """Missing now, missing the last time, and failing for as long as it takes to count as gone."""
    if failure.code != MISSING or before is None or before.code not in (MISSING, "photo_gone"):
        return False
    return now - before.first_failed_at >= timedelta(seconds=settings.photo_gone_after_seconds)
