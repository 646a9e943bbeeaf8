"""Labelled photos are found as people keep them, and what is missing is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from aura.errors import AuraError
from aura.vision.labelled import Columns, place_of, read_labelled
from aura.vision.local.manifest import Label
from aura.vision.vocabulary import Category

KNOWN = (
    Label(name="T-Shirt", category=Category.TOPS, subcategory="t_shirt"),
    Label(name="Outwear", category=Category.OUTERWEAR, subcategory="outerwear"),
    Label(name="Pants", category=Category.BOTTOMS, subcategory="pants"),
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "deeper").mkdir()
    for name in ("a.jpg", "b.PNG", "deeper/c.jpeg", "notes.txt"):
        (tmp_path / name).touch()
    return tmp_path


def labels(folder: Path, text: str) -> Path:
    path = folder / "labels.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_photos_by_name_or_stem_at_any_depth(folder: Path) -> None:
    path = labels(folder, "image,label\na,Pants\nb.PNG,Hat\nsomewhere/c,T-Shirt\n")
    found = read_labelled(folder, path, Columns())
    assert [(each.path.name, each.label) for each in found] == [
        ("a.jpg", "Pants"),
        ("b.PNG", "Hat"),
        ("c.jpeg", "T-Shirt"),
    ]


def test_one_split_and_other_names_of_columns(folder: Path) -> None:
    path = labels(folder, "\ufeffwhat,file,part\nPants,a,test\nHat,gone,train\n")
    found = read_labelled(folder, path, Columns("file", "what", "part"), "test")
    assert [each.label for each in found] == ["Pants"]


@pytest.mark.parametrize(
    ("text", "split", "said"),
    [
        ("photo,label\na,Pants\n", None, "no column 'image'; it has photo, label"),
        ("image,label\na,Pants\n", "test", "no column 'split'"),
        ("image,label\nz,Pants\n", None, "no photo 'z'"),
        ("image,label,split\na,Pants,train\n", "test", "names no photo of split 'test'"),
        ("image,label\n", None, "names no photo"),
        ("", None, "no column 'image'"),
    ],
)
def test_what_is_missing_is_named(folder: Path, text: str, split: str | None, said: str) -> None:
    with pytest.raises(AuraError, match=said):
        read_labelled(folder, labels(folder, text), Columns(), split)


@pytest.mark.parametrize(
    ("label", "place"),
    [
        ("T-Shirt", 0),
        ("t-shirt", 0),
        ("t_shirt", 0),
        ("tee", 0),
        ("outwear ", 1),
        ("Outerwear", 1),
        ("trousers", 2),
        ("pantolon", 2),
        ("Hat", None),
        ("Not sure", None),
        ("", None),
    ],
)
def test_other_words_for_the_same_garment(label: str, place: int | None) -> None:
    assert place_of(label, KNOWN) == place
