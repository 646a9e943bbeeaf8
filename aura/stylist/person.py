"""What is known of the person who asks, beside their pieces: choices at onboarding, style DNA, own outfits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from aura.vision.vocabulary import Colour, Style


@dataclass(frozen=True, slots=True)
class Person:
    """``styles`` and ``colours`` were chosen at onboarding; ``liked_*`` are the shares of the style DNA.

    ``confidence``: how much of the DNA is evidence, 0 to 1. ``outfits``: ids of what is in each of their own
    combinations.
    """

    styles: frozenset[Style] = frozenset()
    colours: frozenset[Colour] = frozenset()
    dna_styles: Mapping[Style, float] = field(default_factory=dict)
    dna_colours: Mapping[Colour, float] = field(default_factory=dict)
    confidence: float = 0.0
    outfits: tuple[frozenset[str], ...] = ()


NOBODY = Person()
"""Somebody of whom nothing is known."""
