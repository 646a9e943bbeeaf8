"""The breaker as a value: one probe at a time, no question before a named moment, never shut for good."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aura.vision.guarding.breaker import Breaker, BreakerPolicy, Ticket, Trouble

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
POLICY = BreakerPolicy(failures=3, first_seconds=30.0, longest_seconds=300.0)
DOWN = Trouble("analyzer_unavailable", "It is down.")


def after(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def quota(seconds: float) -> Trouble:
    return Trouble("analyzer_quota", "Spent.", after(seconds))


def failing(breaker: Breaker, times: int, now: datetime = NOW) -> Breaker:
    for _ in range(times):
        breaker, ticket = breaker.enter()
        breaker = breaker.failed(ticket, DOWN, now, 0.0)
    return breaker


def test_it_opens_after_failures_in_a_row_only() -> None:
    breaker = failing(Breaker(POLICY), 2)
    breaker, ticket = breaker.enter()
    breaker = failing(breaker.succeeded(ticket), 2)
    assert breaker.state == "closed"
    breaker = failing(breaker, 1)
    assert (breaker.state, breaker.until, breaker.trouble) == ("open", after(30), DOWN)


def test_a_failed_probe_doubles_the_time_up_to_the_longest() -> None:
    breaker, now = failing(Breaker(POLICY), 3), NOW
    waits = []
    for _ in range(6):
        assert breaker.until is not None
        waits.append((breaker.until - now).total_seconds())
        now = breaker.until
        breaker = failing(breaker, 1, now)
    assert waits == [30, 60, 120, 240, 300, 300]


def test_a_probe_that_is_answered_closes_it_and_forgets() -> None:
    breaker, probe = failing(Breaker(POLICY), 3).enter()
    assert probe.probe
    assert not breaker.admits(after(1000))
    assert breaker.succeeded(probe) == Breaker(POLICY, epoch=breaker.epoch + 1)


def test_a_probe_without_a_verdict_leaves_the_next_one_to_try() -> None:
    breaker, probe = failing(Breaker(POLICY), 3).enter()
    breaker = breaker.given_up(probe)
    assert breaker.state == "open"
    assert breaker.admits(after(30))
    assert not breaker.admits(after(29))


@pytest.mark.parametrize("failures", [0, 2])
def test_a_named_moment_opens_it_at_once(failures: int) -> None:
    breaker, ticket = failing(Breaker(POLICY), failures).enter()
    breaker = breaker.failed(ticket, quota(37), NOW, 0.0)
    assert not breaker.admits(after(36.9))
    assert breaker.admits(after(37))


def test_of_two_named_moments_the_later_one_counts() -> None:
    breaker, first = Breaker(POLICY).enter()
    breaker, second = breaker.enter()
    breaker, third = breaker.enter()
    for ticket, seconds in ((first, 20.0), (second, 60.0), (third, 40.0)):
        breaker = breaker.failed(ticket, quota(seconds), NOW, 0.0)
    assert breaker.until == after(60)


def test_a_moment_that_makes_no_sense_is_bounded() -> None:
    breaker, ticket = Breaker(POLICY).enter()
    assert breaker.failed(ticket, quota(1e9), NOW, 0.0).until == after(POLICY.longest_pause_seconds)
    assert breaker.failed(ticket, quota(-50), NOW, 0.0).until == NOW


def test_what_was_asked_before_says_nothing_about_now() -> None:
    breaker, early = Breaker(POLICY).enter()
    opened = failing(breaker, 3)
    assert opened.succeeded(early) == opened
    assert opened.failed(early, DOWN, NOW, 0.0) == opened


@given(st.floats(0, 1))
def test_chance_shortens_by_a_quarter_at_most(chance: float) -> None:
    breaker, ticket = failing(Breaker(POLICY), 2).enter()
    until = breaker.failed(ticket, DOWN, NOW, chance).until
    assert until is not None
    assert after(22.5) <= until <= after(30)


EVENTS = st.lists(
    st.one_of(
        st.tuples(st.just("wait"), st.floats(0, 400)),
        st.tuples(st.just("ask"), st.just(0.0)),
        st.tuples(st.sampled_from(["succeed", "fail", "give up"]), st.floats(0, 1)),
        st.tuples(st.just("quota"), st.floats(-10, 500)),
    ),
    max_size=60,
)


@settings(deadline=None)
@given(EVENTS)
def test_whatever_happens(events: list[tuple[str, float]]) -> None:
    """At most one probe is under way; nothing is asked before a named moment; in the end a probe can always be sent."""
    breaker, now, named = Breaker(POLICY), NOW, NOW
    under_way: list[Ticket] = []
    for event, value in events:
        if event == "wait":
            now += timedelta(seconds=value)
        elif event == "ask" and breaker.admits(now):
            assert now >= named
            breaker, ticket = breaker.enter()
            under_way.append(ticket)
        elif event != "ask" and under_way:
            ticket = under_way.pop(int(value * 7) % len(under_way))
            probed = breaker.probing and not (ticket.probe and ticket.epoch == breaker.epoch)
            breaker = concluded(breaker, ticket, event, value, now)
            if event == "quota" and not probed:
                named = max(named, now + timedelta(seconds=value))
            elif event == "succeed" and ticket.probe and breaker.state == "closed":
                named = now
        assert sum(each.probe and each.epoch == breaker.epoch for each in under_way) <= 1
        assert breaker.probing == any(each.probe and each.epoch == breaker.epoch for each in under_way)
    for ticket in under_way:
        breaker = breaker.given_up(ticket)
    assert breaker.admits(now + timedelta(seconds=POLICY.longest_pause_seconds))


def concluded(breaker: Breaker, ticket: Ticket, event: str, value: float, now: datetime) -> Breaker:
    match event:
        case "succeed":
            return breaker.succeeded(ticket)
        case "fail":
            return breaker.failed(ticket, DOWN, now, value)
        case "quota":
            at = now + timedelta(seconds=value)
            return breaker.failed(ticket, Trouble("analyzer_quota", "Spent.", at), now, 0.0)
    return breaker.given_up(ticket)
