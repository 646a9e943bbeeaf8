from __future__ import annotations

from consumer.announced import Announced

KEY = ("analyze_item", "a")


def test_what_was_found_and_never_heard_of_is_missed_once() -> None:
    ledger = Announced(grace=10.0)
    ledger.found(KEY, 0.0)
    assert ledger.missed(9.9) == 0
    ledger.found(KEY, 9.9)
    assert ledger.missed(10.0) == 1
    ledger.found(KEY, 11.0)
    assert ledger.missed(100.0) == 0


def test_an_event_that_was_still_under_way_is_not_missed() -> None:
    ledger = Announced(grace=10.0)
    ledger.found(KEY, 0.0)
    ledger.heard(KEY, 3.0)
    assert ledger.missed(100.0) == 0


def test_an_announcement_covers_its_own_change_and_not_those_of_later_days() -> None:
    ledger = Announced(grace=10.0, memory=60.0)
    ledger.heard(KEY, 0.0)
    ledger.found(KEY, 59.0)
    assert ledger.missed(80.0) == 0
    ledger.found(KEY, 100.0)
    assert ledger.missed(110.0) == 1


def test_memory_is_bounded() -> None:
    ledger = Announced(grace=10.0, size=100)
    for number in range(1000):
        ledger.found(("analyze_item", str(number)), 0.0)
    assert ledger.missed(10.0) == 100
