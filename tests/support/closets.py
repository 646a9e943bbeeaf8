"""Wardrobes in a few words, for tests of the stylist."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from hypothesis import strategies as st

from aura.vision.vocabulary import CATEGORY_OF, Colour, Pattern, Slot

GARMENTS = {
    Slot.TOP: "shirt",
    Slot.BOTTOM: "jeans",
    Slot.FULL_BODY: "dress",
    Slot.SHOES: "boots",
    Slot.OUTER: "coat",
}
Row = Mapping[str, Any]


def rows_of(*garments: str, color: str | None = None) -> list[Row]:
    """Items of these kinds, with ids 1, 2, 3 …; "navy shirt" tells the colour too."""
    return [
        {"id": str(UUID(int=number)), "category": garment, "color": color or garment}
        for number, garment in enumerate(garments, 1)
    ]


def wardrobes(most: int = 12) -> st.SearchStrategy[list[Row]]:
    """Any garments in any colours and patterns."""
    row = st.fixed_dictionaries(
        {
            "id": st.uuids().map(str),
            "category": st.sampled_from(sorted(CATEGORY_OF)),
            "color": st.sampled_from([*map(str, Colour), None]),
            "pattern": st.sampled_from([*map(str, Pattern), None]),
        }
    )
    return st.lists(row, max_size=most, unique_by=lambda each: each["id"])
