from __future__ import annotations

import time
import tracemalloc
from dataclasses import dataclass

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from consumer.keyed_queue import BACKFILL_TURN, Claim, KeyedQueue, Priority
from handlers.work import Work

KEYS = [Work("analyze_item", f"item-{number}", owner=f"user-{number % 3}") for number in range(9)]


def take_all(queue: KeyedQueue, now: float) -> list[str]:
    taken = []
    while (claim := queue.take(now)) is not None:
        taken.append(claim.work.key)
        queue.done(claim, now=now)
    return taken


def test_a_key_waits_once() -> None:
    queue = KeyedQueue(10)
    for _ in range(5):
        assert queue.add(KEYS[0], priority=Priority.LIVE, now=0)
    assert take_all(queue, 0) == ["item-0"]


def test_one_worker_a_key_and_again_if_it_changed_meanwhile() -> None:
    queue = KeyedQueue(10)
    queue.add(KEYS[0], priority=Priority.LIVE, now=0)
    first = queue.take(0)
    assert first is not None
    queue.add(KEYS[0], priority=Priority.LIVE, now=1)
    queue.add(KEYS[0], priority=Priority.LIVE, now=1)
    assert queue.take(1) is None
    queue.done(first, now=2)
    assert take_all(queue, 2) == ["item-0"]


def test_people_take_turns() -> None:
    queue = KeyedQueue(2000)
    for number in range(1000):
        queue.add(Work("analyze_item", f"bulk-{number}", owner="bulk"), priority=Priority.LIVE, now=0)
    queue.add(Work("analyze_item", "single", owner="single"), priority=Priority.LIVE, now=0)
    assert "single" in take_all(queue, 0)[:2]


def test_live_work_goes_before_backfill_which_is_not_starved() -> None:
    queue = KeyedQueue(1000)
    for number in range(100):
        queue.add(Work("analyze_item", f"old-{number}", owner="a"), priority=Priority.BACKFILL, now=0)
        queue.add(Work("analyze_item", f"new-{number}", owner="b"), priority=Priority.LIVE, now=0)
    order = take_all(queue, 0)
    first = order[: 10 * BACKFILL_TURN]
    assert sum(key.startswith("old") for key in first) == 10
    assert order[0] == "new-0"


def test_a_live_hint_lifts_a_key_out_of_the_backfill() -> None:
    queue = KeyedQueue(100)
    for work in KEYS[:4]:
        queue.add(work, priority=Priority.BACKFILL, now=0)
    queue.add(KEYS[3], priority=Priority.LIVE, now=0)
    assert take_all(queue, 0)[0] == "item-3"


def test_delays_are_kept_and_hastened_by_what_is_more_urgent() -> None:
    queue = KeyedQueue(100)
    queue.add(KEYS[0], priority=Priority.LIVE, now=0, delay=10)
    queue.add(KEYS[1], priority=Priority.LIVE, now=0, delay=20)
    assert queue.take(9.9) is None
    assert queue.next_due() == 10
    queue.add(KEYS[1], priority=Priority.LIVE, now=5)
    queue.add(KEYS[0], priority=Priority.LIVE, now=5, delay=100)
    assert take_all(queue, 9.9) == ["item-1"]
    assert take_all(queue, 10) == ["item-0"]
    assert queue.next_due() is None


def test_a_key_that_was_wished_for_meanwhile_rests_however_often_it_is_wished_for() -> None:
    queue = KeyedQueue(10)
    queue.add(KEYS[0], priority=Priority.LIVE, now=0)
    claim = queue.take(0)
    assert claim is not None
    queue.add(KEYS[0], priority=Priority.LIVE, now=1)
    queue.done(claim, now=2, rest=30)
    queue.add(KEYS[0], priority=Priority.LIVE, now=3)
    assert take_all(queue, 31.9) == []
    assert take_all(queue, 32) == ["item-0"]


def test_a_key_that_nobody_wished_for_meanwhile_does_not_rest() -> None:
    queue = KeyedQueue(10)
    queue.add(KEYS[0], priority=Priority.LIVE, now=0)
    claim = queue.take(0)
    assert claim is not None
    queue.done(claim, now=2, rest=30)
    queue.add(KEYS[0], priority=Priority.LIVE, now=3)
    assert take_all(queue, 3) == ["item-0"]


def test_the_alarm_of_a_hastened_key_rings_for_nobody() -> None:
    queue = KeyedQueue(100)
    queue.add(KEYS[0], priority=Priority.LIVE, now=0, delay=5)
    queue.add(KEYS[1], priority=Priority.LIVE, now=0, delay=1)
    queue.add(KEYS[0], priority=Priority.LIVE, now=0)
    claim = queue.take(0)
    assert claim is not None
    queue.done(claim, now=0, retry_in=60)
    assert take_all(queue, 1) == ["item-1"]
    assert queue.next_due() == 60


def test_failures_are_counted_until_one_success() -> None:
    queue = KeyedQueue(10)
    queue.add(KEYS[0], priority=Priority.LIVE, now=0)
    for failures in range(3):
        claim = queue.take(failures)
        assert claim is not None
        assert claim.failures == failures
        queue.done(claim, now=failures, retry_in=1)
    claim = queue.take(3)
    assert claim is not None
    queue.done(claim, now=3)
    queue.add(KEYS[0], priority=Priority.LIVE, now=4)
    claim = queue.take(4)
    assert claim is not None
    assert claim.failures == 0


def test_it_is_bounded_and_keeps_room_for_live_work() -> None:
    queue = KeyedQueue(4)
    works = iter(Work("analyze_item", str(number)) for number in range(10))
    assert [queue.add(next(works), priority=Priority.BACKFILL, now=0) for _ in range(3)] == [True, True, False]
    assert [queue.add(next(works), priority=Priority.LIVE, now=0) for _ in range(3)] == [True, True, False]
    assert queue.room == 0


def test_retries_hold_at_most_half_of_the_room() -> None:
    queue = KeyedQueue(4)
    remembered = []
    for number in range(3):
        queue.add(Work("analyze_item", str(number)), priority=Priority.LIVE, now=0)
        claim = queue.take(0)
        assert claim is not None
        remembered.append(queue.done(claim, now=0, retry_in=60))
    assert remembered == [True, True, False]
    assert queue.depth().total == 2


def test_what_either_wish_knows_is_kept() -> None:
    queue = KeyedQueue(10)
    queue.add(Work("analyze_item", "a", owner=None), priority=Priority.LIVE, now=0)
    queue.add(Work("analyze_item", "a", owner="me", again=True), priority=Priority.LIVE, now=0)
    claim = queue.take(0)
    assert claim is not None
    assert (claim.work.owner, claim.work.again) == ("me", True)
    assert queue.depth().live == 0


def test_a_full_queue_of_ten_thousand_keys_is_small_and_quick() -> None:
    """A bound on growth, not a benchmark: generous enough for a busy machine."""
    queue = KeyedQueue(10_000)
    works = [Work("analyze_item", f"{number:036d}", owner=f"{number % 100:036d}") for number in range(10_000)]
    tracemalloc.start()
    began = time.process_time()
    for work in works:
        queue.add(work, priority=Priority.LIVE, now=0)
    held = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert len(take_all(queue, 1)) == 10_000
    assert held < 12 * 1024 * 1024
    assert time.process_time() - began < 5.0


@dataclass
class _Known:
    """The model: what must still happen to a key, told as simply as can be."""

    due: float | None = None
    worked_on: Claim | None = None


class QueueMachine(RuleBasedStateMachine):
    """Random adding, taking and finishing, against a model that knows only when each key must come."""

    @initialize(size=st.integers(2, 8))
    def start(self, size: int) -> None:
        self.queue = KeyedQueue(size)
        self.size = size
        self.now = 0.0
        self.model: dict[str, _Known] = {}

    @rule(work=st.sampled_from(KEYS), priority=st.sampled_from(Priority), delay=st.sampled_from([0.0, 0.0, 1.0, 5.0]))
    def add(self, work: Work, priority: Priority, delay: float) -> None:
        known, total = self.model.get(work.key), len(self.model)
        accepted = self.queue.add(work, priority=priority, now=self.now, delay=delay)
        if known is None and not accepted:
            assert total >= self.size or priority is Priority.BACKFILL
            return
        assert accepted
        known = self.model.setdefault(work.key, _Known())
        due = self.now + delay
        known.due = due if known.due is None else min(known.due, due)

    @rule()
    def take(self) -> None:
        claim = self.queue.take(self.now)
        due = {key for key, known in self.model.items() if known.worked_on is None and (known.due or 0.0) <= self.now}
        if claim is None:
            assert not due
            return
        assert claim.work.key in due
        self.model[claim.work.key] = _Known(worked_on=claim)

    @precondition(lambda self: any(known.worked_on for known in self.model.values()))
    @rule(data=st.data(), retry_in=st.sampled_from([None, None, 0.0, 3.0, 9.0]))
    def done(self, data: st.DataObject, retry_in: float | None) -> None:
        key = data.draw(st.sampled_from(sorted(key for key, known in self.model.items() if known.worked_on)))
        known = self.model[key]
        assert known.worked_on is not None
        remembered = self.queue.done(known.worked_on, now=self.now, retry_in=retry_in)
        wishes = [due for due in (known.due, None if retry_in is None else self.now + retry_in) if due is not None]
        known.worked_on = None
        if not remembered:
            assert known.due is None
            wishes = []
        if wishes:
            known.due = min(wishes)
        else:
            del self.model[key]

    @rule(seconds=st.sampled_from([0.5, 1.0, 7.0]))
    def wait(self, seconds: float) -> None:
        self.now += seconds

    @invariant()
    def holds_exactly_what_the_model_holds(self) -> None:
        depth = self.queue.depth()
        assert depth.total == len(self.model) <= self.size
        assert sum(self.queue.held(kind) for kind in {work.kind for work in KEYS}) == depth.total
        assert depth.processing == sum(known.worked_on is not None for known in self.model.values())
        assert all(self.queue.knows(work.identity) is (work.key in self.model) for work in KEYS)

    @invariant()
    def wakes_in_time(self) -> None:
        waiting = [known.due for known in self.model.values() if known.worked_on is None and known.due is not None]
        later = [due for due in waiting if due > self.now]
        if later and self.queue.depth().delayed:
            due = self.queue.next_due()
            assert due is not None
            assert due <= min(later)
            assert due in waiting, "no alarm rings for nobody"

    def teardown(self) -> None:
        """Whatever is left can still be worked on: nothing is stuck."""
        for known in self.model.values():
            if known.worked_on is not None:
                self.queue.done(known.worked_on, now=self.now, retry_in=None)
        left = {key for key, known in self.model.items() if known.due is not None}
        assert set(take_all(self.queue, self.now + 1000)) == left


TestQueueMachine = pytest.mark.timeout(120)(QueueMachine.TestCase)
TestQueueMachine.settings = settings(max_examples=100, stateful_step_count=60, deadline=None)
