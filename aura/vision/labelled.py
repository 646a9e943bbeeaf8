"""Labelled photos as people keep them: a folder, and a CSV file that says what is on each."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from aura.errors import AuraError
from aura.vision.batch import SUFFIXES
from aura.vision.lexicon import everyday
from aura.vision.local.manifest import Label


@dataclass(frozen=True, slots=True)
class Columns:
    """The names of the columns to read: the image (file name or stem), its label, and the split it belongs to."""

    image: str = "image"
    label: str = "label"
    split: str = "split"


@dataclass(frozen=True, slots=True)
class Labelled:
    """A photo and what somebody says is on it."""

    path: Path
    label: str


def read_labelled(folder: Path, labels: Path, columns: Columns, split: str | None = None) -> list[Labelled]:
    """The labelled photos of a folder, in the order of the CSV file.

    Args:
        labels: the CSV file, with a line of column names.
        split: take only lines whose split column holds this.

    Raises:
        AuraError: a column or a photo is missing, or no line is left.
    """
    with labels.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file)
        wanted = [columns.image, columns.label, *([columns.split] if split is not None else [])]
        missing = [name for name in wanted if name not in (reader.fieldnames or ())]
        if missing:
            raise AuraError(f"{labels.name} has no column {missing[0]!r}; it has {', '.join(reader.fieldnames or ())}.")
        lines = [line for line in reader if split is None or line[columns.split] == split]
    found = list(_found(folder, lines, columns))
    if not found:
        raise AuraError(f"{labels.name} names no photo" + (f" of split {split!r}." if split is not None else "."))
    return found


def _found(folder: Path, lines: Sequence[Mapping[str, str]], columns: Columns) -> Iterator[Labelled]:
    files = {path.name: path for path in sorted(folder.rglob("*")) if path.suffix.lower() in SUFFIXES}
    stems = {path.stem: path for path in files.values()}
    for line in lines:
        name = Path(line[columns.image]).name
        path = files.get(name) or stems.get(name)
        if path is None:
            raise AuraError(f"There is no photo {line[columns.image]!r} in {folder}.")
        yield Labelled(path, line[columns.label])


def place_of(label: str, known: Sequence[Label]) -> int | None:
    """Which of the tagger's labels somebody's label means: the same word, or another word for the same garment."""
    said, subcategory = label.strip().casefold(), everyday().subcategory(label)
    names = [each.name.casefold() for each in known]
    subcategories = [each.subcategory for each in known]
    if said in names:
        return names.index(said)
    found = next((each for each in (said, subcategory) if each in subcategories), None)
    return None if found is None else subcategories.index(found)
