"""An analysis together with where the garment was seen, for people who want to look at how it came about."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

from aura.vision.analyzer import Analysis
from aura.vision.photo import Photo


@dataclass(frozen=True, slots=True)
class Seen:
    """An analysis; ``mask`` is a grey PNG of the photo's proportions, white where the garment is, or None."""

    analysis: Analysis
    mask: bytes | None = field(default=None, repr=False)


@runtime_checkable
class Seeing(Protocol):
    """An analyzer that can say where on the photo it saw the garment."""

    async def see(self, photo: Photo) -> Seen:
        """As ``Analyzer.analyze``, with the mask."""
        ...
