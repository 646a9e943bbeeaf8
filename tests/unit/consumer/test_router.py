from __future__ import annotations

from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aura.photos.identity import photo_identity
from consumer.changes import Change, ChangeType
from consumer.router import BINDINGS, RULES, WAKE_ID, canary_beat, is_settled, is_wake, needs_marks_listed, route
from handlers.roles import HINTED_TABLES
from handlers.work import Work

ITEM, USER = "item-1", "user-1"
PHOTO = "https://p.supabase.co/storage/v1/object/sign/photos/user-1/a.jpg?token=old"
RESIGNED = "https://p.supabase.co/storage/v1/object/sign/photos/user-1/a.jpg?token=new"
TAGS_OF_PHOTO = {"status": "done", "source": {"photo": photo_identity(PHOTO)}}


def change(table: str, kind: str, **record: Any) -> Change:
    return Change(table=table, type=cast("ChangeType", kind), record=record)


def kinds(change: Change) -> list[str]:
    return [work.kind for work in route(change)]


def test_an_upload_is_analysed_and_touches_the_style() -> None:
    works = route(change("clothing_items", "INSERT", id=ITEM, user_id=USER, image_url=PHOTO, ai_tags=None))
    assert works == [Work("analyze_item", ITEM), Work("style_dna", USER)]
    assert [work.owner for work in works] == [USER, USER]


@pytest.mark.parametrize(
    ("record", "analysed"),
    [
        ({"image_url": PHOTO, "ai_tags": TAGS_OF_PHOTO}, False),
        ({"image_url": RESIGNED, "ai_tags": TAGS_OF_PHOTO}, False),
        ({"image_url": None, "ai_tags": None}, False),
        ({"image_url": "", "ai_tags": None}, False),
        ({"image_url": PHOTO.replace("a.jpg", "b.jpg"), "ai_tags": TAGS_OF_PHOTO}, True),
        ({"image_url": PHOTO, "ai_tags": None}, True),
        ({"image_url": PHOTO}, True),
        ({"ai_tags": TAGS_OF_PHOTO}, True),
        ({"image_url": PHOTO, "ai_tags": {"status": "done"}}, True),
        ({"image_url": PHOTO, "ai_tags": ["handmade"]}, True),
        ({"image_url": PHOTO, "ai_tags": {"source": "handmade"}}, True),
        ({"image_url": PHOTO, "ai_tags": {"source": {"photo": None}}}, True),
        ({}, True),
    ],
)
def test_only_a_record_that_proves_itself_settled_is_dropped(record: dict[str, Any], analysed: bool) -> None:
    assert ("analyze_item" in kinds(change("clothing_items", "UPDATE", id=ITEM, user_id=USER, **record))) is analysed


def test_our_own_write_of_tags_makes_no_analysis() -> None:
    own_write = change("clothing_items", "UPDATE", id=ITEM, user_id=USER, image_url=PHOTO, ai_tags=TAGS_OF_PHOTO)
    assert kinds(own_write) == ["style_dna"]


@pytest.mark.parametrize("table", ["likes", "combinations"])
def test_likes_and_combinations_touch_their_owners_style(table: str) -> None:
    assert list(route(change(table, "INSERT", id="x", user_id=USER))) == [Work("style_dna", USER)]


@pytest.mark.parametrize("table", ["clothing_items", "likes", "combinations"])
def test_a_delete_says_not_whose_style_so_the_marks_are_listed(table: str) -> None:
    gone = Change(table=table, type="DELETE", old_record={"id": "x"})
    assert list(route(gone)) == []
    assert needs_marks_listed(gone)


def test_a_truncated_record_still_says_what_it_can() -> None:
    shell = Change("clothing_items", "UPDATE", {"id": ITEM, "user_id": USER}, errors=("Error 413: Payload Too Large",))
    assert kinds(shell) == ["analyze_item", "style_dna"]
    empty = Change("clothing_items", "INSERT", errors=("Error 400: Bad Request, no primary key",))
    assert list(route(empty)) == []
    assert needs_marks_listed(empty)


def test_a_canary_is_no_work() -> None:
    canary = change("aura_canary", "UPDATE", id="c", beat=7)
    assert canary_beat(canary) == 7
    assert list(route(canary)) == []
    assert not needs_marks_listed(canary)
    assert canary_beat(change("likes", "INSERT", beat=7)) is None


def test_a_wake_is_no_canary_and_a_canary_is_no_wake() -> None:
    wake = change("aura_canary", "INSERT", id=WAKE_ID, beat=7)
    assert is_wake(wake)
    assert canary_beat(wake) is None
    assert list(route(wake)) == []
    assert not is_wake(change("aura_canary", "UPDATE", id="c", beat=7))
    assert not is_wake(Change("aura_canary", "DELETE", old_record={"id": WAKE_ID}))
    assert not is_wake(change("likes", "INSERT", id=WAKE_ID))


def test_every_rule_sees_the_columns_it_looks_at() -> None:
    asked = {binding.table: set(binding.columns) for binding in BINDINGS}
    assert {table for table, _ in RULES} == set(asked) == HINTED_TABLES
    assert {"id", "user_id", "image_url", "ai_tags"} == asked["clothing_items"]
    assert all({"id", "user_id"} <= columns for columns in asked.values())


values = st.none() | st.integers() | st.text(max_size=8) | st.lists(st.integers(), max_size=2)
records = st.dictionaries(st.sampled_from(["id", "user_id", "image_url", "ai_tags", "beat"]), values)


@given(st.sampled_from([*RULES, ("aura_canary", "UPDATE"), ("unknown", "INSERT")]), records)
def test_routing_never_raises_and_keys_are_texts(rule: tuple[str, ChangeType], record: dict[str, Any]) -> None:
    heard = Change(rule[0], rule[1], record)
    assert all(isinstance(work.key, str) and work.key for work in route(heard))
    needs_marks_listed(heard)


@given(records)
def test_settled_needs_proof(record: dict[str, Any]) -> None:
    if is_settled(record):
        assert not record["image_url"]
