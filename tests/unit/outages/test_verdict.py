"""The judgement of the fault tests can be failed: each broken promise is found in records that show it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.support.outages.journal import Entry, Phase
from tests.support.outages.row_audit import ItemChange, StoredAnswer, StyleWrite
from tests.support.outages.verdict import (
    applied_wrongly,
    paid_again,
    questions,
    styled_twice,
    unkept,
    worked_on_concurrently,
)

KEY = "analyze_item:i"


def entry(what: str, phase: Phase, at: float, *, run: str = "r", pid: int = 1, key: str = KEY) -> Entry:
    return Entry(what, phase, pid, run, key, at, 1000 + at, "sha256:a" if what == "ask" else "")


def span(what: str, begin: float, end: float, **given: Any) -> list[Entry]:
    return [entry(what, "begin", begin, **given), entry(what, "end", end, **given)]


def tagged(photo: str) -> dict[str, Any]:
    return {"status": "done", "source": {"photo": photo}}


NEW = ItemChange("INSERT", "i", "p", None, None, None, None, None)
DONE = replace(NEW, op="UPDATE", category="tops", color="navy", tags=["shirt"], ai_tags=tagged("p"))


def test_one_after_the_other_is_fine() -> None:
    assert not worked_on_concurrently([*span("work", 1, 2), *span("work", 2.5, 3, run="s")])
    assert not worked_on_concurrently([*span("work", 1, 3), *span("work", 2, 4, run="s", key="analyze_item:j")])


def test_two_hands_at_once_are_found_within_a_process() -> None:
    assert worked_on_concurrently([*span("work", 1, 3), *span("work", 2, 4, run="s")])
    assert not worked_on_concurrently([*span("work", 1, 3), *span("work", 2, 4, run="s", pid=2)])


def test_two_questions_at_once_are_found_across_processes() -> None:
    assert worked_on_concurrently([*span("ask", 1, 3), *span("ask", 2, 4, run="s", pid=2)])


def test_with_a_shared_queue_two_hands_at_once_are_found_across_processes() -> None:
    both = [*span("work", 1, 3), *span("work", 2, 4, run="s", pid=2)]
    assert worked_on_concurrently(both, shared=True)
    assert not worked_on_concurrently([*span("work", 1, 2), *span("work", 2, 4, run="s", pid=2)], shared=True)


def test_a_photo_that_a_request_and_a_worker_ask_about_at_once_is_found() -> None:
    asked = [*span("ask", 1, 3, key="sha256:a"), *span("ask", 2, 4, run="s", pid=2)]
    assert worked_on_concurrently(asked)


def test_what_a_kill_cut_off_ended_with_it() -> None:
    begun, killed = entry("ask", "begin", 1), entry("process", "killed", 2, key="")
    assert not worked_on_concurrently([begun, killed, *span("ask", 3, 4, run="s", pid=2)])
    assert worked_on_concurrently([begun, *span("ask", 3, 4, run="s", pid=2)])


def test_a_question_whose_answer_was_kept_is_found() -> None:
    asked = span("ask", 1, 2)
    assert paid_again(asked, [StoredAnswer("sha256:a", 1000.5)])
    assert not paid_again(asked, [StoredAnswer("sha256:a", 1001.5)])
    assert not paid_again(asked, [StoredAnswer("sha256:b", 1000.5)])
    assert questions([*asked, *span("ask", 3, 4, run="s")]) == {"sha256:a": 2}


def test_only_what_was_not_kept_at_the_kill_excuses_a_repetition() -> None:
    killed = entry("process", "killed", 3, key="")
    cut_off, answered = [entry("ask", "begin", 1), killed], [*span("ask", 1, 2), killed]
    for entries in (cut_off, answered):
        assert len(unkept(entries, [])) == 1
        assert len(unkept(entries, [StoredAnswer("sha256:a", 1004)])) == 1
        assert not unkept(entries, [StoredAnswer("sha256:a", 1002.5)])
    assert not unkept(span("ask", 1, 2, pid=2), [])


def test_a_row_that_was_tagged_once_is_fine() -> None:
    replaced = replace(DONE, photo="q")
    again = replace(replaced, category="shoes", ai_tags=tagged("q"))
    assert not applied_wrongly([NEW, DONE, replaced, again, replace(again, op="DELETE")])


@pytest.mark.parametrize(
    ("history", "says"),
    [
        ([NEW, DONE, replace(DONE, ai_tags={**tagged("p"), "again": 1})], "2 times"),
        ([NEW, replace(DONE, ai_tags=tagged("q"))], "tagged for q"),
        ([replace(NEW, category="mine"), DONE], "person's category"),
        ([NEW, DONE, edited := replace(DONE, category="mine", photo="q"), replace(edited, category="tops",
          ai_tags=tagged("q"))], "person's category"),
        ([NEW, DONE, emptied := replace(DONE, category=None, photo="q"), replace(emptied, category="tops",
          ai_tags=tagged("q"))], "person's category"),
        ([replace(NEW, tags=["mine"]), DONE], "person's tag 'mine'"),
    ],
)  # fmt: skip
def test_what_the_machine_must_not_write_is_found(history: list[ItemChange], says: str) -> None:
    assert any(says in complaint for complaint in applied_wrongly(history))


def test_the_same_style_twice_is_found() -> None:
    first = StyleWrite("u", {"a": 1}, "f")
    assert styled_twice([first, first])
    assert not styled_twice([first, replace(first, fingerprint="g"), first, replace(first, owner="v")])
