"""Storage's names: ordinary paths pass, and nothing that climbs or hides."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.storage.errors import StorageError
from sandbox.storage.names import check_bucket_name, check_object_name, folder_prefix


@pytest.mark.parametrize("name", ["a.jpg", "user/2026/photo 1 (copy).jpg", "a/b/c/.hidden", "x" * 1024, "a/...b"])
def test_ordinary_paths_pass(name: str) -> None:
    assert check_object_name(name) == name


@pytest.mark.parametrize(
    "name",
    [
        "",
        "/a",
        "a/",
        "a//b",
        "..",
        "../a",
        "a/../b",
        "a/.",
        "./a",
        "a\\..\\b",
        "a\0b",
        "a\nb",
        "é.jpg",
        "x" * 1025,
        "a%2f",
    ],
)
def test_climbing_and_strange_paths_are_refused(name: str) -> None:
    with pytest.raises(StorageError, match="Invalid key"):
        check_object_name(name)


@given(st.text(max_size=60))
def test_what_passes_never_climbs(name: str) -> None:
    try:
        check_object_name(name)
    except StorageError:
        return
    assert not {"", ".", ".."}.intersection(name.split("/"))


@pytest.mark.parametrize("name", ["photos", "private-photos", "a b"])
def test_bucket_names_pass(name: str) -> None:
    assert check_bucket_name(name) == name


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", " a", "a ", "x" * 101])
def test_bucket_names_are_refused(name: str) -> None:
    with pytest.raises(StorageError, match="Bucket name invalid"):
        check_bucket_name(name)


@pytest.mark.parametrize(("prefix", "start"), [("", ""), ("/", ""), ("a", "a/"), ("a/b/", "a/b/")])
def test_folders(prefix: str, start: str) -> None:
    assert folder_prefix(prefix) == start


def test_folders_do_not_climb() -> None:
    with pytest.raises(StorageError):
        folder_prefix("a/../b")
