"""What an analysis becomes in the row's columns, in ai_tags and in the cache."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from aura.errors import Permanent
from aura.gateway.items import Item
from aura.vision.analyzer import Analysis
from aura.vision.garment import GarmentColour, GarmentTags, Judged
from aura.vision.vocabulary import Category, Colour
from handlers.analyze_item import settled
from handlers.findings import failed_result, from_cache, result_of, tags_of, to_cache, words_of
from tests.support.instant import JEANS, SHIRT, InstantAnalyzer

NOW = datetime(2026, 6, 1, 12, 0, 0, 123456, tzinfo=UTC)
PHOTO = "https://p.supabase.co/storage/v1/object/photos/u/1.jpg"


def colour(name: Colour, confidence: float) -> GarmentColour:
    return GarmentColour(name=name, hex="#000000", share=0.5, confidence=confidence)


def test_columns_get_plain_words() -> None:
    assert words_of(SHIRT) == {"category": "tops", "color": "light blue", "pattern": "striped"}
    assert list(tags_of(SHIRT)) == ["shirt", "cotton", "summer"]


def test_what_is_unlikely_stays_in_ai_tags_only() -> None:
    tags = GarmentTags(
        category=Judged[Category](value=Category.TOPS, confidence=0.49),
        colors=(colour(Colour.BLACK, 0.3), colour(Colour.NAVY, 0.5)),
    )
    assert words_of(tags) == {"category": None, "color": "navy", "pattern": None}


@pytest.mark.parametrize("repeats", ["top", "shoes", "bag", "accessory", "outerwear"])
def test_a_subcategory_that_repeats_its_category_is_no_tag(repeats: str) -> None:
    assert list(tags_of(GarmentTags(subcategory=Judged[str](value=repeats, confidence=1.0)))) == []


def test_ai_tags_say_where_they_come_from() -> None:
    analyzer = InstantAnalyzer()
    found = result_of(
        Analysis("done", SHIRT), photo=PHOTO, content_hash="sha256:x", analyzer=analyzer, analyzed_at=NOW, duration_ms=7
    )
    assert found.answer["status"] == "done"
    assert found.answer["category"] == {"value": "tops", "confidence": 0.9}
    assert found.source == {
        "photo": PHOTO,
        "content_hash": "sha256:x",
        "analyzer": "instant",
        "model": "1",
        "version": analyzer.version,
        "analyzed_at": "2026-06-01T12:00:00.123+00:00",
        "duration_ms": 7,
    }


def test_a_failure_for_good_carries_its_code_and_version() -> None:
    analyzer = InstantAnalyzer()
    found = failed_result(Permanent("photo_gone", "It is gone."), photo=PHOTO, analyzer=analyzer, at=NOW)
    assert found.answer == {"status": "failed", "code": "photo_gone", "message": "It is gone."}
    assert found.source["version"] == analyzer.version


@pytest.mark.parametrize("analysis", [Analysis("done", JEANS), Analysis("no_garment", GarmentTags())])
def test_the_cache_gives_back_what_it_was_given(analysis: Analysis) -> None:
    assert from_cache(to_cache(analysis)) == analysis


@pytest.mark.parametrize("kept", [{}, {"status": "x", "tags": {}}, {"status": "done"}, {"status": "done", "tags": []}])
def test_a_cache_entry_that_makes_no_sense_counts_as_none(kept: dict[str, Any]) -> None:
    assert from_cache(kept) is None


ITEM = Item("i", "u", "https://p.supabase.co/storage/v1/object/sign/photos/u/1.jpg?token=x", "t")


@pytest.mark.parametrize(
    ("ai_tags", "again", "status"),
    [
        (None, False, None),
        ({}, False, None),
        ({"source": "x"}, False, None),
        ({"status": "done", "source": {"photo": "another", "version": "v1"}}, False, None),
        ({"status": "done", "source": {"photo": PHOTO, "version": "v1"}}, False, "unchanged"),
        ({"status": "done", "source": {"photo": PHOTO, "version": "v0"}}, False, "unchanged"),
        ({"status": "done", "source": {"photo": PHOTO, "version": "v0"}}, True, None),
        ({"status": "done", "source": {"photo": PHOTO, "version": "v1"}}, True, "unchanged"),
        ({"status": "failed", "code": "c", "message": "m", "source": {"photo": PHOTO}}, False, "failed"),
        ({"status": "failed", "source": {}}, False, None),
    ],
)
def test_only_the_current_photo_settles_an_item(ai_tags: Any, again: bool, status: str | None) -> None:
    found = settled(replace(ITEM, ai_tags=ai_tags), "v1", again=again)
    assert (found.status if found else None) == status
