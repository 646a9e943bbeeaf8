"""How often the main colour is named as a person names it: ``python -m training.colours FOLDER``.

``colours.csv`` holds main colours that one annotator gave by eye, in two passes. ``main`` is the first word for it,
``also`` what may be said just as well, where light deceives or a pattern has no main colour. The colours' references
were chosen looking at the part "tuned"; the part "held out" was labelled afterwards and changed nothing.
"""

from __future__ import annotations

import csv
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from aura.vision.batch import load_photo
from aura.vision.image import DecodeLimits
from aura.vision.local.available import MODEL
from aura.vision.local.engine import Engine
from aura.vision.local.manifest import ModelFolder
from aura.vision.local.tagging import colours_on

LABELS = Path(__file__).with_name("colours.csv")
VERDICTS = ("right", "arguable", "wrong")


@dataclass(frozen=True, slots=True)
class Labelled:
    """A photo's stem, its main colour and the words that may also be said for it."""

    image: str
    main: str
    also: frozenset[str]
    part: str


def labelled(path: Path = LABELS) -> Iterator[Labelled]:
    """The photos whose main colour is known."""
    with path.open(encoding="utf-8", newline="") as file:
        for line in csv.DictReader(file):
            yield Labelled(line["image"], line["main"], frozenset(line["also"].split()), line["part"])


def verdict(said: str | None, photo: Labelled) -> str:
    """One of ``VERDICTS``."""
    return "right" if said == photo.main else "arguable" if said in photo.also else "wrong"


def judged(folder: Path, engine: Engine) -> dict[str, Counter[str]]:
    """For each part, how many photos got which verdict."""
    counted: dict[str, Counter[str]] = {}
    for photo in labelled():
        colours, _ = colours_on(load_photo(folder / f"{photo.image}.jpg", DecodeLimits()), engine)
        said = colours[0].name.value if colours else None
        counted.setdefault(photo.part, Counter())[verdict(said, photo)] += 1
    return counted


def main() -> None:
    """Print the shares of each part."""
    for part, counts in judged(Path(sys.argv[1]), Engine(ModelFolder.open(MODEL))).items():
        shares = ", ".join(f"{verdict} {counts[verdict] / counts.total():.0%}" for verdict in VERDICTS)
        sys.stdout.write(f"{part}: {counts.total()} photos: {shares}\n")


if __name__ == "__main__":
    main()
