"""What a listing says and what is known about the item behind it, as the checks take it.

Everything may be missing: what a person left out is a finding, not an error of the caller's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

CONDITIONS = ("new", "like_new", "good", "fair", "poor")
# Texts that people wrote, in the order in which findings are reported.
TEXT_FIELDS: tuple[Literal["title", "description"], ...] = ("title", "description")


@dataclass(frozen=True, slots=True)
class Image:
    """A photo of a listing and whether its address is one that photos may come from."""

    url: str
    allowed: bool


@dataclass(frozen=True, slots=True)
class LinkedItem:
    """The wardrobe item that is offered, as its row describes it; ``ai_tags`` is the analysis as stored."""

    id: str
    listed: bool = False  # in another active listing of the same person
    category: str | None = None
    color: str | None = None
    pattern: str | None = None
    brand: str | None = None
    tags: tuple[str, ...] = ()
    ai_tags: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Listing:
    """A listing or a draft of one.

    ``item_id`` is what the person named; ``item`` the row, or None where the person has no such item.
    """

    title: str | None = None
    description: str | None = None
    condition: str | None = None
    images: tuple[Image, ...] = ()
    item_id: str | None = None
    item: LinkedItem | None = None
    swap_categories: tuple[str, ...] = ()

    def text(self, field: Literal["title", "description"]) -> str:
        """A text field; empty where it was left out."""
        return (self.title if field == "title" else self.description) or ""
