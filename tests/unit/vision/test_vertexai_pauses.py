"""When an error of Google's says that it is worth asking again, in every form in which it says so."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aura.vision.vertexai_pauses import LONGEST_SECONDS, asked_again_at, next_quota_day

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
MIDNIGHT = datetime(2026, 11, 24, 8, tzinfo=UTC)
PACIFIC = ZoneInfo("America/Los_Angeles")


def error(*details: Any) -> dict[str, Any]:
    return {"error": {"code": 429, "status": "RESOURCE_EXHAUSTED", "details": list(details)}}


def info(delay: Any) -> dict[str, Any]:
    return {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": delay}


def violated(**violation: Any) -> dict[str, Any]:
    return {"@type": "type.googleapis.com/google.rpc.QuotaFailure", "violations": [violation]}


def reason(**metadata: Any) -> dict[str, Any]:
    return {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "metadata": metadata}


@pytest.mark.parametrize(
    ("details", "at"),
    [
        (error(info("37s")), NOW + timedelta(seconds=37)),
        (error(info("1.5s")), NOW + timedelta(seconds=1.5)),
        (error(info("-3s")), NOW),
        (error(info("1e12s")), NOW + timedelta(days=1)),
        (error(info("inf")), NOW + timedelta(days=1)),
        (error(info("nan")), None),
        (error(info(None)), None),
        (error(info("soon")), None),
        (error(violated(quotaId="GenerateRequestsPerDayPerProjectPerModel"), info("37s")), MIDNIGHT),
        (error(violated(quotaMetric="x/generate_requests_per_model_per_day")), MIDNIGHT),
        (error(reason(quota_limit="OnlinePredictionRequestsPerDay")), MIDNIGHT),
        (error(reason(quota_unit="1/d/{project}/{region}")), MIDNIGHT),
        (
            error(violated(quotaId="GenerateRequestsPerMinutePerProjectPerModel"), info("9s")),
            NOW + timedelta(seconds=9),
        ),
        (error(reason(quota_unit="1/min/{project}")), None),
        (error(7, "x", None, {"@type": 3}, violated(quotaId=5), reason(quota_limit=None)), None),
        ({"error": {"details": "none"}}, None),
        ({"error": "none"}, None),
        (["a list"], None),
        (None, None),
    ],
)
def test_what_the_body_says(details: Any, at: datetime | None) -> None:
    assert asked_again_at(details, {}, NOW) == at


@pytest.mark.parametrize(
    ("value", "at"),
    [
        ("20", NOW + timedelta(seconds=20)),
        ("Mon, 23 Nov 2026 12:02:00 GMT", NOW + timedelta(minutes=2)),
        ("Mon, 23 Nov 2020 12:02:00 GMT", NOW),
        ("Mon, 23 Nov 2099 12:02:00 GMT", NOW + timedelta(days=1)),
        ("later", None),
        ("", None),
    ],
)
def test_what_the_header_says(value: str, at: datetime | None) -> None:
    assert asked_again_at({}, {"Retry-After": value}, NOW) == at


@given(st.timedeltas(timedelta(days=-900), timedelta(days=900)).map(lambda span: NOW + span))
def test_the_new_day_is_the_coming_midnight_in_california(now: datetime) -> None:
    at = next_quota_day(now)
    assert at.astimezone(PACIFIC).time() == datetime.min.time()
    assert timedelta(0) < at - now <= timedelta(hours=25)


@given(st.text(max_size=20), st.text(max_size=20))
def test_whatever_is_said_nothing_is_put_off_for_more_than_a_day(delay: str, header: str) -> None:
    at = asked_again_at(error(info(delay)), {"Retry-After": header}, NOW)
    assert at is None or NOW <= at <= NOW + timedelta(seconds=LONGEST_SECONDS)
