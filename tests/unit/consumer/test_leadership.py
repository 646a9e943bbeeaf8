"""The rules of the lease: nobody leads beside another, whatever is slow, lost or frozen, and somebody soon does."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from consumer.leadership import AGAIN_SECONDS, LOOK_SECONDS, Leadership, Terms

TERMS = Terms.of(10.0)
START = Leadership(TERMS, ask_at=0.0)


def test_the_terms_leave_time_for_a_third_try_and_for_closing_a_socket() -> None:
    assert TERMS.renew + 2 * (TERMS.patience + AGAIN_SECONDS) <= TERMS.lease - TERMS.margin - 0.5
    assert TERMS.margin >= 2.0


def test_a_lease_counts_from_before_the_question() -> None:
    led = START.granted(sent_at=100.0)
    assert led.leads(107.4)
    assert not led.leads(107.5)
    assert led.next_look(100.0) == 103.0


def test_who_is_not_answered_leads_on_until_the_lease_ends_and_asks_quickly() -> None:
    led = START.granted(100.0).unanswered(105.0)
    assert led.leads(105.0)
    assert led.next_look(105.0) == 105.25
    assert led.unanswered(107.4).next_look(107.4) == 107.5, "the end of the lease is looked at, whatever was asked"
    assert led.patience(106.9) == pytest.approx(0.6)


def test_who_stands_by_is_not_answered_asks_once_a_second() -> None:
    assert START.unanswered(50.0).next_look(50.0) == 51.0
    assert START.granted(0.0).unanswered(8.0).until is None


def test_who_is_refused_leads_no_more_and_comes_back_when_the_other_is_over() -> None:
    stood = START.granted(100.0).refused(103.0, "other", 0.4)
    assert not stood.leads(103.0)
    assert (stood.held_by, stood.ask_at) == ("other", 103.4)
    assert stood.refused(104.0, "other", 9.0).ask_at == 104.0 + LOOK_SECONDS
    assert stood.refused(104.0, None, 0.0).ask_at > 104.0


@dataclass
class Candidate:
    """One process. ``asked``: when its question was sent; ``frozen``: it does nothing, its clock goes on."""

    rate: float
    lease: Leadership = START
    asked: float | None = None
    answer: tuple[bool, str | None, float] | None = None
    frozen: bool = False
    hears: bool = False

    def clock(self, now: float) -> float:
        return now * self.rate

    def turn(self, now: float) -> None:
        """What the process does when it gets to run: take the answer, then hear or not."""
        own = self.clock(now)
        if self.answer is not None and self.asked is not None:
            leads, held_by, free_in = self.answer
            self.lease = self.lease.granted(self.asked) if leads else self.lease.refused(own, held_by, free_in)
            self.asked = self.answer = None
        self.hears = self.lease.leads(own)


@dataclass
class Database:
    """The lease as the migration keeps it."""

    holder: str | None = None
    expires_at: float = 0.0

    def take(self, who: str, now: float) -> tuple[bool, str | None, float]:
        if self.holder not in (None, who) and self.expires_at > now:
            return False, self.holder, self.expires_at - now
        self.holder, self.expires_at = who, now + TERMS.lease
        return True, who, TERMS.lease

    def release(self, who: str) -> None:
        if self.holder == who:
            self.holder = None


@dataclass
class Message:
    """A question under way; its sender may have given up on it, or be dead."""

    who: str
    sent_at: float
    done: bool = field(default=False)


NAMES = ("a", "b", "c")
who = st.sampled_from(NAMES)


class Leading(RuleBasedStateMachine):
    """Three processes whose clocks differ by up to 5 %, whose questions arrive late or never, and who freeze."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0
        self.database = Database()
        self.processes = {name: Candidate(rate) for name, rate in zip(NAMES, (0.95, 1.0, 1.05), strict=True)}
        self.under_way: list[Message] = []

    @rule(seconds=st.floats(0.01, 4.0))
    def time_passes(self, seconds: float) -> None:
        """In steps, for a process looks when its lease ends."""
        for _ in range(8):
            self.now += seconds / 8
            self._turns()

    @rule(name=who)
    def asks(self, name: str) -> None:
        process = self.processes[name]
        if not process.frozen and process.asked is None:
            process.asked = process.clock(self.now)
            self.under_way.append(Message(name, process.asked))

    @precondition(lambda self: self.under_way)
    @rule(answered=st.booleans(), at=st.integers(0, 100))
    def arrives(self, answered: bool, at: int) -> None:
        """Possibly late, out of order, and with an answer that gets lost."""
        message = self.under_way.pop(at % len(self.under_way))
        process, answer = self.processes[message.who], self.database.take(message.who, self.now)
        if answered and process.asked == message.sent_at:
            process.answer = answer
        self._turns()

    @rule(name=who)
    def gives_up_asking(self, name: str) -> None:
        process = self.processes[name]
        if not process.frozen and process.asked is not None:
            process.asked = process.answer = None
            process.lease = process.lease.unanswered(process.clock(self.now))

    @rule(name=who)
    def freezes_or_thaws(self, name: str) -> None:
        """A frozen process cannot close its socket; that is beyond its power. Thawed, it looks before all else."""
        self.processes[name].frozen ^= True
        self._turns()

    @rule(name=who)
    def ends(self, name: str) -> None:
        process = self.processes[name]
        if not process.frozen:
            if process.lease.leads(process.clock(self.now)):
                self.database.release(name)
            self.processes[name] = Candidate(process.rate)

    @invariant()
    def nobody_hears_beside_another(self) -> None:
        hearing = [name for name, each in self.processes.items() if each.hears and not each.frozen]
        assert len(hearing) <= 1, hearing

    def teardown(self) -> None:
        """When all that goes wrong ends, somebody leads."""
        for process in self.processes.values():
            process.frozen, process.asked, process.answer = False, None, None
        deadline = self.now + TERMS.lease + LOOK_SECONDS + 0.5
        while self.now < deadline:
            self.now += 0.05
            for name, process in self.processes.items():
                if process.clock(self.now) >= process.lease.ask_at:
                    process.asked = process.clock(self.now)
                    process.answer = self.database.take(name, self.now)
            self._turns()
            self.nobody_hears_beside_another()
        assert any(process.hears for process in self.processes.values())

    def _turns(self) -> None:
        for process in self.processes.values():
            if not process.frozen:
                process.turn(self.now)


TestLeading = Leading.TestCase
TestLeading.settings = settings(deadline=None, max_examples=80, stateful_step_count=60)
