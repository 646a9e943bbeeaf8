from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from consumer.doubts import Cause, Doubt
from consumer.liveness import (
    Action,
    BecameDeaf,
    BecameLive,
    CanaryReturned,
    Liveness,
    Rebuild,
    Reconcile,
    State,
    Timing,
    WriteCanary,
)

TIMING = Timing(interval=15, late=10, dead=45, rebuild_every=60)


def subscribed(now: float = 0.0) -> Liveness:
    liveness = Liveness(TIMING, now)
    liveness.joined()
    assert list(liveness.system_ok(now)) == [WriteCanary()]
    return liveness


def live(now: float = 0.0) -> Liveness:
    liveness = subscribed(now)
    liveness.canary_written(1, now, now)
    assert list(liveness.canary_seen(1, now)) == [CanaryReturned(0.0), BecameLive()]
    return liveness


def test_a_join_or_a_system_message_alone_is_not_live() -> None:
    liveness = Liveness(TIMING, 0)
    states = [liveness.state]
    for told in (liveness.joined, lambda: liveness.system_ok(1)):
        told()
        states.append(liveness.state)
    assert states == [State.CONNECTING, State.JOINED, State.PROVING]


def test_a_canary_written_before_the_system_message_proves_nothing() -> None:
    liveness = Liveness(TIMING, 0)
    liveness.joined()
    liveness.canary_written(1, 0.5, 0.6)
    liveness.system_ok(1)
    assert list(liveness.canary_seen(1, 2)) == []
    assert liveness.state is State.PROVING


def test_a_canary_whose_write_began_before_the_system_message_proves_nothing_either() -> None:
    liveness = Liveness(TIMING, 0)
    liveness.joined()
    liveness.system_ok(1)
    liveness.canary_written(1, 0.9, 1.1)
    assert list(liveness.canary_seen(1, 1.2)) == []


def test_a_canary_may_be_heard_before_its_writer_knows_that_it_is_written() -> None:
    liveness = subscribed()
    assert list(liveness.canary_seen(7, 1.0)) == []
    assert list(liveness.canary_written(7, 0.75, 1.25)) == [CanaryReturned(0.25), BecameLive()]


def test_beats_that_start_over_are_told_apart_by_when_they_were_written() -> None:
    """Another process pruned our row after an hour without the database: the numbers begin at one again."""
    liveness = live()
    for beat in (2, 3):
        liveness.canary_seen(beat, 100)
    assert list(liveness.canary_written(3, 4000, 4001)) == []
    assert CanaryReturned(2.0) in liveness.canary_seen(3, 4002)


def test_late_means_deaf_and_a_returning_canary_means_live_again() -> None:
    liveness = live()
    liveness.canary_written(2, 15, 15)
    assert list(liveness.tick(24.9)) == []
    assert list(liveness.tick(25)) == [BecameDeaf(Cause.CANARY_LATE), Reconcile(Cause.CANARY_LATE)]
    assert list(liveness.tick(30)) == []
    assert list(liveness.canary_seen(2, 31)) == [CanaryReturned(16), BecameLive()]


def test_dead_asks_for_a_new_subscription_once_a_minute() -> None:
    liveness = live()
    liveness.canary_written(2, 15, 15)
    asked = [now for now in range(20, 220) if Rebuild(Cause.CANARY_DEAD) in liveness.tick(now)]
    assert asked == [60, 120, 180]


def test_a_swallowed_canary_is_a_gap_although_the_next_one_came() -> None:
    liveness = live()
    liveness.canary_written(2, 15, 15)
    liveness.canary_written(3, 20, 20)
    assert Reconcile(Cause.CANARY_SKIPPED) in liveness.canary_seen(3, 20.1)
    assert liveness.state is State.LIVE


def test_canaries_that_always_come_late_are_never_live() -> None:
    liveness = subscribed()
    for beat in range(1, 20):
        liveness.canary_written(beat, beat * 5.0, beat * 5.0)
        liveness.tick(beat * 5.0)
        if beat > 4:
            liveness.canary_seen(beat - 4, beat * 5.0)
    assert liveness.state is State.DEAF


def test_an_unreachable_database_is_no_fault_of_the_subscription() -> None:
    liveness = live()
    liveness.canary_written(2, 15, 15)
    liveness.canary_unwritten()
    actions = [action for now in range(16, 300) for action in liveness.tick(now)]
    assert Rebuild(Cause.CANARY_DEAD) not in actions
    assert liveness.state is State.DEAF
    liveness.canary_written(3, 300, 300)
    assert list(liveness.tick(301)) == [], "the canary of before the outage is not held against it"
    assert BecameLive() in liveness.canary_seen(3, 302)


def test_without_canaries_nothing_stays_live() -> None:
    liveness = live()
    liveness.canary_unwritten()
    assert list(liveness.tick(24.9)) == []
    assert list(liveness.tick(25)) == [BecameDeaf(Cause.CANARY_UNWRITTEN), Reconcile(Cause.CANARY_UNWRITTEN)]


def test_a_second_subscribed_is_a_gap_and_is_proved_at_once() -> None:
    liveness = live()
    assert list(liveness.system_ok(5)) == [Reconcile(Cause.RESUBSCRIBED), WriteCanary()]
    assert liveness.state is State.LIVE


def test_damaged_changes_are_a_gap() -> None:
    assert list(live().payload_errors()) == [Reconcile(Cause.PAYLOAD_ERRORS)]


def test_only_a_subscription_that_heard_leaves_a_gap() -> None:
    lost = Doubt(Cause.SOCKET_LOST, "gone")
    assert list(live().ended(lost)) == [BecameDeaf(Cause.SOCKET_LOST), Reconcile(Cause.SOCKET_LOST)]
    assert list(Liveness(TIMING, 0).ended(lost)) == []


def test_how_long_it_was_healthy() -> None:
    liveness = live(10.0)
    assert liveness.live_for(130.0) == 120.0
    liveness.canary_written(2, 15, 15)
    liveness.tick(30)
    assert liveness.live_for(130.0) == 0.0


class LivenessMachine(RuleBasedStateMachine):
    """Any order of events: the verdict never says more than what was seen proves."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0
        self.liveness = Liveness(TIMING, self.now)
        self.subscribed_at: float | None = None
        self.beat = 0
        self.under_way: list[tuple[int, float]] = []
        self.proved = False
        self.over = False
        self.last_state = self.liveness.state
        self.rebuilt: list[float] = []

    def judge(self, actions: Sequence[Action]) -> None:
        was, is_now = self.last_state, self.liveness.state
        assert (BecameLive() in actions) == (was is not State.LIVE and is_now is State.LIVE)
        if was is State.LIVE and is_now is not State.LIVE:
            assert any(isinstance(action, BecameDeaf) for action in actions)
            assert any(isinstance(action, Reconcile) for action in actions)
        if any(isinstance(action, Rebuild) for action in actions):
            assert is_now is State.DEAF
            assert not self.rebuilt or self.now - self.rebuilt[-1] >= TIMING.rebuild_every
            self.rebuilt.append(self.now)
        if self.over:
            assert not [action for action in actions if not isinstance(action, Reconcile)]
        self.last_state = is_now

    @rule()
    def joined(self) -> None:
        self.judge(self.liveness.joined())

    @rule()
    def system_ok(self) -> None:
        if self.subscribed_at is None:
            self.subscribed_at = self.now
        self.judge(self.liveness.system_ok(self.now))

    @rule(took=st.sampled_from([0.0, 0.1, 3.0]), heard_first=st.booleans())
    def write(self, took: float, heard_first: bool) -> None:
        self.beat += 1
        began = self.now
        self.now += took
        if heard_first:
            if self.subscribed_at is not None and began >= self.subscribed_at:
                self.proved = True
            self.judge(self.liveness.canary_seen(self.beat, self.now))
        else:
            self.under_way.append((self.beat, began))
        self.judge(self.liveness.canary_written(self.beat, began, self.now))

    @rule()
    def write_fails(self) -> None:
        self.judge(self.liveness.canary_unwritten())

    @rule(data=st.data())
    def arrive(self, data: st.DataObject) -> None:
        if not self.under_way:
            return
        index = data.draw(st.integers(0, len(self.under_way) - 1))
        beat, began = self.under_way[index]
        del self.under_way[: index + 1]
        if self.subscribed_at is not None and began >= self.subscribed_at:
            self.proved = True
        self.judge(self.liveness.canary_seen(beat, self.now))

    @rule(seconds=st.sampled_from([0.5, 5.0, 11.0, 61.0]))
    def wait(self, seconds: float) -> None:
        self.now += seconds
        self.judge(self.liveness.tick(self.now))

    @rule()
    def damaged(self) -> None:
        assert Reconcile(Cause.PAYLOAD_ERRORS) in self.liveness.payload_errors()

    @rule(really=st.integers(0, 9))
    def end(self, really: int) -> None:
        if really == 0:
            actions = self.liveness.ended(Doubt(Cause.SOCKET_LOST, ""))
            self.judge(actions)
            self.over = True

    @invariant()
    def live_is_proved(self) -> None:
        if self.liveness.state is State.LIVE:
            assert self.subscribed_at is not None
            assert self.proved
            assert not self.over

    @invariant()
    def live_ends_in_time(self) -> None:
        """After a tick nothing is live whose oldest canary is overdue, nor what nobody has proved for long."""
        self.judge(self.liveness.tick(self.now))
        if self.liveness.state is State.LIVE:
            assert self.liveness.overdue(self.now) < TIMING.late

    @invariant()
    def the_end_is_the_end(self) -> None:
        if self.over:
            assert self.liveness.state is State.ENDED


TestLivenessMachine = pytest.mark.timeout(120)(LivenessMachine.TestCase)
TestLivenessMachine.settings = settings(max_examples=100, stateful_step_count=50, deadline=None)
