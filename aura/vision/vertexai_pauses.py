"""Reads from an error of Google's APIs when it is worth asking again. Pure: data in, a moment out.

Three places say so: ``google.rpc.QuotaFailure`` names the quota, and one that counts days is spent until midnight in
California, when Google's daily quotas begin anew (Cloud Quotas, "Quotas and system limits"; Gemini API, "Rate limits");
``google.rpc.RetryInfo`` gives a delay; so does the header Retry-After. A delay that comes beside a daily quota is
the service's guess at a shorter one, so the day counts first. Whatever is said, nothing is put off for more than a day.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from email.utils import parsedate_to_datetime
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

TYPES = "type.googleapis.com/google.rpc."
LONGEST_SECONDS = 86_400.0
# Where quotas are named, and how those of a day are: quotaId "GenerateRequestsPerDayPerProjectPerModel", metric
# "..._per_day_...", unit "1/d/{project}".
QUOTA_NAMES = ("quotaId", "quotaMetric", "subject", "description")
DAILY = re.compile(r"per_?day|1/d/", re.IGNORECASE)


def asked_again_at(details: Any, headers: Mapping[str, str], now: datetime) -> datetime | None:
    """The moment that an error names, or None.

    Args:
        details: the error's body as JSON.
        headers: of the answer.
        now: aware.
    """
    entries = list(_entries(details))
    if any(_is_daily(entry) for entry in entries):
        return next_quota_day(now)
    return _retry_info(entries, now) or _retry_after(headers, now)


def next_quota_day(now: datetime) -> datetime:
    """The coming midnight in California, in UTC."""
    pacific = _pacific()
    tomorrow = now.astimezone(pacific).date() + timedelta(days=1)
    return datetime(tomorrow.year, tomorrow.month, tomorrow.day, tzinfo=pacific).astimezone(UTC)


def _pacific() -> tzinfo:
    try:
        return ZoneInfo("America/Los_Angeles")
    except ZoneInfoNotFoundError:  # a container without zone data: an hour too late in summer, never too early
        return timezone(timedelta(hours=-8))


def _entries(details: Any) -> Iterator[Mapping[str, Any]]:
    error = details.get("error", details) if isinstance(details, dict) else {}
    entries = error.get("details") if isinstance(error, dict) else None
    for entry in entries if isinstance(entries, list) else []:
        if isinstance(entry, dict):
            yield entry


def _is_daily(entry: Mapping[str, Any]) -> bool:
    """Whether it names a quota of a day: google.rpc.QuotaFailure in its violations, ErrorInfo in its metadata."""
    match entry:
        case {"@type": kind, "violations": list(violations)} if kind == TYPES + "QuotaFailure":
            named = [each.get(key) for each in violations if isinstance(each, dict) for key in QUOTA_NAMES]
        case {"@type": kind, "metadata": dict(metadata)} if kind == TYPES + "ErrorInfo":
            named = [metadata.get(key) for key in ("quota_limit", "quota_metric", "quota_unit")]
        case _:
            return False
    return any(isinstance(name, str) and DAILY.search(name) for name in named)


def _retry_info(entries: list[Mapping[str, Any]], now: datetime) -> datetime | None:
    """The moment that google.rpc.RetryInfo names, whose delay is written as in ``"37.5s"``."""
    for entry in entries:
        if entry.get("@type") == TYPES + "RetryInfo":
            return _after(str(entry.get("retryDelay", "")).removesuffix("s"), now)
    return None


def _retry_after(headers: Mapping[str, str], now: datetime) -> datetime | None:
    """The moment in the header Retry-After: seconds or a date (RFC 9110, 10.2.3)."""
    value = headers.get("Retry-After", "")
    try:
        return _after(value, now) or _bounded(parsedate_to_datetime(value).astimezone(UTC), now)
    except (ValueError, OverflowError):
        return None


def _after(seconds: str, now: datetime) -> datetime | None:
    try:
        given = float(seconds)
    except ValueError:
        return None
    if math.isnan(given):
        return None
    return now + timedelta(seconds=min(max(given, 0.0), LONGEST_SECONDS))


def _bounded(moment: datetime, now: datetime) -> datetime:
    return min(max(moment, now), now + timedelta(seconds=LONGEST_SECONDS))
