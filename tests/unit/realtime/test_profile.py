"""Profiles: the fast one waits less, and has the same rules."""

from __future__ import annotations

from dataclasses import fields

from sandbox.realtime.profile import DELAYS, FAST, REAL


def test_the_fast_profile_differs_in_delays_alone() -> None:
    differing = {field.name for field in fields(REAL) if getattr(REAL, field.name) != getattr(FAST, field.name)}
    assert differing == DELAYS


def test_scaling_time_scales_what_is_counted_per_second() -> None:
    half = REAL.scaled(0.5)
    assert (half.idle_close, half.resume, half.second) == (33.0, (1.0, 1.25), 0.5)
    assert (half.max_events_per_second, half.max_channels) == (200, 100)
