"""Which photos are learnt from, which choose, and which only judge."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from training.data import TRAIN, VALIDATION, Shot
from training.split import strangers

SHARE = 0.06  # of the training photos: those whose contributors training never meets
SEED = 20261123


@dataclass(frozen=True, slots=True)
class Sides:
    """Places of photos, by what they are for: learning, choosing, and people never met."""

    learning: list[int]
    validation: list[int]
    strangers: list[int]

    @classmethod
    def of(cls, shots: Sequence[Shot]) -> Sides:
        """The published split, less the contributors who are kept apart; nobody stands on two sides of that."""
        train = [place for place, shot in enumerate(shots) if shot.split == TRAIN and shot.target >= 0]
        apart = strangers([shots[place].sender for place in train], SHARE, SEED)
        validation = [place for place, shot in enumerate(shots) if shot.split == VALIDATION and shot.target >= 0]
        return cls(
            [place for place in train if shots[place].sender not in apart],
            [place for place in validation if shots[place].sender not in apart],
            [place for place in (*train, *validation) if shots[place].sender in apart],
        )
