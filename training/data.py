"""The labelled photos: ``images.csv`` (image, sender_id, label, split), ``patterns.csv`` and ``images/<image>.jpg``."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

from aura.vision.vocabulary import Pattern
from training.labels import NAMES

TRAIN, VALIDATION = "train", "validation"
MORE_PATTERNS = Path(__file__).with_name("patterns.csv")
"""Patterns of further photos of the same data set, labelled by eye for this project (CC0 like the photos)."""
UNCLEAR = frozenset({"Not sure", "Other", "Skip"})
"""Labels of people who could not say what they see: no class, and no proof that it is no garment."""


@dataclass(frozen=True, slots=True)
class Shot:
    """One photo: its file, who sent it in, what it shows, and on which side of the published split it stands."""

    path: Path
    sender: str
    label: str
    split: str

    @property
    def target(self) -> int:
        """The place of its label among the classes; -1 for what people could not name."""
        return NAMES.index(self.label) if self.label in NAMES else -1


@dataclass(frozen=True, slots=True)
class Dataset:
    """All photos of a folder, in the order of its ``images.csv``, and the patterns of some of them by file stem."""

    shots: tuple[Shot, ...]
    patterns: dict[str, Pattern]

    @classmethod
    def read(cls, folder: Path) -> Self:
        """The dataset in ``folder``.

        Raises:
            OSError: a CSV file is missing.
            ValueError: a label is unknown, or a listed photo is missing.
        """
        shots = tuple(_shots(folder))
        missing = [shot.path.name for shot in shots if not shot.path.is_file()]
        if missing:
            raise ValueError(f"{len(missing)} photos of images.csv are not in {folder / 'images'}: {missing[0]}, …")
        return cls(shots, _patterns(folder / "patterns.csv") | _patterns(MORE_PATTERNS))

    def garments(self, split: str) -> list[Shot]:
        """The photos of one side of the published split that have one of the classes."""
        return [shot for shot in self.shots if shot.split == split and shot.target >= 0]

    def thinned(self, every: int) -> Self:
        """One photo in so many, and half of those whose pattern is known: enough to go through every step."""
        kept = (
            shot
            for place, shot in enumerate(self.shots)
            if place % every == 0 or (place % 2 and shot.path.stem in self.patterns)
        )
        return replace(self, shots=tuple(kept))

    def unclear(self) -> list[Shot]:
        """The photos that people could not name."""
        return [shot for shot in self.shots if shot.target < 0]

    def with_pattern(self) -> list[Shot]:
        """The photos whose pattern is labelled and clear, whatever they show."""
        return [shot for shot in self.shots if shot.path.stem in self.patterns]


def targets(shots: Sequence[Shot]) -> list[int]:
    """The class of each photo."""
    return [shot.target for shot in shots]


def _shots(folder: Path) -> Iterator[Shot]:
    for row in _rows(folder / "images.csv"):
        if row["label"] not in NAMES and row["label"] not in UNCLEAR:
            raise ValueError(f"images.csv: unknown label {row['label']!r} (known: {', '.join(NAMES)})")
        path = folder / "images" / f"{row['image']}.jpg"
        yield Shot(path, row["sender_id"], row["label"], row["split"])


def _patterns(path: Path) -> dict[str, Pattern]:
    known = {pattern.value: pattern for pattern in Pattern}
    return {row["image"]: known[row["pattern"]] for row in _rows(path) if row["pattern"] in known}


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))
