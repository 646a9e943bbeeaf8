"""The identity of a photo survives re-signing and nothing else."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aura.photos.identity import parse_storage_url, photo_identity

CASES: list[list[str]] = json.loads(
    (Path(__file__).parents[2] / "data" / "photo_identity_cases.json").read_text("utf-8")
)
PATHS = st.text(st.characters(exclude_characters="?#", exclude_categories=["Cs"]), min_size=1)


@pytest.mark.parametrize(("url", "identity"), CASES)
def test_identity_of_known_urls(url: str, identity: str) -> None:
    assert photo_identity(url) == identity


@given(path=PATHS, one=st.text(), other=st.text())
def test_signatures_do_not_matter(path: str, one: str, other: str) -> None:
    base = f"https://p.supabase.co/storage/v1/object/sign/{path}"
    assert photo_identity(f"{base}?{one}") == photo_identity(f"{base}?{other}")


@given(path=PATHS, other=PATHS)
def test_different_objects_differ(path: str, other: str) -> None:
    base = "https://p.supabase.co/storage/v1/object/public/"
    assert (photo_identity(base + path) == photo_identity(base + other)) == (path == other)


@given(st.text())
def test_other_addresses_stay_as_they_are(tail: str) -> None:
    url = f"https://cdn.example.com/photos/{tail}"
    assert photo_identity(url) == url


def test_parts_of_a_storage_url() -> None:
    stored = parse_storage_url("https://p.co/storage/v1/object/sign/bucket/a/b.jpg?token=t")
    assert stored == ("https://p.co", "sign", "bucket/a/b.jpg")
