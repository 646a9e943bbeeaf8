from __future__ import annotations

from pathlib import Path

import pytest

from aura.vision.vocabulary import CATEGORY_OF, Pattern
from training.data import TRAIN, VALIDATION, Dataset, Shot
from training.labels import LARGEST, NAMES, described
from training.sides import Sides

ROWS = """image,sender_id,label,kids,split
a,1,T-Shirt,False,train
b,1,Not sure,False,train
c,2,Hat,False,validation
"""


def folder(tmp_path: Path, rows: str = ROWS) -> Path:
    (tmp_path / "images").mkdir()
    for name in "abc":
        (tmp_path / "images" / f"{name}.jpg").touch()
    (tmp_path / "images.csv").write_text(rows)
    (tmp_path / "patterns.csv").write_text("image,pattern,pick\na,striped,random\nc,unclear,random\n")
    return tmp_path


def test_a_folder_is_read_as_it_is_listed(tmp_path: Path) -> None:
    data = Dataset.read(folder(tmp_path))
    assert [(shot.path.stem, shot.target, shot.split) for shot in data.shots] == [
        ("a", NAMES.index("T-Shirt"), TRAIN),
        ("b", -1, TRAIN),
        ("c", NAMES.index("Hat"), VALIDATION),
    ]
    assert [shot.path.stem for shot in data.garments(TRAIN)] == ["a"]
    assert [shot.path.stem for shot in data.unclear()] == ["b"]
    assert data.patterns["a"] is Pattern.STRIPED
    assert [shot.path.stem for shot in data.with_pattern()] == ["a"]


def test_an_unknown_label_is_an_error_and_no_new_class(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="unknown label 'Cape'"):
        Dataset.read(folder(tmp_path, ROWS.replace("Hat", "Cape")))


def test_a_listed_photo_that_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"1 photos of images.csv.*d\.jpg"):
        Dataset.read(folder(tmp_path, f"{ROWS}d,3,Hat,False,train\n"))


def test_a_thinned_set_keeps_some_photos_and_of_those_with_a_pattern_half() -> None:
    shots = tuple(Shot(Path(f"{place}.jpg"), str(place), "Hat", TRAIN) for place in range(20))
    data = Dataset(shots, dict.fromkeys(("1", "2", "3", "4"), Pattern.PLAIN))
    assert [shot.path.stem for shot in data.thinned(10).shots] == ["0", "1", "3", "10"]
    assert data.thinned(10).patterns == data.patterns


def test_every_class_is_a_subcategory_of_the_vocabulary() -> None:
    assert len(NAMES) == 17
    assert len(LARGEST) == 10
    assert all(CATEGORY_OF[each["subcategory"]] == each["category"] for each in described())
    assert len({each["subcategory"] for each in described()}) == 17


def test_nobody_whom_training_met_is_among_the_strangers() -> None:
    shots = [
        Shot(Path(f"{place}.jpg"), str(place % 37), NAMES[place % 17], VALIDATION if place % 9 == 0 else TRAIN)
        for place in range(700)
    ]
    sides = Sides.of(shots)
    met = {shots[place].sender for place in sides.learning}
    unmet = {shots[place].sender for place in sides.strangers}
    assert unmet
    assert not met & unmet
    assert not unmet & {shots[place].sender for place in sides.validation}
    assert sorted((*sides.learning, *sides.validation, *sides.strangers)) == list(range(700))
    assert all(shots[place].split == TRAIN for place in sides.learning)
