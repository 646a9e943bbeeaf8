"""An outfit as its pieces."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from aura.stylist.accessories import Purpose
from aura.stylist.pieces import Piece


class Accessory(NamedTuple):
    """An accessory and what it is worn for; None for what was asked to be built around."""

    piece: Piece
    purpose: Purpose | None


@dataclass(frozen=True, slots=True)
class Look:
    """What is worn together: the core (top and bottom, or one piece), shoes and an outer layer where there are any.

    ``accessories`` by their place and what they are worn for, what matters most first.
    """

    core: tuple[Piece, ...]
    shoes: Piece | None = None
    outer: Piece | None = None
    accessories: tuple[Accessory, ...] = ()

    @property
    def garments(self) -> tuple[Piece, ...]:
        """Every garment, from the top down, the outer layer last."""
        return tuple(each for each in (*self.core, self.shoes, self.outer) if each is not None)

    @property
    def pieces(self) -> tuple[Piece, ...]:
        """The garments and then the accessories."""
        return (*self.garments, *(each.piece for each in self.accessories))
