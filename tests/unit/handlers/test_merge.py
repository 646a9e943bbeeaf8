"""A person's words win, whatever the order of their edits and the machine's runs."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aura.gateway.items import Item
from handlers.merge import FIELDS, Result, merge, seen_in

PHOTO = "https://p.supabase.co/storage/v1/object/photos/u/1.jpg"
ROW = Item(id="i", user_id="u", image_url=PHOTO, updated_at="2026-01-01T00:00:00+00:00")


def done(
    category: str | None = "shirt",
    color: str | None = "navy",
    pattern: str | None = None,
    *,
    tags: tuple[str, ...] = (),
    **source: Any,
) -> Result:
    words = {"category": category, "color": color, "pattern": pattern}
    answer = {"status": "done", "category": {"value": category, "confidence": 0.9}}
    return Result("done", answer, {"photo": PHOTO, "version": "v1", **source}, words, tags)


def failed(code: str = "unreadable_photo", *, photo: str = PHOTO, version: str = "v1") -> Result:
    return Result("failed", {"status": "failed", "code": code}, {"photo": photo, "version": version}, {})


def apply(item: Item, changes: dict[str, Any]) -> Item:
    values: dict[str, Any] = {name: tuple(v) if name == "tags" and v is not None else v for name, v in changes.items()}
    return replace(item, **values)


def run(item: Item, result: Result) -> Item:
    return apply(item, merge(item, result))


def test_empty_fields_are_filled_and_remembered() -> None:
    changes = merge(ROW, done(tags=("cotton",)))
    assert changes["category"] == "shirt"
    assert changes["color"] == "navy"
    assert "pattern" not in changes
    assert changes["tags"] == ["cotton"]
    assert changes["ai_tags"]["source"]["wrote"] == {"category": "shirt", "color": "navy", "tags": ["cotton"]}


def test_a_value_of_the_person_stays_and_is_not_claimed() -> None:
    item = run(replace(ROW, category="jeans"), done())
    assert item.category == "jeans"
    assert item.color == "navy"
    assert item.ai_tags is not None
    assert "category" not in item.ai_tags["source"]["wrote"]


def test_the_machines_own_value_follows_a_new_photo() -> None:
    item = run(run(ROW, done("shirt", "navy", "striped")), done("dress", "red", None, photo="new"))
    assert (item.category, item.color, item.pattern) == ("dress", "red", None)
    assert run(item, done("dress", "red", "plain", photo="new")).pattern == "plain"


def test_the_same_photo_again_keeps_what_is_not_told_this_time() -> None:
    item = run(ROW, done("shirt", "navy", "striped", tags=("blue",)))
    item = run(item, done(None, "black", None, version="v2"))
    assert (item.category, item.color, item.pattern, item.tags) == ("shirt", "black", "striped", ("blue",))
    assert run(item, done(None, None, None, photo="new")).category is None


@pytest.mark.parametrize("empty", [None, "", "  "])
def test_a_cleared_field_stays_clear_for_every_later_photo(empty: str | None) -> None:
    item = replace(run(ROW, done()), category=empty)
    for category in ("dress", "skirt", "shirt"):
        item = run(item, done(category))
        assert item.category == empty


def test_a_persons_own_value_that_they_cleared_later_stays_clear() -> None:
    item = run(replace(ROW, category="jeans"), done())
    assert run(replace(item, category=None), done("dress")).category is None


def test_a_value_cleared_between_two_reads_of_one_run_stays_clear() -> None:
    before, result = replace(ROW, category="jeans", tags=("blue",)), done(tags=("blue", "cotton"))
    changes = merge(ROW, result, seen_in(before, result))
    assert "category" not in changes
    assert "tags" not in changes


def test_tags_keep_the_persons_order_and_duplicates() -> None:
    item = run(replace(ROW, tags=("b", "a", "b")), done(tags=("a", "cotton")))
    assert item.tags == ("b", "a", "b", "cotton")
    item = run(replace(item, tags=("z", *item.tags)), done(tags=("wool",)))
    assert item.tags == ("z", "b", "a", "b", "wool")


def test_of_two_equal_tags_only_the_machines_goes() -> None:
    item = run(ROW, done(tags=("blue",)))
    item = run(replace(item, tags=("blue", "blue")), done(tags=(), photo="new"))
    assert item.tags == ("blue",)


def test_a_removed_tag_does_not_come_back_and_a_returned_one_is_the_persons() -> None:
    item = replace(run(ROW, done(tags=("blue", "cotton"))), tags=("cotton",))
    item = run(item, done("dress", tags=("blue", "cotton")))
    assert item.tags == ("cotton",)
    item = run(replace(item, tags=("cotton", "blue")), done("skirt", tags=("linen",)))
    assert item.tags == ("blue", "linen")


def test_a_removed_tag_is_remembered_past_a_photo_that_does_not_propose_it() -> None:
    item = replace(run(ROW, done(tags=("blue", "wool"))), tags=("wool",))
    item = run(item, done("dress", tags=("wool",), photo="second"))
    assert run(item, done("skirt", tags=("wool", "blue"), photo="third")).tags == ("wool",)


def test_a_tag_that_the_machine_withdrew_may_come_back() -> None:
    item = run(run(ROW, done(tags=("blue", "wool"))), done("dress", tags=("wool",)))
    assert item.tags == ("wool",)
    assert run(item, done("skirt", tags=("wool", "blue"))).tags == ("wool", "blue")


def test_a_cleared_list_of_tags_stays_clear() -> None:
    item = replace(run(ROW, done(tags=("blue",))), tags=())
    assert run(item, done("dress", tags=("red", "wool"))).tags == ()


def test_a_tag_is_not_added_beside_the_same_word_in_capitals() -> None:
    assert run(replace(ROW, tags=("Cotton",)), done(tags=("cotton",))).tags == ("Cotton",)


@pytest.mark.parametrize("status", ["no_garment", "failed"])
def test_an_answer_without_tags_touches_ai_tags_alone_and_keeps_the_memory(status: Any) -> None:
    item = run(ROW, done(tags=("blue",)))
    result = Result(status, {"status": status}, {"photo": "other", "version": "v1"}, {})
    changes = merge(item, result)
    assert set(changes) == {"ai_tags"}
    after = run(apply(item, changes), done("dress", tags=("red",)))
    assert (after.category, after.tags) == ("dress", ("red",))


def test_the_memory_of_a_clearing_outlives_a_failure() -> None:
    item = replace(run(ROW, done()), category=None)
    item = run(run(item, failed(photo="other")), done("dress"))
    assert item.category is None


def test_a_newer_version_that_fails_leaves_the_older_answer() -> None:
    item = run(ROW, done())
    changes = merge(item, failed(version="v2"))
    assert changes["ai_tags"]["status"] == "done"
    assert changes["ai_tags"]["source"]["version"] == "v2"
    assert changes["ai_tags"]["source"]["answered_by"] == "v1"
    assert merge(apply(item, changes), failed(version="v2")) == {}


def test_only_the_time_of_the_analysis_differs_so_nothing_is_written() -> None:
    item = run(ROW, done(analyzed_at="2026-01-01", duration_ms=3))
    assert merge(item, done(analyzed_at="2026-01-02", duration_ms=9)) == {}


@pytest.mark.parametrize(
    "ai_tags",
    [{}, {"source": []}, {"source": {"wrote": 7, "seen": "x"}}, {"source": {"wrote": {"category": 1, "tags": [None]}}}],
)
def test_a_memory_that_somebody_else_wrote_does_no_harm(ai_tags: dict[str, Any]) -> None:
    item = run(replace(ROW, category="jeans", ai_tags=ai_tags), done(tags=("blue",)))
    assert (item.category, item.color, item.tags) == ("jeans", "navy", ("blue",))


MACHINE_WORDS = st.sampled_from([None, "m1", "m2", "m3"])
TAGS = st.sampled_from(["t1", "t2", "t3", "t4"])
RESULTS = st.one_of(
    st.builds(
        done,
        MACHINE_WORDS,
        MACHINE_WORDS,
        MACHINE_WORDS,
        tags=st.lists(TAGS, max_size=4).map(tuple),
        photo=st.sampled_from(["a", "b"]),
    ),
    st.builds(failed, photo=st.sampled_from(["a", "b"])),
)
EDITS = st.one_of(
    st.tuples(st.sampled_from(FIELDS), st.sampled_from([None, "", "p1", "p2"])),
    st.tuples(st.just("tags"), st.lists(st.sampled_from(["t1", "t2", "p1", "P2"]), max_size=4).map(tuple)),
)


def edit(item: Item, change: tuple[str, Any]) -> Item:
    values: dict[str, Any] = {change[0]: change[1]}
    return replace(item, **values)


class Person:
    """Keeps its own account of whose words a row holds, and objects when one of the person's is lost."""

    def __init__(self) -> None:
        self.machine: dict[str, str | None] = {}
        self.once_filled: set[str] = set()
        self.machine_tags: list[str] = []
        self.stood: set[str] = set()

    def check_field(self, name: str, old: str | None, new: str | None) -> None:
        if old and old != self.machine.get(name):
            assert new == old, "a value of the person was replaced"
        if not old and name in self.once_filled:
            assert new == old, "a cleared field was filled"
        self.machine[name] = new if new != old or self.machine.get(name) == new else None
        if new:
            self.once_filled.add(name)
        elif old:
            self.once_filled.discard(name)

    def check_removed(self, proposed: tuple[str, ...], old: tuple[str, ...], new: tuple[str, ...]) -> None:
        assert not (self.stood - set(old)) & set(new), "a tag that the person removed came back"
        withdrawn = set(old) - set(new)
        self.stood = (self.stood | (set(proposed) & set(new))) - withdrawn

    def check_tags(self, old: tuple[str, ...], new: tuple[str, ...]) -> None:
        persons = list(reversed(old))
        for tag in self.machine_tags:
            if tag in persons:
                persons.remove(tag)
        persons.reverse()
        assert all(new.count(tag) >= persons.count(tag) for tag in persons), "a tag of the person was lost"
        only_theirs = [tag for tag in persons if tag.casefold().startswith("p")]
        assert [tag for tag in new if tag in only_theirs] == only_theirs, "the person's order changed"
        stayed = [tag for tag in self.machine_tags if tag in new and tag in old]
        self.machine_tags = stayed + [tag for tag in new if tag not in old]


@settings(max_examples=300)
@given(st.lists(st.one_of(RESULTS, EDITS), max_size=12))
def test_whatever_happens_no_word_of_the_person_is_lost(steps: list[Any]) -> None:
    item, person = ROW, Person()
    for step in steps:
        if isinstance(step, tuple):
            item = edit(item, step)
            continue
        before, item = item, run(item, step)
        assert merge(item, step) == {}, "a second run writes"
        for name in FIELDS:
            person.check_field(name, getattr(before, name), getattr(item, name))
        person.check_tags(before.tags or (), item.tags or ())
        person.check_removed(step.tags, before.tags or (), item.tags or ())


@given(RESULTS, EDITS, RESULTS)
def test_an_edit_between_read_and_write_is_respected(first: Result, change: tuple[str, Any], second: Result) -> None:
    read = run(ROW, first)
    edited = edit(read, change)
    after = apply(edited, merge(edited, second, seen_in(read, second)))
    wrote = (read.ai_tags or {})["source"]["wrote"]
    name, value = change
    if name in FIELDS and (value or getattr(read, name)) and value != wrote.get(name):
        assert getattr(after, name) == value
