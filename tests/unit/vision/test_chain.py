"""Who may still be asked about a photo: never somebody lesser than who has answered."""

from __future__ import annotations

import random
from datetime import UTC, datetime
from typing import Any

import pytest

from aura.settings import AnalysisSettings
from aura.telemetry.metrics import Metrics
from aura.vision.chain import Chain
from handlers.guards import guards
from tests.support.instant import InstantAnalyzer


def named(name: str, *, paid: bool = False) -> InstantAnalyzer:
    analyzer = InstantAnalyzer(paid=paid)
    analyzer.name = name
    analyzer.version = f"{name}/1/1"
    return analyzer


def chain() -> Chain:
    made = guards(AnalysisSettings(), Metrics(), lambda: datetime.now(UTC), random.Random(1))
    return Chain.of((named("a", paid=True), named("b"), named("c")), made)


@pytest.mark.parametrize(
    ("answered", "force", "asked"),
    [
        (None, False, "abc"),
        (None, True, "abc"),
        ({"analyzer": "a", "version": "a/1/1"}, True, "a"),
        ({"analyzer": "a", "version": "a/0/1"}, False, "a"),
        ({"analyzer": "b", "version": "b/1/1"}, False, "a"),
        ({"analyzer": "b", "version": "b/1/1"}, True, "ab"),
        ({"analyzer": "b", "version": "b/0/1"}, False, "ab"),
        ({"analyzer": "c", "version": "c/1/1"}, False, "ab"),
        ({"analyzer": "c", "version": "c/1/1"}, True, "abc"),
        ({"analyzer": "b", "version": "a/1/1", "answered_by": "b/1/1"}, True, "ab"),
        ({"analyzer": "gone", "version": "gone/1/1"}, False, "abc"),
        ({"analyzer": 7}, False, "abc"),
        ({}, True, "abc"),
    ],
)
def test_whom_to_ask(answered: dict[str, Any] | None, force: bool, asked: str) -> None:
    assert "".join(link.analyzer.name for link in chain().links_for(answered, force=force)) == asked


def test_only_what_is_paid_for_is_guarded() -> None:
    links = chain().links
    assert [link.guard is not None for link in links] == [True, False, False]
    assert [link.fallback for link in links] == [False, True, True]
    assert not any(link.refuses() for link in links)
