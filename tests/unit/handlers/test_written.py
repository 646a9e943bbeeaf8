"""What the machine wrote is told from the row alone, whatever a person did to it in the same moment."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from aura.gateway.items import Item
from handlers.merge import FIELDS, Result, merge
from handlers.written import standing, written_between

PHOTO = "https://p.supabase.co/storage/v1/object/photos/u/1.jpg"
ROW = Item(id="i", user_id="u", image_url=PHOTO, updated_at="2026-01-01T00:00:00+00:00")
Edit = tuple[str, Any]


def result(
    status: Any, words: tuple[str | None, str | None, str | None], tags: tuple[str, ...], photo: str, version: str
) -> Result:
    told = status == "done"
    answer = {"status": status, "category": words[0]} if told else {"status": status}
    names = dict(zip(FIELDS, words, strict=True)) if told else {}
    return Result(status, answer, {"photo": photo, "version": version}, names, tags if told else ())


WORD = st.sampled_from([None, "m1", "m2"])
RESULTS = st.builds(
    result,
    st.sampled_from(["done", "done", "no_garment", "failed"]),
    st.tuples(WORD, WORD, WORD),
    st.lists(st.sampled_from(["t1", "t2", "t3"]), max_size=3, unique=True).map(tuple),
    st.sampled_from(["a", "b"]),
    st.sampled_from(["v1", "v2"]),
)
EDITS = st.one_of(
    st.tuples(st.sampled_from(FIELDS), st.sampled_from([None, "", "p1", "m1"])),
    st.tuples(st.just("tags"), st.lists(st.sampled_from(["t1", "t2", "p1"]), max_size=4).map(tuple)),
)
HISTORIES = st.lists(st.one_of(RESULTS, EDITS), max_size=8)


def apply(item: Item, changes: dict[str, Any]) -> Item:
    values: dict[str, Any] = {name: tuple(v) if name == "tags" and v is not None else v for name, v in changes.items()}
    return replace(item, **values)


def lived(steps: list[Any]) -> Item:
    """The row after a history of edits and runs."""
    item = ROW
    for step in steps:
        item = apply(item, merge(item, step) if isinstance(step, Result) else dict([step]))
    return item


@settings(max_examples=200)
@given(HISTORIES, RESULTS)
def test_without_an_edit_it_is_exactly_what_the_run_changed(history: list[Any], last: Result) -> None:
    before = lived(history)
    changes = merge(before, last)
    assert written_between(before, apply(before, changes)) == tuple(sorted(changes))


@settings(max_examples=200)
@given(HISTORIES, EDITS, RESULTS)
def test_an_edit_in_between_is_not_the_machines(history: list[Any], change: Edit, last: Result) -> None:
    """Of the columns that the person left alone, exactly those that the run changed are told."""
    before = lived(history)
    edited = apply(before, dict([change]))
    changes = merge(edited, last)
    told = set(written_between(before, apply(edited, changes)))
    assert told - {change[0]} == set(changes) - {change[0]}


@given(HISTORIES)
def test_an_edit_alone_is_nothing_of_the_machines(history: list[Any]) -> None:
    before = lived(history)
    after = replace(before, category="p9", tags=("p9",), updated_at="later")
    assert written_between(before, after) == ()


def test_a_withdrawn_value_is_told_and_a_cleared_one_is_not() -> None:
    first = lived([result("done", ("m1", "m1", None), ("t1",), "a", "v1")])
    newer = result("done", (None, "m2", None), ("t2",), "b", "v1")
    assert written_between(first, lived_on(first, newer)) == ("ai_tags", "category", "color", "tags")
    cleared = replace(first, category=None, tags=())
    assert written_between(first, lived_on(cleared, newer)) == ("ai_tags", "color")


def lived_on(item: Item, last: Result) -> Item:
    return apply(item, merge(item, last))


def test_what_stands() -> None:
    item = lived([result("done", ("m1", "m2", None), ("t1",), "a", "v1")])
    assert standing(item) == ("ai_tags", "category", "color", "tags")
    assert standing(replace(item, category="mine", tags=("mine",))) == ("ai_tags", "color")
    assert standing(ROW) == ()
    assert standing(replace(ROW, ai_tags={"source": "?"})) == ()
