"""Pieces as numbers, one array per trait, so that thousands of pairs are compared in one operation.

What nobody said is filled in by what is usual for the kind of garment (``traits.py``): a piece without tags is an
ordinary one of its kind, and a value that no rule can use does not exist.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from aura.stylist.details import Shade
from aura.stylist.harmony import families, hue_masses, lab_to_lch
from aura.stylist.pieces import Piece
from aura.stylist.traits import LADDER, OF_CATEGORY, OF_MATERIAL, OF_SUBCATEGORY, Traits
from aura.vision.colours import REFERENCES, linear_to_lab, to_linear
from aura.vision.vocabulary import Category, Formality, Material, Pattern, Style, Warmth

Array = NDArray[np.float64]
STYLES = tuple(Style)
# How loud a pattern is: the product of two is how much they fight. Our own judgement.
LOUDNESS = {
    Pattern.PLAIN: 0.0,
    Pattern.STRIPED: 0.45,
    Pattern.CHECKED: 0.6,
    Pattern.DOTTED: 0.5,
    Pattern.FLORAL: 0.75,
    Pattern.ANIMAL: 0.8,
    Pattern.CAMOUFLAGE: 0.8,
    Pattern.GEOMETRIC: 0.65,
    Pattern.PAISLEY: 0.75,
    Pattern.TIE_DYE: 0.85,
    Pattern.COLOR_BLOCK: 0.5,
    Pattern.GRAPHIC: 0.5,
    Pattern.ALLOVER_PRINT: 0.75,
}
_PATTERNS = {pattern: number for number, pattern in enumerate(LOUDNESS)}
_LOUD = np.array(list(LOUDNESS.values()))
_RUNGS = {each: float(each.level) for ladder in (Formality, Warmth) for each in ladder}
REMEMBERED = 8192
# The lightness of a colour that nobody told: in the middle, so that it neither helps nor harms.
UNKNOWN_LIGHT = 50.0
_ALONE = {colour: (Shade(codes[0], 1.0, colour),) for colour, codes in REFERENCES.items()}
# Of each value that a channel can have.
_LINEAR = to_linear(np.arange(256) / 255.0)


@dataclass(frozen=True, slots=True)
class Features:
    """n pieces: each array has their axis last, or last but one (``hue``: n by bins, ``styles``: n by 14, sum 1).

    ``light``: CIELAB lightness of the palette's mean; ``families``: visible hue families as bits; ``loud``: of the
    pattern, 0 to 1; ``formality`` and ``warmth`` on their ladders; ``number``: the piece's own, for its history.
    """

    hue: Array
    styles: Array
    light: Array
    families: NDArray[np.int64]
    pattern: NDArray[np.intp]
    loud: Array
    formality: Array
    warmth: Array
    number: NDArray[np.int64]

    def one_by_one(self, places: NDArray[np.intp]) -> Features:
        """These pieces as so many sets of one piece, to compare them with another list's in step."""
        return Features(*(getattr(self, name)[places][:, None] for name in _TRAITS))

    def part(self, places: slice) -> Features:
        """Some of the pieces."""
        return Features(*(getattr(self, name)[places] for name in _TRAITS))


_TRAITS = tuple(each.name for each in fields(Features))


def features(pieces: Sequence[Piece]) -> Features:
    """The pieces as numbers, ``number`` counting from 0."""
    hue, seen, light = _colours(pieces)
    traits = [traits_of(each) for each in pieces]
    pattern = np.array([_PATTERNS[each.details.pattern or Pattern.PLAIN] for each in pieces], np.intp)
    return Features(
        hue=hue,
        styles=_shares(traits),
        light=light,
        families=seen,
        pattern=pattern,
        loud=_LOUD[pattern],
        formality=np.array([each.formality for each in traits]),
        warmth=np.array([each.warmth for each in traits]),
        number=np.arange(len(pieces)),
    )


def traits_of(piece: Piece) -> Traits:
    """What was said about a piece, else what is usual for its kind and material."""
    said = piece.details
    return _traits(piece.subcategory, piece.category, said.material, said.formality, said.warmth, said.styles)


def palette_of(piece: Piece) -> tuple[Shade, ...]:
    """Its colours; empty where nobody told any. The person's word is believed where the photo shows no such colour."""
    colour, shown = piece.colour, piece.details.palette
    if colour is None:
        return shown
    for _, _, name in shown:
        if name is colour:
            return shown
    return _ALONE[colour]


def lch_of(codes: Sequence[str]) -> Array:
    """Lightness, chroma and hue (degrees) of colours ``#rrggbb``, shape (n, 3)."""
    packed = np.frombuffer(bytes.fromhex("".join(code[1:] for code in codes)), np.uint8)
    return lab_to_lch(linear_to_lab(_LINEAR[packed.reshape(-1, 3)]))


def _colours(pieces: Sequence[Piece]) -> tuple[Array, NDArray[np.int64], Array]:
    """Hue masses, visible families and mean lightness of each piece."""
    palettes = [palette_of(each) for each in pieces]
    shades = [shade for each in palettes for shade in each]
    count = len(pieces)
    owners = np.repeat(np.arange(count), np.array([len(each) for each in palettes], np.intp))
    parts = np.array([share for _, share, _ in shades])
    known = np.bincount(owners, parts, minlength=count)
    shares = parts / known[owners]
    lch = lch_of([code for code, _, _ in shades])
    light = np.bincount(owners, shares * lch[:, 0], minlength=count).astype(np.float64)
    light[known == 0] = UNKNOWN_LIGHT
    return hue_masses(lch, shares, owners, count), families(lch, shares, owners, count), light


def _shares(traits: Sequence[Traits]) -> Array:
    """Their styles as shares; most wardrobes know but few mixtures."""
    mixtures = {styles: number for number, styles in enumerate(dict.fromkeys(each.styles for each in traits))}
    table = np.array([_styles(styles) for styles in mixtures]).reshape(-1, len(STYLES))
    return table[np.array([mixtures[each.styles] for each in traits], np.intp)]


@lru_cache(REMEMBERED)
def _styles(styles: tuple[Style, ...]) -> tuple[float, ...]:
    """As shares; of a piece that is of no style in particular, a little of each."""
    said = styles or STYLES
    return tuple((each in said) / len(said) for each in STYLES)


@lru_cache(REMEMBERED)
def _traits(
    subcategory: str | None,
    category: Category,
    material: Material | None,
    formality: Formality | None,
    warmth: Warmth | None,
    styles: tuple[Style, ...],
) -> Traits:
    usual = OF_CATEGORY[category] if subcategory is None else OF_SUBCATEGORY[subcategory]
    added = OF_MATERIAL[material] if material is not None else Traits(0.0, 0.0)
    return Traits(
        formality=_on_ladder(usual.formality + added.formality) if formality is None else _RUNGS[formality],
        warmth=_on_ladder(usual.warmth + added.warmth) if warmth is None else _RUNGS[warmth],
        styles=styles or tuple(dict.fromkeys((*usual.styles, *added.styles))),
    )


def _on_ladder(rung: float) -> float:
    return min(LADDER, max(0.0, rung))
