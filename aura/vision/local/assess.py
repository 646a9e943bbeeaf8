"""Shows the tagger labelled photos and collects what it says; what is counted is then ``aura.vision.evaluation``'s."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np

from aura.errors import AuraError, Permanent
from aura.vision.batch import load_photo
from aura.vision.evaluation import Evaluation, Judgements, evaluate
from aura.vision.image import DecodeLimits
from aura.vision.labelled import Labelled, place_of
from aura.vision.local.engine import Engine, Recognition
from aura.vision.local.preprocess import open_jpeg


@dataclass(frozen=True, slots=True)
class Shown:
    """One photo and what the tagger sees on it; None if the file is no photo that it accepts."""

    photo: Labelled
    seen: Recognition | None


@dataclass(frozen=True, slots=True)
class Assessment:
    """The figures, and what is not in them.

    Attributes:
        others: labels that are none of the tagger's, how many photos have each, and how many of them the gate refused.
        unreadable: files that could not be decoded.
    """

    figures: Evaluation
    others: Mapping[str, tuple[int, int]]
    unreadable: int

    def to_json(self) -> dict[str, Any]:
        """Everything as JSON."""
        others = {label: {"photos": photos, "refused": refused} for label, (photos, refused) in self.others.items()}
        return {**self.figures.to_json(), "other_labels": others, "unreadable": self.unreadable}


def show(
    photos: Sequence[Labelled], engine: Engine, limits: DecodeLimits, workers: int, done: Callable[[], None]
) -> list[Shown]:
    """What the tagger sees on each photo, in their order; ``done`` is called after each."""

    def look(photo: Labelled) -> Shown:
        try:
            decoded = load_photo(photo.path, limits)
        except Permanent:
            return Shown(photo, None)
        return Shown(photo, engine.recognise(open_jpeg(decoded.jpeg, engine.manifest.side)))

    with ThreadPoolExecutor(workers) as threads:
        shown = []
        for each in threads.map(look, photos):
            shown.append(each)
            done()
    return shown


def assess(shown: Iterable[Shown], engine: Engine) -> Assessment:
    """The figures of what was shown.

    Raises:
        AuraError: no photo has a label that the tagger knows.
    """
    known = engine.manifest.labels
    seen = [(place_of(each.photo.label, known), each) for each in shown]
    usable = [(place, each.seen) for place, each in seen if place is not None and each.seen is not None]
    if not usable:
        raise AuraError(f"No photo has a label that the tagger knows ({', '.join(label.name for label in known)}).")
    said = Judgements(
        names=[label.name for label in known],
        categories=[label.category for label in known],
        truths=np.array([place for place, _ in usable], np.int64),
        probabilities=np.array([recognised.labels for _, recognised in usable], np.float64),
        garment=np.array([recognised.garment for _, recognised in usable], np.bool_),
    )
    unreadable = sum(each.seen is None for _, each in seen)
    others = _others([each for place, each in seen if place is None])
    return Assessment(evaluate(said, engine.manifest.threshold), others, unreadable)


def _others(shown: Sequence[Shown]) -> dict[str, tuple[int, int]]:
    readable = [each for each in shown if each.seen is not None]
    photos = Counter(each.photo.label for each in readable)
    refused = Counter(each.photo.label for each in readable if each.seen is not None and not each.seen.garment)
    return {label: (count, refused[label]) for label, count in photos.most_common()}
