"""The demonstration fails when any promise is broken, and says which."""

from __future__ import annotations

import dataclasses

import pytest

from demo.report import Report, percentile

GOOD = Report(
    items_uploaded=10,
    items_tagged=10,
    latencies=[0.1, 0.2, 0.9],
    outage_seconds=8,
    uploaded_during=4,
    tagged_after=4,
    seconds_to_converge=1.25,
    gaps={"socket_lost": 1},
)


def test_a_good_run_has_the_agreed_shape() -> None:
    assert GOOD.as_json() == {
        "ok": True,
        "items_uploaded": 10,
        "items_tagged": 10,
        "latency_ms": {"p50": 200, "p99": 900},
        "outage": {"seconds": 8, "uploaded_during": 4, "tagged_after": 4, "seconds_to_converge": 1.2},
        "isolation": {"cross_user_rows_read": 0, "cross_user_rows_written": 0},
        "duplicates_analyzed": 0,
        "gaps": {"socket_lost": 1},
    }


@pytest.mark.parametrize(
    "broken",
    [
        {"items_uploaded": 0, "items_tagged": 0},
        {"items_tagged": 9},
        {"uploaded_during": 0, "tagged_after": 0},
        {"tagged_after": 3},
        {"gaps": {}},
        {"cross_user_rows_read": 1},
        {"cross_user_rows_written": 1},
        {"duplicates_analyzed": 1},
    ],
)
def test_any_broken_promise_fails_it(broken: dict[str, object]) -> None:
    report = dataclasses.replace(GOOD, **broken)  # type: ignore[arg-type]
    assert report.as_json()["ok"] is False
    assert len(report.faults()) == 1


def test_percentiles_are_values_that_occurred() -> None:
    values = [float(n) for n in range(1, 101)]
    assert percentile(values, 0.5) == 50
    assert percentile(values, 0.99) == 99
    assert percentile([3.0], 0.99) == 3.0
