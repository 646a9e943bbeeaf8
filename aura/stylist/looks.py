"""An outfit as its pieces."""

from __future__ import annotations

from dataclasses import dataclass

from aura.stylist.pieces import Piece


@dataclass(frozen=True, slots=True)
class Look:
    """What is worn together: the core (top and bottom, or one piece), shoes and an outer layer where there are any."""

    core: tuple[Piece, ...]
    shoes: Piece | None = None
    outer: Piece | None = None

    @property
    def pieces(self) -> tuple[Piece, ...]:
        """Every piece, from the top down, the outer layer last."""
        return tuple(each for each in (*self.core, self.shoes, self.outer) if each is not None)
