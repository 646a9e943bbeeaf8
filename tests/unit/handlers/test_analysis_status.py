"""The words for every state that an analysis can be in."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from aura.gateway.analysis_state import AnalysisState, LastFailure
from aura.gateway.items import Item
from handlers.analysis_status import AnalysisStatus, status_of

PHOTO = "https://cdn.example/a.jpg"
NOW = datetime(2026, 11, 23, tzinfo=UTC)
ITEM = Item(id="i", user_id="u", image_url=PHOTO, updated_at="2026-01-01T00:00:00+00:00", category="tops")
STATE = AnalysisState(ITEM, running=False, abandoned=False, wanted=True, again=False, failure=None)
FAILURE = LastFailure("photo_unreachable", "Not now.", False, NOW + timedelta(minutes=1), NOW)


def tagged(status: str, photo: str = PHOTO, **more: Any) -> AnalysisState:
    tags = {"status": status, "source": {"photo": photo, "wrote": {"category": "tops", "color": "red"}}, **more}
    return replace(STATE, item=replace(ITEM, ai_tags=tags))


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        (STATE, AnalysisStatus("pending")),
        (replace(STATE, running=True), AnalysisStatus("running")),
        (replace(STATE, abandoned=True), AnalysisStatus("pending")),
        (replace(tagged("done"), running=True), AnalysisStatus("running")),
        (tagged("done"), AnalysisStatus("done", updated_fields=("ai_tags", "category"))),
        (replace(tagged("done"), again=True), AnalysisStatus("pending", updated_fields=("ai_tags", "category"))),
        (
            replace(tagged("done"), again=True, failure=FAILURE),
            AnalysisStatus("pending", "photo_unreachable", "Not now.", next_attempt_at=FAILURE.next_attempt_at),
        ),
        (tagged("no_garment"), AnalysisStatus("no_garment", updated_fields=("ai_tags", "category"))),
        (
            tagged("failed", code="photo_gone", message="Gone."),
            AnalysisStatus("failed", "photo_gone", "Gone.", ("ai_tags", "category")),
        ),
        (tagged("done", photo="https://cdn.example/older.jpg"), AnalysisStatus("pending")),
        (
            replace(STATE, failure=FAILURE),
            AnalysisStatus("pending", "photo_unreachable", "Not now.", next_attempt_at=FAILURE.next_attempt_at),
        ),
        # The photo failed for good, but the process was killed before it could say so on the row: it is done again.
        (replace(STATE, failure=replace(FAILURE, permanent=True)), AnalysisStatus("pending")),
        # Tags that the app itself wrote are no analysis.
        (replace(STATE, item=replace(ITEM, ai_tags={"status": "done"})), AnalysisStatus("pending")),
    ],
)
def test_each_state(state: AnalysisState, expected: AnalysisStatus) -> None:
    assert status_of(state) == expected


@pytest.mark.parametrize("url", [None, ""])
def test_without_a_photo(url: str | None) -> None:
    told = status_of(replace(STATE, item=replace(ITEM, image_url=url), running=True))
    assert (told.status, told.code) == ("pending", "no_photo")


def test_what_nobody_asked_for_says_so_until_it_fails() -> None:
    assert status_of(replace(STATE, wanted=False)).code == "not_requested"
    assert status_of(replace(STATE, wanted=False, failure=FAILURE)).code == "photo_unreachable"
