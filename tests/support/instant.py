"""An analyzer that answers at once and counts how often it was asked about each photo."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable

from aura.vision.analyzer import Analysis, Photo, Usage, version_of
from aura.vision.garment import GarmentColour, GarmentTags, Judged
from aura.vision.vocabulary import Category, Colour, Material, Pattern, Season

SHIRT = GarmentTags(
    category=Judged[Category](value=Category.TOPS, confidence=0.9),
    subcategory=Judged[str](value="shirt", confidence=0.9),
    colors=(GarmentColour(name=Colour.LIGHT_BLUE, hex="#a0c0ff", share=1.0, confidence=0.9),),
    pattern=Judged[Pattern](value=Pattern.STRIPED, confidence=0.8),
    material=Judged[Material](value=Material.COTTON, confidence=0.7),
    seasons=(Judged[Season](value=Season.SUMMER, confidence=0.6),),
)
JEANS = GarmentTags(
    category=Judged[Category](value=Category.BOTTOMS, confidence=0.9),
    subcategory=Judged[str](value="jeans", confidence=0.9),
    colors=(GarmentColour(name=Colour.NAVY, hex="#101840", share=1.0, confidence=0.9),),
    material=Judged[Material](value=Material.DENIM, confidence=0.9),
)


class InstantAnalyzer:
    """Says ``answers[n]`` to its n-th question, the last one ever after.

    ``calls`` counts questions by content hash. ``failure`` is raised instead of an answer while it is set;
    ``gate`` holds every answer back until it is set, ``asked`` tells that a question came.
    """

    name = "instant"

    def __init__(
        self,
        *answers: GarmentTags | None,
        paid: bool = False,
        model: str = "1",
        timeout: float = 30.0,
        cost_usd: float = 0.0,
    ) -> None:
        self.model = model
        self.version = version_of(self.name, model)
        self.paid = paid
        self.timeout = timeout
        self.calls: Counter[str] = Counter()
        self.failure: Exception | Callable[[], Exception] | None = None
        self.gate: asyncio.Event | None = None
        self.asked = asyncio.Event()
        self._answers = answers or (SHIRT,)
        self._cost_usd = cost_usd

    @property
    def total(self) -> int:
        """How often it was asked."""
        return self.calls.total()

    async def analyze(self, photo: Photo) -> Analysis:
        """The next answer; None among the answers is "no garment"."""
        number = min(self.total, len(self._answers) - 1)
        self.calls[photo.content_hash] += 1
        self.asked.set()
        if self.gate is not None:
            await self.gate.wait()
        if self.failure is not None:
            raise self.failure() if callable(self.failure) else self.failure
        tags = self._answers[number]
        usage = Usage(cost_usd=self._cost_usd)
        return Analysis("no_garment", GarmentTags(), usage) if tags is None else Analysis("done", tags, usage)

    async def aclose(self) -> None:
        """Nothing to close."""
