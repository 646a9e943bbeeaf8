"""A message is new once within its validity, and the memory of it is bounded."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from aura.identity.message_memory import MessageMemory


def test_a_copy_is_known_until_it_would_be_refused_anyway() -> None:
    memory = MessageMemory(10)
    assert memory.is_new("a", valid_until=100, now=0)
    assert not memory.is_new("a", valid_until=100, now=99)
    assert not memory.is_new("a", valid_until=100, now=100)
    assert memory.is_new("a", valid_until=200, now=101)


def test_a_retry_with_a_later_time_is_the_same_message() -> None:
    memory = MessageMemory(10)
    assert memory.is_new("a", valid_until=100, now=0)
    assert not memory.is_new("a", valid_until=150, now=50)
    assert not memory.is_new("a", valid_until=150, now=120)


def test_the_oldest_is_forgotten_first() -> None:
    memory = MessageMemory(2)
    for name in ("a", "b", "c"):
        assert memory.is_new(name, valid_until=100, now=0)
    assert not memory.is_new("c", valid_until=100, now=1)
    assert memory.is_new("a", valid_until=100, now=1)
    assert len(memory) == 2


@given(st.lists(st.tuples(st.sampled_from("abcdef"), st.integers(0, 20), st.integers(0, 10))), st.integers(1, 5))
def test_it_never_grows_and_never_repeats_itself(messages: list[tuple[str, int, int]], size: int) -> None:
    memory, now = MessageMemory(size), 0
    for name, valid_for, passed in messages:
        now += passed
        memory.is_new(name, now + valid_for, now)
        assert len(memory) <= size
        assert not memory.is_new(name, now + valid_for, now)
