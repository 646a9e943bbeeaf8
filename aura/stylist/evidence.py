"""What a wardrobe tells about style: the data that style DNA is made from, brought into the vocabulary.

Pure. A person's own words (columns, tags, names of outfits) count before the machine's: where the column
says "red" and the photo's palette knows no red, the garment is red.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from aura.stylist.pieces import agreed, taken_for_another
from aura.vision.garment import GarmentTags
from aura.vision.lexicon import Lexicon

# How much more a garment says than one that merely hangs there (weight 1). Our own choice, no measurement:
# a favourite counts double, wearing half as much again, and outfits add up without drowning the rest.
FAVOURITE, WORN = 1.0, 0.5
# What was worn long before the last thing worn says less of it, to half in so many days; what was got long before the
# last thing got says less at all, to the least in the long run. Counted from what the wardrobe shows and not from
# today, so that a DNA does not change by waiting.
WORN_HALVES_DAYS, AGE_HALVES_DAYS, OLDEST = 180.0, 1000.0, 0.5
PER_OUTFIT, MOST_OUTFITS = 0.25, 4
PER_LIKED_OUTFIT, MOST_LIKED = 0.5, 2


@dataclass(frozen=True, slots=True)
class WardrobeItem:
    """One garment as its row shows it; ``worn``: the last day, ``got``: bought, or added."""

    id: str
    category: str | None = None
    color: str | None = None
    pattern: str | None = None
    brand: str | None = None
    tags: tuple[str, ...] = ()
    ai_tags: Mapping[str, Any] = field(default_factory=dict)
    worn: date | None = None
    favourite: bool = False
    got: date | None = None


@dataclass(frozen=True, slots=True)
class Outfit:
    """A combination: its words, and which of the person's garments are in it (none for another person's)."""

    id: str
    name: str = ""
    description: str = ""
    item_ids: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Wardrobe:
    """Everything a person's style DNA depends on.

    ``outfits`` are their own; ``liked`` may be anybody's; ``comments`` are texts they wrote; ``styles`` and
    ``colors`` are what they chose at onboarding.
    """

    items: tuple[WardrobeItem, ...] = ()
    outfits: tuple[Outfit, ...] = ()
    liked: tuple[Outfit, ...] = ()
    comments: tuple[str, ...] = ()
    styles: tuple[str, ...] = ()
    colors: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Garment:
    """One garment in the vocabulary. ``weight`` is how much it says; shares of ``colors`` add up to 1."""

    id: str
    weight: float
    category: str | None
    colors: Mapping[str, float]
    pattern: str | None
    styles: Mapping[str, float]
    formality: str | None
    brand: str | None
    seasons: Mapping[str, float]

    @property
    def described(self) -> bool:
        """Whether anything is known about it."""
        return bool(self.category or self.colors or self.pattern or self.styles or self.formality)


def garments(wardrobe: Wardrobe, words: Lexicon) -> Iterator[Garment]:
    """The wardrobe's garments, one for each item."""
    liked = {outfit.id for outfit in wardrobe.liked}
    worn_in = Counter(item for outfit in wardrobe.outfits for item in outfit.item_ids)
    liked_in = Counter(item for outfit in wardrobe.outfits if outfit.id in liked for item in outfit.item_ids)
    worn_last = max((item.worn for item in wardrobe.items if item.worn), default=None)
    got_last = max((item.got for item in wardrobe.items if item.got), default=None)
    for item in wardrobe.items:
        used = WORN * _left(item.worn, worn_last, WORN_HALVES_DAYS) if item.worn else 0.0
        age = OLDEST + (1.0 - OLDEST) * _left(item.got, got_last, AGE_HALVES_DAYS)
        yield _garment(item, words, age * (used + _weight(item, worn_in[item.id], liked_in[item.id])))


def _weight(item: WardrobeItem, outfits: int, liked: int) -> float:
    own = 1.0 + FAVOURITE * item.favourite
    return own + PER_OUTFIT * min(outfits, MOST_OUTFITS) + PER_LIKED_OUTFIT * min(liked, MOST_LIKED)


def _left(day: date | None, last: date | None, halves: float) -> float:
    """What is left, 0 to 1, of what fades from the last day backwards; all of it where no day is known."""
    return 1.0 if day is None or last is None else float(0.5 ** ((last - day).days / halves))


def _garment(item: WardrobeItem, words: Lexicon, weight: float) -> Garment:
    seen = GarmentTags.from_ai_tags(item.ai_tags)
    said = words.category(item.category or "")
    pattern = words.pattern(item.pattern or "") or (seen.pattern.value if seen.pattern else None)
    return Garment(
        id=item.id,
        weight=weight,
        category=said or (seen.category.value if seen.category else None),
        colors=_colours(item, seen, words),
        pattern=pattern,
        styles=_styles(item, seen, words),
        formality=_formality(item, seen, words),
        brand=" ".join((item.brand or "").split()) or None,
        seasons=_seasons(item, seen, words),
    )


def _formality(item: WardrobeItem, seen: GarmentTags, words: Lexicon) -> str | None:
    """The machine's, unless it took the garment for another than the person says it is."""
    category = words.category(item.category or "")
    if category is not None and seen.category is not None:
        taken = (seen.category.value, None if seen.subcategory is None else seen.subcategory.value)
        kind = agreed((category, words.subcategory(item.category or "")), taken)
        if kind is not None and taken_for_another(taken, kind):
            return None
    return None if seen.formality is None else seen.formality.value


def _colours(item: WardrobeItem, seen: GarmentTags, words: Lexicon) -> dict[str, float]:
    shares: dict[str, float] = {}
    for colour in seen.colors:
        shares[colour.name.value] = shares.get(colour.name.value, 0.0) + colour.share
    said = words.colour(item.color or "")
    if said is not None and said.value not in shares:
        return {said.value: 1.0}
    total = sum(shares.values())
    return {name: share / total for name, share in shares.items()} if total > 0 else {}


def _seasons(item: WardrobeItem, seen: GarmentTags, words: Lexicon) -> dict[str, float]:
    """Each season that it is for counts its part: what is for all of them says nothing for any."""
    said = sorted({season.value for season in map(words.season, item.tags) if season is not None})
    names = said or [judged.value.value for judged in seen.seasons]
    return {name: 1.0 / len(names) for name in names}


def _styles(item: WardrobeItem, seen: GarmentTags, words: Lexicon) -> dict[str, float]:
    """Styles by how sure they are: the machine's by its confidence, the person's own tags entirely."""
    styles = {judged.value.value: judged.confidence for judged in seen.styles}
    said = (words.style(tag) for tag in item.tags)
    return styles | {style.value: 1.0 for style in said if style is not None and style.value not in styles}
