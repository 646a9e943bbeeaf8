"""Readable, specific names for outfits: "Camel & Navy Office Layers", or by the pieces: "Navy Shirt & Black Jeans"."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import count

from aura.stylist.features import traits_of
from aura.stylist.looks import Look
from aura.stylist.pieces import Piece
from aura.stylist.speech import Speech, speech
from aura.stylist.wishes import Occasion

# Up to which mean formality (0 lounge to 4 formal) an outfit is called so, where no occasion is asked for.
_SETTINGS = ((0.8, "relaxed"), (1.6, "casual"), (2.3, "smart"), (3.0, "work"), (4.0, "formal"))


def piece_name(piece: Piece) -> str:
    """A piece in two or three English words, such as "Light Blue T-Shirt"."""
    return speech().piece(piece)


def outfit_names(looks: Iterable[Look], occasion: Occasion | None = None, said: Speech | None = None) -> list[str]:
    """A name for each outfit, all different: as short as it can be, and numbered where words do not suffice."""
    taken: dict[str, None] = {}
    for look in looks:
        name = next(each for each in _candidates(look, occasion, said or speech()) if each not in taken)
        taken[name] = None
    return list(taken)


def _candidates(look: Look, occasion: Occasion | None, said: Speech) -> Iterator[str]:
    yield from _by_colours(look, occasion, said)
    core = f" {said.name('and')} ".join(said.piece(each) for each in look.core)
    further = [said.piece(each) for each in (look.shoes, look.outer) if each is not None]
    further += [said.piece(each.piece) for each in look.accessories]
    yield core
    for number in range(len(further)):
        yield said.name("with", core=core, rest=said.name("also").join(further[: number + 1]))
    yield from (said.name("number", name=core, number=number) for number in count(2))


def _by_colours(look: Look, occasion: Occasion | None, said: Speech) -> Iterator[str]:
    """By its first two colours and what it is for; nothing where there are not two."""
    shown = (look.outer, *look.core, look.shoes)
    colours = list(dict.fromkeys(each.colour for each in shown if each is not None and each.colour is not None))
    if len(colours) >= 2:
        named = f" {said.name('and')} ".join(said.colour(each) for each in colours[:2])
        kind = "layered" if look.outer else "bare"
        yield said.name(kind, colours=named, setting=said.setting(occasion or _setting(look)))


def _setting(look: Look) -> str:
    formal = sum(traits_of(each).formality for each in look.garments) / len(look.garments)
    return next(name for most, name in _SETTINGS if formal <= most)
