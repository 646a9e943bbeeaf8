from __future__ import annotations

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from aura.settings import ReconcileSettings
from consumer.timetable import AUDIT, DEAF, MARKS, PERIODIC, PRUNE, Round, Timetable

SETTINGS = ReconcileSettings(full_jitter_seconds=0.001)


def table() -> Timetable:
    return Timetable(SETTINGS, 0.0, Random(0))


def run_until(timetable: Timetable, end: float, *, live: bool) -> list[tuple[float, Round]]:
    """Jump from one due moment to the next; every round succeeds at once."""
    now, rounds = 0.0, []
    while (now := max(now, timetable.next_due(live=live))) < end:
        due = timetable.due(now, live=live)
        assert due is not None
        rounds.append((now, due))
        timetable.done(due, now)
    return rounds


def test_what_is_listed_for_which_cause() -> None:
    assert not Round(frozenset({AUDIT, PRUNE})).marks
    assert Round(frozenset({MARKS})).marks
    assert not Round(frozenset({MARKS, AUDIT})).items
    assert Round(frozenset({DEAF})).items
    assert Round(frozenset({"socket_lost"})).items
    assert Round(frozenset({PERIODIC})).full
    assert not Round(frozenset({DEAF})).full


def test_the_beat_of_a_quiet_day() -> None:
    rounds = run_until(table(), 86_400, live=True)
    of = {cause: sum(cause in each.causes for _, each in rounds) for cause in (PERIODIC, MARKS, AUDIT, PRUNE, DEAF)}
    assert 285 <= of[PERIODIC] <= 288
    assert of[AUDIT] == 1
    assert of[PRUNE] == 24
    assert of[DEAF] == 0
    assert of[MARKS] > 5000


def test_a_debounced_gap_takes_along_what_else_was_asked_for() -> None:
    timetable = table()
    timetable.ask("socket_lost", 1.0, after=1.0)
    timetable.ask("socket_lost", 1.9, after=1.0)
    timetable.ask("inbox_full", 1.9, after=1.0)
    timetable.ask("queue_full", 1.9, after=5.0)
    assert timetable.due(1.99, live=True) is None
    assert timetable.due(2.0, live=True) == Round(frozenset({"socket_lost", "inbox_full"}))
    assert timetable.due(2.0, live=True) is None
    assert timetable.due(6.9, live=True) == Round(frozenset({"queue_full"}))


def test_a_failed_round_is_owed() -> None:
    timetable = table()
    timetable.ask("live", 1.0)
    due = timetable.due(1.0, live=True)
    assert due is not None
    timetable.failed(due, 1.0)
    again = timetable.due(30.0, live=True)
    assert again is not None
    assert "live" in again.causes


def test_pauses_grow_while_rounds_fail_and_end_with_a_success() -> None:
    timetable, now, tries = table(), 0.0, 0
    timetable.ask("live", now)
    while (now := max(now, timetable.next_due(live=False))) < 600:
        due = timetable.due(now, live=False)
        assert due is not None
        timetable.failed(due, now)
        tries += 1
    assert 50 < tries < 200
    due = timetable.due(now + 15, live=False)
    assert due is not None
    timetable.done(due, now + 15)
    timetable.ask("live", now + 15)
    assert timetable.due(now + 15, live=False) is not None


@given(
    st.lists(st.tuples(st.sampled_from(["ask", "ok", "fail", "wait"]), st.floats(0, 20), st.booleans()), max_size=60)
)
def test_nothing_asked_for_is_forgotten(steps: list[tuple[str, float, bool]]) -> None:
    timetable, now, owed = table(), 0.0, False
    for step, seconds, live in steps:
        if step == "ask":
            timetable.ask("gap", now, after=seconds)
            owed = True
        elif step == "wait":
            now += seconds
        elif (due := timetable.due(now, live=live)) is not None and step == "ok":
            timetable.done(due, now)
            owed = owed and "gap" not in due.causes
        elif due is not None:
            timetable.failed(due, now)
    final = timetable.due(now + 100, live=True)
    assert not owed or (final is not None and "gap" in final.causes)
