from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from consumer.engines.outbox import Outbox
from consumer.keyed_queue import Priority
from handlers.work import Work


def work(name: str) -> Work:
    return Work("analyze_item", name)


def test_a_key_is_kept_once_with_the_most_urgent_of_its_wishes() -> None:
    outbox = Outbox()
    outbox.add(work("a"), Priority.BACKFILL, due=5)
    outbox.add(Work("analyze_item", "a", owner="me", again=True), Priority.LIVE, due=9)
    outbox.add(Work("style_dna", "me"), Priority.BACKFILL, due=1)
    assert len(outbox) == 2
    assert (outbox.held("analyze_item"), outbox.held("style_dna")) == (1, 1)
    wish, _ = outbox.send(10)
    assert (wish.priority, wish.due, wish.work.owner, wish.work.again) == (Priority.LIVE, 5, "me", True)


def test_what_is_being_sent_is_still_there_until_it_arrived() -> None:
    outbox = Outbox()
    outbox.add(work("a"), Priority.LIVE, due=0)
    outbox.send(10)
    assert ("analyze_item", "a") in outbox
    assert not outbox.filled.is_set()
    outbox.arrived()
    assert ("analyze_item", "a") not in outbox
    assert len(outbox) == 0


def test_what_was_wished_for_while_its_key_was_being_sent_is_sent_again() -> None:
    """The queue may have handed out the first wish already: whoever took it did not see the second one's change."""
    outbox = Outbox()
    outbox.add(work("a"), Priority.LIVE, due=0)
    outbox.send(10)
    outbox.add(work("a"), Priority.LIVE, due=0)
    outbox.arrived()
    assert [wish.work.key for wish in outbox.send(10)] == ["a"]


def test_what_could_not_be_sent_is_sent_before_what_came_since() -> None:
    outbox = Outbox()
    outbox.add(work("a"), Priority.BACKFILL, due=3)
    outbox.send(10)
    outbox.add(work("b"), Priority.LIVE, due=0)
    outbox.add(work("a"), Priority.LIVE, due=8)
    outbox.failed()
    assert outbox.filled.is_set()
    assert [(wish.work.key, wish.priority, wish.due) for wish in outbox.send(10)] == [
        ("a", Priority.LIVE, 3),
        ("b", Priority.LIVE, 0),
    ]


STEPS = st.lists(st.sampled_from(["add", "hasten", "send", "arrived", "failed"]), max_size=60)


@given(STEPS, st.integers(1, 3))
def test_no_wish_is_lost_on_the_way_and_backfill_is_counted(steps: list[str], most: int) -> None:
    outbox, wished, sent = Outbox(), 0, 0
    arrived: list[int] = []
    for step in steps:
        if step == "add":
            wished += 1
            outbox.add(work(str(wished)), Priority.BACKFILL, due=0)
        elif step == "hasten" and wished and ("analyze_item", str(wished)) in outbox._wishes:
            outbox.add(work(str(wished)), Priority.LIVE, due=0)
        elif step == "send" and outbox.filled.is_set():
            sent = len(outbox.send(most))
        elif step == "arrived":
            arrived.append(sent)
            sent = 0
            outbox.arrived()
        elif step == "failed":
            sent = 0
            outbox.failed()
        assert sum(arrived) + len(outbox) == wished
        kept = [*outbox._wishes.values(), *outbox._sending.values()]
        assert outbox.backfill == sum(wish.priority is Priority.BACKFILL for wish in kept)
