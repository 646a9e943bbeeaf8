"""Which requests a broken path hits, and when."""

from __future__ import annotations

import pytest

from sandbox.broken_paths import BrokenPath, BrokenPaths


@pytest.mark.parametrize(
    ("path", "hit"),
    [("/rest/v1", True), ("/rest/v1/clothing_items", True), ("/rest/v10", False), ("/auth/v1/token", False)],
)
def test_only_what_lies_below_the_prefix(path: str, hit: bool) -> None:
    assert BrokenPath("/rest/v1", "503", until=10).hits(path, now=5) is hit


def test_a_fault_ends_by_itself() -> None:
    paths = BrokenPaths()
    paths.add(BrokenPath("/rest/v1", "hang", until=10))
    assert paths.find("/rest/v1/x", now=9.9) is not None
    assert paths.find("/rest/v1/x", now=10) is None
    assert paths.active(now=10) == []


def test_the_newest_fault_decides() -> None:
    paths = BrokenPaths()
    paths.add(BrokenPath("/rest/v1", "503", until=10))
    paths.add(BrokenPath("/rest/v1", "reset", until=5))
    found = [paths.find("/rest/v1/x", now=moment) for moment in (4, 6)]
    assert [fault.how for fault in found if fault] == ["reset", "503"]


def test_clear_mends_everything() -> None:
    paths = BrokenPaths()
    paths.add(BrokenPath("/storage/v1", "503", until=10))
    paths.clear()
    assert paths.find("/storage/v1/object", now=1) is None
