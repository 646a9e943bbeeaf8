"""Loop lag is the worst of the last minute, and never negative."""

from __future__ import annotations

from aura.telemetry.loop_lag import LoopLag
from aura.telemetry.metrics import Metrics


def test_worst_is_of_the_last_minute() -> None:
    lag = LoopLag(Metrics(), clock=lambda: 0.0)
    assert lag.worst == 0.0
    lag.observe(now=10.4, due=10.0)
    lag.observe(now=20.1, due=20.0)
    assert round(lag.worst, 3) == 0.4
    lag.observe(now=75.0, due=75.2)
    assert round(lag.worst, 3) == 0.1
    assert lag.last_turn == 75.0
